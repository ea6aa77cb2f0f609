// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
)

const (
	defaultPage = 25
	largestPage = 100
)

// page is what a list request asks for.
type page struct {
	number, limit int
	before        uint64 // of a cursor: only what was created before this number; 0: from the newest
}

func (c *call) page() (page, *refusal) {
	p := page{number: 1, limit: defaultPage}
	for name, target := range map[string]*int{"page": &p.number, "limit": &p.limit} {
		if value := c.query.Get(name); value != "" {
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return p, invalid("%s: a positive number is needed", name)
			}
			*target = n
		}
	}
	if p.limit > largestPage {
		return p, invalid("limit: not above %d", largestPage)
	}
	if cursor := c.query.Get("cursor"); cursor != "" {
		before, known := parseCursor(cursor)
		if !known {
			return p, invalid("cursor: not one that a list has returned")
		}
		p.before, p.number = before, 1
	}
	return p, nil
}

// list cuts a page out of what the shelf held at c.asOf, newest first. last is the number of the page's last item
// when more follow, else 0.
func list[T resource](c *call, shelf *shelf[T], p page, match func(T) bool) (bodies []json.RawMessage, last uint64) {
	bodies = []json.RawMessage{}
	skip := (p.number - 1) * p.limit
	for _, item := range slices.Backward(shelf.order) {
		r := item.rec()
		body := r.asOf(c.asOf)
		if body == nil || p.before > 0 && r.seq >= p.before || !match(item) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(bodies) == p.limit {
			return bodies, last
		}
		bodies, last = append(bodies, body), r.seq
	}
	return bodies, 0
}

// get answers a GET of one resource as of c.asOf.
func get[T resource](c *call, shelf *shelf[T]) (answer, *refusal) {
	id := c.value("id")
	if !wellFormedID(id) {
		return refuse(malformedID())
	}
	item, known := shelf.byID[id]
	if !known {
		return refuse(notFound())
	}
	body := item.rec().asOf(c.asOf)
	if body == nil {
		return refuse(notFound())
	}
	return ok(body)
}

func malformedID() *refusal { return invalid("Failed to parse ID") }

// A cursor is the number of the last item seen, with a check sum so that an invented one is refused, spelled like an
// id of Mux: 42 bytes are 56 characters or a few more.
const cursorBytes = 42

func cursor(seq uint64) string {
	b := make([]byte, 8, cursorBytes)
	binary.BigEndian.PutUint64(b, seq)
	h := fnv.New128a()
	for len(b) < cursorBytes {
		_, _ = h.Write(b) // a hash never fails
		b = h.Sum(b)
	}
	return escapeID.Replace(base64.RawURLEncoding.EncodeToString(b[:cursorBytes]))
}

func parseCursor(text string) (uint64, bool) {
	b, err := base64.RawURLEncoding.DecodeString(unescapeID(text))
	if err != nil || len(b) != cursorBytes {
		return 0, false
	}
	seq := binary.BigEndian.Uint64(b)
	return seq, cursor(seq) == text
}
