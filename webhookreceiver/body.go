// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
)

// body is what was read of a request, as the signature covers it, in blocks.
type body [][]byte

// blockSize is what an event of Mux has as a rule, or a little more.
const blockSize = 4 << 10

// blocks are those that were used before. Whoever sends large bodies would have the collector work for each, if theirs were garbage, and
// more than twice as much would be held of one that grows in one piece as has arrived of it.
var blocks = sync.Pool{New: func() any { return new([blockSize]byte) }}

// read to the end.
func (b *body) read(from io.Reader) error {
	for {
		n, err := from.Read(b.room())
		if n > 0 {
			last := &(*b)[len(*b)-1]
			*last = (*last)[:len(*last)+n]
		}
		switch err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// room is where to read to: what is free of the last block, or a new one.
func (b *body) room() []byte {
	if len(*b) == 0 || len((*b)[len(*b)-1]) == blockSize {
		*b = append(*b, blocks.Get().(*[blockSize]byte)[:0])
	}
	last := (*b)[len(*b)-1]
	return last[len(last):blockSize]
}

// bytes are those of the body in one piece, until it is released.
func (b body) bytes() []byte {
	if len(b) == 1 {
		return b[0]
	}
	return slices.Concat(b...)
}

// release the blocks, which nobody may use after that.
func (b *body) release() {
	for _, block := range *b {
		blocks.Put((*[blockSize]byte)(block[:blockSize]))
	}
	*b = nil
}

// readBody reads the raw bytes that the signature covers; after an answer there are none.
func (p *place) readBody(w http.ResponseWriter, request *http.Request) (body, *answer) {
	p.read()
	var b body
	err := b.read(countedBody{http.MaxBytesReader(w, request.Body, maxBody), p})
	if err == nil && p.complete() {
		return b, nil
	}
	b.release()
	var tooLarge *http.MaxBytesError
	var a answer
	switch {
	case errors.As(err, &tooLarge):
		a = refuse(http.StatusRequestEntityTooLarge, reasonTooLarge)
	case errors.Is(err, errNoRoom), p.gaveWay():
		w.Header().Set("Connection", "close") // net/http would cancel whatever came next on it
		a = tryAgain(reasonOverloaded)
	default:
		a = refuse(http.StatusBadRequest, reasonCutBody)
	}
	return nil, &a
}

// gaveWay says whether the reading was ended for others.
func (p *place) gaveWay() bool {
	p.admission.mu.Lock()
	defer p.admission.mu.Unlock()
	return p.isCut
}
