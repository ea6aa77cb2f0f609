// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// uploadRoute is how rules of the simulator's faults name the URL of an upload.
const uploadRoute = "/_sim/uploads/{id}"

// muxClient calls a simulator as a person with the token does.
func muxClient(t *testing.T, sim *muxsim.Server) *mux.Client {
	t.Helper()
	c, err := mux.New(mux.Config{BaseURL: sim.URL(), Credentials: mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSend : whatever happens on the way, all of the file gets there, or the error says why not; and never the URL.
func TestSend(t *testing.T) {
	t.Parallel()
	const size = 5*chunkGranule + 17
	for name, test := range map[string]struct {
		faults   muxsim.Faults
		resume   bool
		claims   int64 // the size that the sender has been told; 0: the right one
		failures int
		err      string
	}{
		"straight":                 {},
		"resumed from nothing":     {resume: true},
		"cut within a chunk":       {faults: muxsim.Faults{CutUpload: []muxsim.Rule{{Times: 1, Bytes: 3*chunkGranule + 5}}}, failures: 1},
		"cut at the first byte":    {faults: muxsim.Faults{CutUpload: []muxsim.Rule{{Times: 1, Bytes: 1}}}, failures: 1},
		"cut twice":                {faults: muxsim.Faults{CutUpload: []muxsim.Rule{{Times: 1, Bytes: chunkGranule + 1}, {Times: 1, Bytes: 4*chunkGranule + 1}}}, failures: 2},
		"the storage fails thrice": {faults: muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Route: uploadRoute, Times: 3}}}, failures: 3},
		"the storage fails always": {faults: muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Route: uploadRoute, Status: 500}}}, failures: mostFailures, err: "given up after 9 failures in a row: the server answers 500"},
		"too many, then not":       {faults: muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Route: uploadRoute, Status: 429, Times: 1}}}, failures: 1},
		"refused":                  {faults: muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Route: uploadRoute, Status: 410}}}, err: "the upload URL is not valid any more, or the file is refused: 410 Gone"},
		"shorter than it was":      {claims: size + 3*chunkGranule, err: errShorter.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSending(t, size)
			s.sim.SetFaults(test.faults)
			if test.claims > 0 {
				s.sender.size = test.claims
			}
			err := s.sender.send(t.Context(), test.resume)
			if got := fmt.Sprint(err); (err == nil) != (test.err == "") || !strings.Contains(got, test.err) {
				t.Errorf("ended with %v, want %q", err, test.err)
			}
			if err != nil && strings.Contains(err.Error(), "signature") || strings.Contains(fmt.Sprint(s.failures), "signature") {
				t.Errorf("the URL is in %v, %v", err, s.failures)
			}
			if len(s.failures) != test.failures {
				t.Errorf("failures on the way: %v, want %d", s.failures, test.failures)
			}
			if state := s.state(); (state == "asset_created") != (err == nil) {
				t.Errorf("the upload is %s", state)
			}
			if err == nil && s.last != size {
				t.Errorf("the last that was told is %d", s.last)
			}
		})
	}
}

// sending is an upload that waits at a simulator, and a sender of a file of zeros.
type sending struct {
	*testing.T
	sim      *muxsim.Server
	client   *mux.Client
	id       string
	sender   *sender
	failures []error
	last     int64
}

func newSending(t *testing.T, size int64) *sending {
	t.Helper()
	s := &sending{T: t, sim: muxsim.New(muxsim.Options{})}
	if err := s.sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sim.Close)
	s.client = muxClient(t, s.sim)
	made, err := s.client.CreateUpload(t.Context(), mux.CreateUploadRequest{CORSOrigin: "*"})
	if err != nil {
		t.Fatal(err)
	}
	s.id = made.Value.ID
	s.sender = &sender{
		http: uploadClient(), url: made.Value.URL, file: bytes.NewReader(make([]byte, size)), size: size, chunk: 2 * chunkGranule,
		pause:  time.Millisecond,
		at:     func(offset int64, _ bool) { s.last = offset },
		failed: func(err error, _ time.Duration) { s.failures = append(s.failures, err) },
	}
	return s
}

// TestSendOfAChangedFile : what is written to while it is uploaded does not become an asset.
func TestSendOfAChangedFile(t *testing.T) {
	t.Parallel()
	const size = 5 * chunkGranule
	for name, test := range map[string]struct {
		change func(path string) error
		want   error
	}{
		"other content": {func(path string) error { return os.Chtimes(path, time.Now(), time.Now().Add(time.Minute)) }, errChanged},
		"longer":        {func(path string) error { return os.Truncate(path, size+1) }, errChanged},
		"shorter":       {func(path string) error { return os.Truncate(path, size-1) }, errShorter},
		"moved away":    {os.Remove, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSending(t, size)
			path := filepath.Join(t.TempDir(), "film.mp4")
			if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
				t.Fatal(err)
			}
			source, err := (&uploadCommand{}).source(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			s.sender.file, s.sender.check = file, func() error { return source.unchanged(file) }
			s.sender.at = func(offset int64, settled bool) {
				if settled && offset == 2*chunkGranule {
					if err := test.change(path); err != nil {
						t.Error(err)
					}
				}
			}
			if err := s.sender.send(t.Context(), false); !errors.Is(err, test.want) {
				t.Errorf("ended with %v, want %v", err, test.want)
			}
			if state := s.state(); (state == "asset_created") != (test.want == nil) {
				t.Errorf("the upload is %s", state)
			}
		})
	}
}

func (s *sending) state() string {
	s.Helper()
	answer, err := s.client.GetUpload(s.Context(), s.id)
	if err != nil {
		s.Fatal(err)
	}
	return answer.Value.Status
}

// TestSendGoesOn : after an interruption the next sender asks, and sends what is missing alone.
func TestSendGoesOn(t *testing.T) {
	t.Parallel()
	s := newSending(t, 6*chunkGranule)
	ctx, interrupt := context.WithCancel(t.Context())
	s.sender.at = func(offset int64, settled bool) {
		if settled && offset == 4*chunkGranule {
			interrupt()
		}
	}
	if err := s.sender.send(ctx, false); !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted one ended with %v", err)
	}
	var told []int64
	s.sender.at = func(offset int64, settled bool) {
		if settled {
			told = append(told, offset)
		}
	}
	if err := s.sender.send(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(told); got != fmt.Sprint([]int64{4 * chunkGranule, 6 * chunkGranule}) || s.state() != "asset_created" {
		t.Errorf("went on with %s, the upload is %s", got, s.state())
	}
	told = nil
	if err := s.sender.send(t.Context(), true); err != nil || fmt.Sprint(told) != fmt.Sprint([]int64{6 * chunkGranule}) {
		t.Errorf("once more, where all is there: %v, %v", told, err)
	}
}

// TestSendWithoutProgress : a server that never keeps anything is given up, and one that is gone as well.
func TestSendWithoutProgress(t *testing.T) {
	t.Parallel()
	greedy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPermanentRedirect) }))
	defer greedy.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, test := range map[string]struct{ url, want string }{
		"keeps nothing": {greedy.URL, "the server has taken nothing of a chunk"},
		"is gone":       {gone.URL, "connection refused"},
		"is no URL":     {"http://\x00", "not valid"},
	} {
		s := newSending(t, 3*chunkGranule)
		s.sender.url = mux.Secret(test.url + "/?signature=x")
		err := s.sender.send(t.Context(), false)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "signature") {
			t.Errorf("one that %s: %v", name, err)
		}
	}
}
