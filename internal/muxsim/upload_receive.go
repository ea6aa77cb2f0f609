// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
)

// The URL of a direct upload takes a file whole, by a PUT without Content-Range, or in chunks, as the storage behind Mux does:
//
//	Content-Range: bytes 0-524287/3000000   308, Range: bytes=0-524287, and 200 with the last byte
//	Content-Range: bytes */3000000          asks: 308 with what is there (no Range: nothing), 200 when all is
//
// A chunk that is not the last counts as far as whole multiples of 256 KiB of the file have come, also where the connection was
// cut. One that begins behind what is there is answered with what is there; what is there already is passed over.

// uploadURLRoute is the route of such URLs, for faults.
const uploadURLRoute = "/_sim/uploads/{id}"

// chunkGranule is what chunks are kept in, bytes.
const chunkGranule = 256 << 10

// contentRange is the Content-Range of a PUT. total is -1 where the sender does not know it.
type contentRange struct {
	asks               bool
	first, last, total int64
}

var contentRangePattern = regexp.MustCompile(`^bytes (?:(\*)|(\d{1,18})-(\d{1,18}))/(?:\*|(\d{1,18}))$`)

func parseContentRange(header string) (c contentRange, ok bool) {
	found := contentRangePattern.FindStringSubmatch(header)
	if found == nil {
		return c, false
	}
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	c = contentRange{asks: found[1] != "", first: number(found[2]), last: number(found[3]), total: number(found[4])}
	return c, c.asks || (c.first <= c.last && (c.total < 0 || c.last < c.total))
}

// controlUpload is where an upload's URL leads. The bytes are counted and forgotten.
func (s *Server) controlUpload(w http.ResponseWriter, r *http.Request) {
	u, status := s.uploadTo(r.PathValue("id"), r.URL.Query().Get("signature"))
	header := r.Header.Get("Content-Range")
	c, ok := parseContentRange(header)
	rule, failing := s.uploadFault(fail5xxBefore, func(Rule) bool { return true })
	switch {
	case failing:
		s.write(w, answer{status: orDefault(rule.Status, http.StatusServiceUnavailable), text: "the storage fails\n"})
	case status == assetCreated && c.asks:
		s.control(w, nil, nil)
	case status != waiting:
		s.write(w, answer{status: http.StatusForbidden, text: "the upload is unknown or its URL is not valid any more\n"})
	case header != "" && !ok:
		s.control(w, nil, fmt.Errorf("Content-Range %q is none", header))
	case c.asks:
		s.tellReceived(w, u)
	case header == "":
		s.receiveWhole(w, r, u)
	default:
		s.receiveChunk(w, r, u, c)
	}
}

// uploadTo is the upload that a URL is of, and its status; "" where the URL is not right.
func (s *Server) uploadTo(id, signature string) (u *upload, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, env := range s.environments {
		if u, known := env.uploads.find(id); known && subtle.ConstantTimeCompare([]byte(u.key), []byte(signature)) == 1 {
			return u, u.status
		}
	}
	return nil, ""
}

// uploadFault returns the rule that hits a request to an upload's URL: rules for anything do not, since they are for the API.
func (s *Server) uploadFault(kind fault, matches func(Rule) bool) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hit(kind, func(r Rule) bool { return (kind == cutUpload || r.Route == uploadURLRoute) && matches(r) })
}

func (s *Server) receiveWhole(w http.ResponseWriter, r *http.Request, u *upload) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		s.control(w, nil, fmt.Errorf("the upload broke off: %w", err))
		return
	}
	_, err := s.FinishUpload(u.id)
	s.control(w, nil, err)
}

func (s *Server) receiveChunk(w http.ResponseWriter, r *http.Request, u *upload, c contentRange) {
	if r.ContentLength != c.last-c.first+1 {
		s.control(w, nil, fmt.Errorf("Content-Length is %d, Content-Range has %d bytes", r.ContentLength, c.last-c.first+1))
		return
	}
	if c.first > s.received(u) {
		s.tellReceived(w, u)
		return
	}
	cut, cuts := s.uploadFault(cutUpload, func(r Rule) bool { return c.first < r.Bytes && r.Bytes <= c.last })
	body := io.Reader(r.Body)
	if cuts {
		body = io.LimitReader(r.Body, cut.Bytes-c.first)
	}
	n, err := io.Copy(io.Discard, body)
	if !cuts && err == nil && c.last+1 == c.total {
		_, err := s.FinishUpload(u.id)
		s.control(w, nil, err)
		return
	}
	s.keepReceived(u, c.first+n)
	if cuts || err != nil {
		panic(http.ErrAbortHandler) // which closes the connection
	}
	s.tellReceived(w, u)
}

func (s *Server) received(u *upload) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return u.received
}

func (s *Server) keepReceived(u *upload, end int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.received = max(u.received, end-end%chunkGranule)
}

// tellReceived answers with how much of the file is there.
func (s *Server) tellReceived(w http.ResponseWriter, u *upload) {
	if n := s.received(u); n > 0 {
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", n-1))
	}
	s.write(w, answer{status: http.StatusPermanentRedirect, text: "\n"})
}
