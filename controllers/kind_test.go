// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// muxAnswering is a client of a server that gives every call the same answer.
func muxAnswering(t *testing.T, status int, body string) *mux.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	c, err := mux.New(mux.Config{BaseURL: server.URL, Credentials: mux.Credentials{TokenID: "id", TokenSecret: "secret"}, Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestUploadDue : of an upload that times out no webhook tells, so it is read once, a minute after its time.
func TestUploadDue(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		state   string
		expires *metav1.Time
		wait    time.Duration
		ok      bool
	}{
		"waits":         {"waiting", &metav1.Time{Time: now.Add(time.Hour)}, time.Hour + expirySlack, true},
		"in the slack":  {"waiting", &metav1.Time{Time: now}, expirySlack, true},
		"over":          {"waiting", &metav1.Time{Time: now.Add(-time.Hour)}, expirySlack - time.Hour, true},
		"not known":     {"waiting", nil, 0, false},
		"asset created": {"asset_created", &metav1.Time{Time: now}, 0, false},
		"timed out":     {"timed_out", &metav1.Time{Time: now}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			upload := &video.MuxUpload{}
			upload.Status.State, upload.Status.ExpiresAt = test.state, test.expires
			if wait, ok := (uploadKind{}).due(upload, now); wait != test.wait || ok != test.ok {
				t.Errorf("got %s, %v", wait, ok)
			}
		})
	}
}

// TestUploadErrorDue : why an upload has errored only REST tells, so it is read once, late enough to count.
func TestUploadErrorDue(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	told, read := video.Stamp("2026-01-02T12:00:00.000000Z errored upload.errored e"), video.Stamp("2026-01-02T12:00:02.000000Z errored GET d")
	for name, test := range map[string]struct {
		failure *video.ErrorStatus
		stamps  video.UploadStamps
		ok      bool
	}{
		"told by the webhook": {nil, video.UploadStamps{Snapshot: told}, true},
		"told why":            {&video.ErrorStatus{Type: "x"}, video.UploadStamps{Snapshot: told}, false},
		"read without why":    {nil, video.UploadStamps{Snapshot: read}, false},
		"gone":                {nil, video.UploadStamps{Snapshot: told, Absent: read}, false},
	} {
		upload := &video.MuxUpload{}
		upload.Status.State, upload.Status.Error, upload.Status.Stamps = "errored", test.failure, &test.stamps
		wait, ok := (uploadKind{}).due(upload, at)
		if ok != test.ok || (ok && wait != mux.GetMargin+errorSlack) {
			t.Errorf("%s: got %s, %v", name, wait, ok)
		}
	}
}

// TestUploadDelete : an upload that has ended some other way is no longer there to be cancelled, and that is all right.
func TestUploadDelete(t *testing.T) {
	const refusal = `{"error":{"type":"forbidden","messages":["no"]}}`
	for name, test := range map[string]struct {
		status int
		body   string
		fails  bool
	}{
		"cancelled":     {200, `{"data":{"id":"u","status":"cancelled"}}`, false},
		"ended already": {403, refusal, false},
		"gone":          {404, refusal, true},
		"no right":      {401, refusal, true},
	} {
		if err := (uploadKind{}).delete(t.Context(), muxAnswering(t, test.status, test.body), "u"); (err != nil) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAwaited is what a sweep reads although nothing is due: what is under way.
func TestAwaited(t *testing.T) {
	stream := func(change func(*video.MuxLiveStreamStatus)) commit.Followed {
		s := &video.MuxLiveStream{}
		s.Status.State = "idle"
		change(&s.Status)
		return s
	}
	upload := func(state string) commit.Followed {
		u := &video.MuxUpload{}
		u.Status.State = state
		return u
	}
	for name, test := range map[string]struct {
		kind   kind
		object commit.Followed
		want   bool
	}{
		"idle":           {liveStreamKind{}, stream(func(*video.MuxLiveStreamStatus) {}), false},
		"active":         {liveStreamKind{}, stream(func(s *video.MuxLiveStreamStatus) { s.State = "active" }), true},
		"connected":      {liveStreamKind{}, stream(func(s *video.MuxLiveStreamStatus) { s.Connected = true }), true},
		"recording":      {liveStreamKind{}, stream(func(s *video.MuxLiveStreamStatus) { s.Recording = true }), true},
		"waiting":        {uploadKind{}, upload("waiting"), true},
		"asset created":  {uploadKind{}, upload("asset_created"), false},
		"never heard of": {uploadKind{}, upload(""), false},
	} {
		if got := test.kind.awaited(test.object); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestPages reads lists by page numbers, where Mux has no cursor: a page that is not full is the last.
func TestPages(t *testing.T) {
	for cursor, want := range map[string]struct {
		page int
		next string
	}{"": {1, "2"}, "2": {2, "3"}, "x": {1, "2"}} {
		if page, next := nextPage(cursor, listLimit); page != want.page || next != want.next {
			t.Errorf("after %q: page %d, then %q", cursor, page, next)
		}
		if _, next := nextPage(cursor, listLimit-1); next != "" {
			t.Errorf("a short page leads to %q", next)
		}
	}
	c := muxAnswering(t, 200, `{"data":[{"id":"a","status":"idle","created_at":"1609868768"},{"id":"b","status":"waiting"}]}`)
	for _, k := range kinds {
		page, next, err := k.page(t.Context(), c, "")
		if err != nil || next != "" || len(page) != 2 || page[0].id != "a" || page[0].join == nil {
			t.Errorf("%s: %d, %q, %v", k.name(), len(page), next, err)
		}
		if _, _, err := k.page(t.Context(), muxAnswering(t, 500, ""), ""); !mux.IsTransient(err) {
			t.Errorf("%s: %v", k.name(), err)
		}
	}
}
