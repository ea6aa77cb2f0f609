// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
)

// chunk puts n bytes to an upload's URL and returns the status and the Range of the answer; 0 where the connection was cut.
func (b *bench) chunk(url, contentRange string, n int) (int, string) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPut, url, bytes.NewReader(make([]byte, n)))
	if err != nil {
		b.Fatal(err)
	}
	if contentRange != "" {
		request.Header.Set("Content-Range", contentRange)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	response.Body.Close()
	return response.StatusCode, response.Header.Get("Range")
}

func (b *bench) makeUpload() (id, url string) {
	b.Helper()
	made := b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*"}`)
	return made["id"].(string), made["url"].(string)
}

// TestUploadInChunks : a file comes in chunks, of which one is cut; who asks is told how much is there.
func TestUploadInChunks(t *testing.T) {
	b := newBench(t, Options{})
	const k = 256 << 10
	total := 3*k + 100
	all := func(format string, args ...any) string {
		return fmt.Sprintf("bytes "+format, args...) + fmt.Sprintf("/%d", total)
	}
	id, url := b.makeUpload()
	b.SetFaults(Faults{
		CutUpload:       []Rule{{Times: 1, Bytes: 2*k + k/2}},
		Status5xxBefore: []Rule{{Route: uploadURLRoute, Times: 1}},
	})
	for _, step := range []struct {
		name, header string
		bytes        int
		status       int
		answer       string
	}{
		{"a failure", all("*"), 0, 503, ""},
		{"asked before anything", all("*"), 0, 308, ""},
		{"no range", "bytes five", 0, 400, ""},
		{"of another length", all("0-%d", k-1), 5, 400, ""},
		{"past its own end", "bytes 5-4/9", 1, 400, ""},
		{"the first", all("0-%d", k-1), k, 308, "bytes=0-262143"},
		{"a gap", all("%d-%d", 2*k, 2*k), 1, 308, "bytes=0-262143"},
		{"cut", all("%d-%d", k, 3*k-1), 2 * k, 0, ""},
		{"asked after the cut", all("*"), 0, 308, "bytes=0-524287"},
		{"with what is there", all("%d-%d", k, 3*k-1), 2 * k, 308, "bytes=0-786431"},
		{"not whole granules", all("%d-%d", 3*k, 3*k+9), 10, 308, "bytes=0-786431"},
		{"of unknown length", fmt.Sprintf("bytes %d-%d/*", 3*k, 3*k+9), 10, 308, "bytes=0-786431"},
		{"the last", all("%d-%d", 3*k, total-1), 100, 200, ""},
		{"asked when all is there", all("*"), 0, 200, ""},
		{"sent again", all("%d-%d", 3*k, total-1), 100, 403, ""},
	} {
		if status, got := b.chunk(url, step.header, step.bytes); status != step.status || got != step.answer {
			t.Errorf("%s: %d, Range %q, want %d, %q", step.name, status, got, step.status, step.answer)
		}
	}
	if got := b.want(200, "GET", "/video/v1/uploads/"+id, ""); got["status"] != assetCreated {
		t.Errorf("the upload is %v", got)
	}
	_, whole := b.makeUpload()
	if status, _ := b.chunk(whole, "", 10); status != 200 {
		t.Errorf("a whole file: %d", status)
	}
	if status, _ := b.chunk(whole+"x", all("*"), 0); status != 403 {
		t.Errorf("another signature: %d", status)
	}
}
