// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// The URL of a direct upload takes a file in chunks, as resumable uploads of Google's storage: a PUT for each, with its
// Content-Range. 308 says that more is awaited, and its Range what is there; 200 and 201 that all is. A PUT without a body and
// "Content-Range: bytes */TOTAL" asks what is there, so that after a cut the upload goes on from there. Chunks other than the last
// are multiples of 256 KiB.

const (
	chunkGranule = 256 << 10
	// defaultChunk is Google's advice; a cut costs at most so much.
	defaultChunk = 8 << 20
	// stalledAfter is how long a chunk may stand still before its connection counts as cut.
	stalledAfter = time.Minute
	// mostFailures in a row without a byte of progress end an upload: with pauses of 1, 2, 4, 8, 16, 30, 30, 30 s after two minutes.
	mostFailures = 8
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// sender sends one file.
type sender struct {
	http  *http.Client
	url   mux.Secret
	file  io.ReaderAt
	size  int64
	chunk int64
	// pause is the first of the growing pauses after failures.
	pause time.Duration
	// check, where set, is asked before each chunk whether the file is still the same; an error ends the upload.
	check func() error
	// at is told how much of the file has gone out, with settled when the server has said so.
	at func(offset int64, settled bool)
	// failed is told of a failure after which it goes on, and in how long.
	failed func(err error, in time.Duration)
}

// uploadClient follows no redirects: 308 is an answer here.
func uploadClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// refusedError is an answer that is the same when asked again.
type refusedError struct{ status int }

func (e *refusedError) Error() string {
	return fmt.Sprintf("the upload URL is not valid any more, or the file is refused: %d %s", e.status, http.StatusText(e.status))
}

// pausedError is an answer that asks to wait.
type pausedError struct {
	status int
	wait   time.Duration
}

func (e *pausedError) Error() string {
	return fmt.Sprintf("the server answers %d %s", e.status, http.StatusText(e.status))
}

// Errors of a file that is written to while it is uploaded.
var (
	errShorter = errors.New("the file has become shorter while it was uploaded")
	errChanged = errors.New("the file has changed while it was uploaded")
)

// send sends the file from the beginning or, with resume, from where an earlier try came to. It returns when the server has all.
func (s *sender) send(ctx context.Context, resume bool) error {
	offset, ask, failures := int64(0), resume, 0
	for {
		next, done, err := s.step(ctx, offset, ask)
		var refused *refusedError
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case done:
			s.at(s.size, true)
			return nil
		case errors.As(err, &refused), errors.Is(err, errShorter), errors.Is(err, errChanged):
			return err
		case err == nil && (next > offset || ask):
			if next > offset {
				failures = 0
			}
			offset, ask = next, false
			s.at(offset, true)
			continue
		case err == nil:
			err = errors.New("the server has taken nothing of a chunk")
		}
		if failures++; failures > mostFailures {
			return fmt.Errorf("given up after %d failures in a row: %w", failures, err)
		}
		if err := s.rest(ctx, failures, err); err != nil {
			return err
		}
		ask = true
	}
}

// rest waits before the next try.
func (s *sender) rest(ctx context.Context, failures int, err error) error {
	wait := min(s.pause<<(failures-1), longestPause)
	wait += time.Duration(rand.Int64N(int64(wait)/4 + 1)) // so that many do not come back together
	var paused *pausedError
	if errors.As(err, &paused) {
		wait = max(wait, min(paused.wait, 10*longestPause))
	}
	s.failed(err, wait)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(wait):
		return nil
	}
}

// step asks what is there, or sends the next chunk.
func (s *sender) step(ctx context.Context, offset int64, ask bool) (next int64, done bool, err error) {
	if ask {
		return s.put(ctx, http.NoBody, 0, fmt.Sprintf("bytes */%d", s.size))
	}
	if s.check != nil {
		if err := s.check(); err != nil {
			return 0, false, err
		}
	}
	length := min(s.chunk, s.size-offset)
	body := &counted{Reader: io.NewSectionReader(s.file, offset, length), left: length, moved: func(n int64) { s.at(offset+n, false) }}
	return s.put(ctx, body, length, fmt.Sprintf("bytes %d-%d/%d", offset, offset+length-1, s.size))
}

func (s *sender) put(ctx context.Context, body io.Reader, length int64, contentRange string) (next int64, done bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(stalledAfter, func() { cancel(fmt.Errorf("nothing has moved for %s", stalledAfter)) })
	defer stalled.Stop()
	if b, ok := body.(*counted); ok {
		b.alive = func() { stalled.Reset(stalledAfter) }
		defer func() { _ = b.end() }()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, s.url.Reveal(), body)
	if err != nil {
		return 0, false, &refusedError{} // its words have the URL in them
	}
	request.GetBody, request.ContentLength = nil, length
	request.Header.Set("Content-Range", contentRange)
	response, err := s.http.Do(request)
	if err != nil {
		return 0, false, withoutURL(ctx, body, err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again
	return readUploadAnswer(response)
}

// withoutURL is why a request failed, without its URL, which is a secret.
func withoutURL(ctx context.Context, body io.Reader, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if b, ok := body.(*counted); ok {
		if failed := b.end(); failed != nil {
			return failed
		}
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	var network *net.OpError
	for errors.As(err, &network) {
		err = network.Err // without addresses; it says itself what was done
	}
	return err
}

var rangePattern = regexp.MustCompile(`^bytes=0-(\d{1,18})$`)

func readUploadAnswer(response *http.Response) (next int64, done bool, err error) {
	switch status := response.StatusCode; {
	case status == http.StatusPermanentRedirect:
		if found := rangePattern.FindStringSubmatch(response.Header.Get("Range")); found != nil {
			last, err := strconv.ParseInt(found[1], 10, 64)
			return last + 1, false, err
		}
		return 0, false, nil
	case status == http.StatusOK || status == http.StatusCreated:
		return 0, true, nil
	case status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return 0, false, &pausedError{status: status, wait: time.Duration(max(seconds, 0)) * time.Second}
	default:
		return 0, false, &refusedError{status: status}
	}
}

// counted is a chunk that tells how far it is, until it ends: an answer may come while the transport still reads.
type counted struct {
	io.Reader
	alive func()
	moved func(read int64)

	mu    sync.Mutex
	left  int64
	read  int64
	err   error
	ended bool
}

func (c *counted) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return 0, io.ErrClosedPipe
	}
	n, err := c.Reader.Read(p)
	c.alive()
	c.read += int64(n)
	c.left -= int64(n)
	switch {
	case err == io.EOF && c.left > 0:
		c.err = errShorter
	case err != nil && err != io.EOF:
		c.err = fmt.Errorf("read the file: %w", err)
	}
	if n > 0 {
		c.moved(c.read)
	}
	return n, err
}

// end the reading, and give the error that it met.
func (c *counted) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	return c.err
}

// isNetwork says whether an error is one of the connection.
func isNetwork(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
