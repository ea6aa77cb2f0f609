// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"bytes"
	"errors"
	"net/http"
	"sync"
)

// bodies are the buffers of bodies that have been decoded or refused: whoever forges large ones would have the collector work for each. As
// many are large as bodies were held at once.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads the raw bytes that the signature covers. Their buffer goes back to bodies when they are decoded, which copies what it
// takes; after an answer there is none.
func (p *place) readBody(w http.ResponseWriter, request *http.Request) (*bytes.Buffer, *answer) {
	body := bodies.Get().(*bytes.Buffer)
	body.Reset()
	_, err := body.ReadFrom(countedBody{http.MaxBytesReader(w, request.Body, maxBody), p})
	if err == nil {
		return body, nil
	}
	bodies.Put(body)
	var tooLarge *http.MaxBytesError
	var a answer
	switch {
	case errors.As(err, &tooLarge):
		a = refuse(http.StatusRequestEntityTooLarge, reasonTooLarge)
	case errors.Is(err, errNoRoom), p.gaveWay():
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
