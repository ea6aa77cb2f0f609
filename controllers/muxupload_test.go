// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const (
	postUpload = "POST /video/v1/uploads"
	getUpload  = "GET /video/v1/uploads/{id}"
	listUpload = "GET /video/v1/uploads"
	putCancel  = "PUT /video/v1/uploads/{id}/cancel"
)

// upload adds a MuxUpload.
func (s *stage) upload(name string, edits ...func(*video.MuxUpload)) *video.MuxUpload {
	s.Helper()
	upload := &video.MuxUpload{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID(name)}}
	upload.Spec.EnvironmentRef.Name, upload.Spec.CORSOrigin = "default", "*"
	for _, edit := range edits {
		edit(upload)
	}
	s.create(upload)
	return upload
}

// waits is an upload that the operator has made and published.
func (s *stage) waits(name string, edits ...func(*video.MuxUpload)) *video.MuxUpload {
	s.Helper()
	upload := s.upload(name, edits...)
	s.reconcile(upload)
	if reasonOf(upload, video.ConditionURLReady) != "True URLPublished" || upload.Status.ID == "" {
		s.Fatalf("the status is %+v", upload.Status)
	}
	return upload
}

// secret is a Secret of the stage, nil where there is none.
func (s *stage) secret(name string) *corev1.Secret {
	s.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}}
	if err := s.read(secret); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		s.Fatal(err)
	}
	return secret
}

// lost lets creates of uploads go lost after they were carried out.
func (s *stage) lost(times int) {
	s.sim.SetFaults(muxsim.Faults{Status5xxAfter: []muxsim.Rule{{Method: "POST", Route: "/video/v1/uploads", Times: times}}})
}

// states of the uploads at Mux, by id.
func (s *stage) states() map[string]string {
	s.Helper()
	c, err := s.f.clients.forObjects(s.Context(), s.env)
	if err != nil {
		s.Fatal(err)
	}
	answer, err := c.ListUploads(s.Context(), listLimit, 1)
	if err != nil {
		s.Fatal(err)
	}
	states := map[string]string{}
	for _, upload := range answer.Value {
		states[upload.ID] = upload.Status
	}
	s.sim.ResetRequests()
	return states
}

// TestUploadSentAgain : ten seconds after a create without an answer, another is sent, and the first is cancelled at once; what
// the list showed too late is cancelled when it certainly shows all.
func TestUploadSentAgain(t *testing.T) {
	s := newStage(t, uploadKind{})
	s.lost(1)
	upload := s.upload("file")
	if after := s.reconcile(upload); after != resendAfter || reasonOf(upload, video.ConditionSynced) != "False CreateOutcomeUnknown" {
		t.Fatalf("looked at after %s, %+v", after, upload.Status)
	}
	s.clock.Advance(resendAfter - time.Second)
	if after := s.reconcile(upload); after > time.Second || s.calls()[postUpload] != 1 {
		t.Errorf("looked at after %s", after)
	}
	s.clock.Advance(time.Second)
	after := s.reconcile(upload)
	if calls := s.calls(); !maps.Equal(calls, map[string]int{postUpload: 1, listUpload: 1, putCancel: 1}) || after != confirmAfter {
		t.Errorf("that took %v, looked at after %s", calls, after)
	}
	s.clock.Advance(confirmAfter)
	if after := s.reconcile(upload); after.Round(time.Second) != s.f.certainlyOver()-confirmAfter || s.calls()[getUpload] != 1 {
		t.Errorf("after the confirming GET looked at after %s", after)
	}
	if states := s.states(); states[upload.Status.ID] != "waiting" || len(states) != 2 || !slices.Contains(slices.Collect(maps.Values(states)), "cancelled") {
		t.Errorf("Mux has %v, the object %s", states, upload.Status.ID)
	}
	published := s.secret("file-upload-url").Data["url"]

	c, err := s.f.clients.forObjects(t.Context(), s.env) // the first create arrives after all
	if err != nil {
		t.Fatal(err)
	}
	late := newUploadRequest(&upload.Spec)
	made, err := late.send(t.Context(), c, upload.Status.Creation.Token)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := newUploadRequest(&upload.Spec).send(t.Context(), c, "another token")
	if err != nil {
		t.Fatal(err)
	}
	s.calls()
	s.clock.Advance(s.f.certainlyOver())
	s.reconcile(upload)
	if states := s.states(); states[made.id] != "cancelled" || states[upload.Status.ID] != "waiting" || states[stranger.id] != "waiting" {
		t.Errorf("Mux has %v, the late one is %s, the object's %s, a stranger's %s", states, made.id, upload.Status.ID, stranger.id)
	}
	if upload.Status.Creation.OrphanSearchAt != nil || string(s.secret("file-upload-url").Data["url"]) != string(published) {
		t.Errorf("%+v", upload.Status.Creation)
	}
	s.reconcile(upload)
	if calls := s.calls(); len(calls) != 0 {
		t.Errorf("another look made %v", calls)
	}
}

// TestUploadAfterCrash : a leader that finds an intent and nothing else waits for as long as the create of the one before it may
// be under way.
func TestUploadAfterCrash(t *testing.T) {
	s := newStage(t, uploadKind{})
	began := s.clock.Now()
	upload := s.upload("file", func(u *video.MuxUpload) {
		u.Annotations = map[string]string{video.AnnotationCreateToken: "token", video.AnnotationCreateTime: began.UTC().Format(time.RFC3339Nano)}
	})
	const over = sendWithin + defaultTimeout + toWriteDown
	s.clock.Advance(over - time.Second)
	if after := s.reconcile(upload); after != time.Second || len(s.calls()) != 0 {
		t.Errorf("looked at after %s", after)
	}
	s.clock.Advance(time.Second)
	s.reconcile(upload)
	if got := s.calls()[postUpload]; got != 1 || upload.Status.ID == "" || upload.Annotations[video.AnnotationCreateToken] == "token" {
		t.Errorf("%d creates, status %+v: a token that somebody may have copied is not used", got, upload.Status)
	}
}

// TestUploadOrphanHeld : an upload that another object holds is no orphan, whatever it bears; one that has just ended is no error.
func TestUploadOrphanHeld(t *testing.T) {
	s := newStage(t, uploadKind{})
	s.lost(1)
	upload := s.upload("file")
	s.reconcile(upload)
	first := slices.Collect(maps.Keys(s.states()))[0]
	s.upload("holder", func(u *video.MuxUpload) { u.Spec.Import = &video.ImportSpec{ID: first} })
	s.clock.Advance(resendAfter)
	s.reconcile(upload)
	if states := s.states(); states[first] != "waiting" || len(states) != 2 {
		t.Errorf("Mux has %v", states)
	}
}

// TestUploadDeletedWhileLost : what a lost create made is cancelled before the object goes, also beside one that it has.
func TestUploadDeletedWhileLost(t *testing.T) {
	s := newStage(t, uploadKind{})
	s.lost(2)
	upload := s.upload("file")
	s.reconcile(upload)
	s.clock.Advance(resendAfter)
	s.reconcile(upload) // the second is lost as well
	if err := s.Delete(t.Context(), upload); err != nil {
		t.Fatal(err)
	}
	s.reconcile(upload)
	if err := s.read(upload); !apierrors.IsNotFound(err) {
		t.Errorf("it is there: %+v", upload.Status)
	}
	for id, state := range s.states() {
		if state != "cancelled" {
			t.Errorf("%s is %s", id, state)
		}
	}
}

// TestUploadDeletedUnfound : an object whose create is not found stays until that create has certainly made nothing.
func TestUploadDeletedUnfound(t *testing.T) {
	s := newStage(t, uploadKind{})
	s.sim.SetFaults(muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Method: "POST", Times: 1}}})
	upload := s.upload("file")
	s.reconcile(upload)
	if err := s.Delete(t.Context(), upload); err != nil {
		t.Fatal(err)
	}
	if after := s.reconcile(upload); after != searchEvery || reasonOf(upload, video.ConditionSynced) != "False CreateOutcomeUnknown" {
		t.Errorf("looked at after %s: %+v", after, upload.Status)
	}
	s.clock.Advance(s.f.certainlyOver() + time.Second)
	s.reconcile(upload)
	if err := s.read(upload); !apierrors.IsNotFound(err) || s.calls()[postUpload] != 1 {
		t.Errorf("it is there: %+v", upload.Status)
	}
}

// TestWaitingWith reads a bounded number of pages, and finds what waits and bears the token.
func TestWaitingWith(t *testing.T) {
	pages, filled := 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		count := listLimit
		if pages > filled {
			count = 3
		}
		var items []string
		for i := range count {
			item := fmt.Sprintf(`{"id":"%d-%d","status":"waiting","new_asset_settings":{"passthrough":"mux-operator/other"}}`, pages, i)
			switch i {
			case 0:
				item = fmt.Sprintf(`{"id":"%d","status":"waiting","new_asset_settings":{"meta":{"external_id":"mux-operator/token"}}}`, pages)
			case 1:
				item = fmt.Sprintf(`{"id":"over-%d","status":"timed_out","new_asset_settings":{"passthrough":"mux-operator/token"}}`, pages)
			}
			items = append(items, item)
		}
		_, _ = fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(items, ","))
	}))
	t.Cleanup(server.Close)
	c, err := mux.New(mux.Config{BaseURL: server.URL, Credentials: mux.Credentials{TokenID: "id", TokenSecret: "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct{ filled, pages int }{"short": {0, 1}, "two": {1, 2}, "endless": {1000, searchPages}} {
		pages, filled = 0, want.filled
		found, err := waitingWith(t.Context(), c, "token")
		if err != nil || pages != want.pages || len(found) != want.pages || found[0] != "1" {
			t.Errorf("%s: %v in %d pages, %v", name, found, pages, err)
		}
	}
	if _, err := waitingWith(t.Context(), muxAnswering(t, 500, ""), "token"); !mux.IsTransient(err) {
		t.Errorf("a page that does not come gives %v", err)
	}
}

// TestUploadSecretName is part of the API: pods mount it.
func TestUploadSecretName(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*video.MuxUpload)
		want   string
	}{
		"unset":    {func(*video.MuxUpload) {}, "file-upload-url"},
		"named":    {func(u *video.MuxUpload) { u.Spec.UploadURLSecret = &video.SecretReference{Name: "mine"} }, "mine"},
		"imported": {func(u *video.MuxUpload) { u.Spec.Import = &video.ImportSpec{ID: "u"} }, ""},
		"imported, and named": {func(u *video.MuxUpload) {
			u.Spec.Import, u.Spec.UploadURLSecret = &video.ImportSpec{ID: "u"}, &video.SecretReference{Name: "mine"}
		}, "mine"},
	} {
		upload := &video.MuxUpload{ObjectMeta: metav1.ObjectMeta{Name: "file"}}
		test.change(upload)
		if got := (uploadKind{}).secretName(upload); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestSecretRefused : the object says what the API server said, without the value, should that be repeated.
func TestSecretRefused(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	for name, test := range map[string]struct {
		err    func(url string) error
		reason string
		fails  bool
	}{
		"forbidden": {func(url string) error {
			return apierrors.NewForbidden(secrets, "x", errors.New(url+" and "+base64.StdEncoding.EncodeToString([]byte(url))+" exceed the quota"))
		}, "False SecretRefused", false},
		"invalid":        {func(url string) error { return apierrors.NewInvalid(schema.GroupKind{Kind: "Secret"}, "x", nil) }, "False SecretRefused", false},
		"taken":          {func(string) error { return apierrors.NewAlreadyExists(secrets, "x") }, "", false},
		"unavailable":    {func(url string) error { return apierrors.NewInternalError(errors.New("a webhook says no to " + url)) }, "", true},
		"nothing at all": {func(string) error { return nil }, "True URLPublished", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, uploadKind{})
			upload := s.upload("file")
			s.refuse = func(string) error {
				for id := range s.states() {
					c, _ := s.f.clients.forObjects(t.Context(), s.env)
					answer, err := c.GetUpload(t.Context(), id)
					if err != nil {
						t.Fatal(err)
					}
					return test.err(answer.Value.URL.Reveal())
				}
				return nil
			}
			_, err := s.f.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(upload)})
			if (err != nil) != test.fails || (err != nil && strings.Contains(err.Error(), "signature")) {
				t.Errorf("got %v", err)
			}
			if err := s.read(upload); err != nil {
				t.Fatal(err)
			}
			if got := reasonOf(upload, video.ConditionURLReady); got != test.reason {
				t.Errorf("URLReady is %q", got)
			}
			for _, c := range upload.Status.Conditions {
				if strings.Contains(c.Message, "signature") || strings.Contains(c.Message, base64.StdEncoding.EncodeToString([]byte("http://127"))[:8]) {
					t.Errorf("%s has the URL: %s", c.Type, c.Message)
				}
			}
		})
	}
}

// TestSecretContent : an older answer changes nothing, a newer one does, other keys stay, and where Mux has nothing to tell the
// object waits.
func TestSecretContent(t *testing.T) {
	s := newStage(t, uploadKind{})
	upload := s.waits("file")
	secret := s.secret("file-upload-url")
	secret.Data["mine"] = []byte("kept")
	if err := s.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	tells := func(value string, ago time.Duration) {
		t.Helper()
		scope := newScope(upload)
		scope.secrets = map[string]mux.Secret{"url": mux.Secret(value)}
		scope.secretsFrom = video.Stamp(s.clock.Now().Add(-ago).UTC().Format("2006-01-02T15:04:05.000000Z") + " waiting GET digest")
		if err := s.f.publishSecrets(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
	}
	before := string(secret.Data["url"])
	tells("older", time.Hour)
	if got := string(s.secret("file-upload-url").Data["url"]); got != before {
		t.Errorf("an older answer made it %q", got)
	}
	tells("newer", 0)
	if got := s.secret("file-upload-url"); string(got.Data["url"]) != "newer" || string(got.Data["mine"]) != "kept" {
		t.Errorf("it has %v", got.Data)
	}
	version := s.secret("file-upload-url").ResourceVersion
	tells("newer", -time.Hour)
	if got := s.secret("file-upload-url"); got.ResourceVersion != version {
		t.Error("the same again was written")
	}
	if err := s.Delete(t.Context(), s.secret("file-upload-url")); err != nil {
		t.Fatal(err)
	}
	silent := newScope(upload)
	silent.env = s.env
	s.f.kind = silentKind{}
	var b *blocked
	if err := s.f.publishSecrets(t.Context(), silent); !errors.As(err, &b) || b.reason != video.ReasonPending || b.after != secretRetry {
		t.Errorf("an answer without a URL gives %v", err)
	}
	if got := reasonOf(silent.object, video.ConditionURLReady); got != "False Pending" {
		t.Errorf("URLReady is %s", got)
	}
}

// silentKind is an upload whose answers have no URL.
type silentKind struct{ uploadKind }

func (k silentKind) get(ctx context.Context, c *mux.Client, id string) (told, error) {
	t, err := k.uploadKind.get(ctx, c, id)
	t.secrets = nil
	return t, err
}

// TestUploadEnds : a restored URL of an upload that has just ended is not published, and the Secret goes.
func TestUploadEnds(t *testing.T) {
	s := newStage(t, uploadKind{})
	upload := s.waits("file")
	if _, err := s.sim.FinishUpload(upload.Status.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), s.secret("file-upload-url")); err != nil {
		t.Fatal(err)
	}
	s.calls()
	s.clock.Advance(10 * time.Second) // an answer is dated back by 5 s
	s.reconcile(upload)
	if calls := s.calls(); calls[getUpload] != 1 || s.secret("file-upload-url") != nil || reasonOf(upload, video.ConditionURLReady) != "False NotWaiting" {
		t.Errorf("that took %v, the status is %+v", calls, upload.Status)
	}
}

// TestUploadExpire deletes an object when its time is over, and not before its asset has an object, unless no event can come any
// more that would make one.
func TestUploadExpire(t *testing.T) {
	follows := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "asset", UID: "asset"}}
	follows.Spec.EnvironmentRef.Name, follows.Spec.Import = "default", &video.ImportSpec{ID: "made"}
	for name, test := range map[string]struct {
		state  string
		ago    time.Duration // since the end
		ttl    *int32
		asset  bool
		gone   bool
		later  time.Duration
		absent bool
	}{
		"waits":                       {state: "waiting", ago: time.Hour, ttl: new(int32(0))},
		"no wish":                     {state: "cancelled", ago: 1000 * time.Hour},
		"too soon":                    {state: "cancelled", ago: 9 * time.Second, ttl: new(int32(10)), later: time.Second},
		"now":                         {state: "cancelled", ago: 10 * time.Second, ttl: new(int32(10)), gone: true},
		"timed out":                   {state: "timed_out", ago: time.Second, ttl: new(int32(0)), gone: true},
		"errored":                     {state: "errored", ago: time.Second, ttl: new(int32(0)), gone: true},
		"gone at Mux":                 {state: "waiting", absent: true, ago: time.Second, ttl: new(int32(0)), gone: true},
		"its asset has an object":     {state: "asset_created", ago: time.Second, ttl: new(int32(0)), asset: true, gone: true},
		"its asset has none yet":      {state: "asset_created", ago: 5 * time.Second, ttl: new(int32(0)), later: 5 * time.Second},
		"its asset has none for long": {state: "asset_created", ago: time.Hour, ttl: new(int32(0)), later: time.Minute},
		"no event can come any more":  {state: "asset_created", ago: minRetention, ttl: new(int32(0)), gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, uploadKind{})
			if test.asset {
				s.create(follows.DeepCopy())
			}
			upload := s.upload("file", func(u *video.MuxUpload) {
				at := video.Stamp(s.clock.Now().Add(-test.ago).UTC().Format("2006-01-02T15:04:05.000000Z") + " " + test.state + " upload." + test.state + " id")
				u.Spec.TTLSecondsAfterFinished = test.ttl
				u.Status.ID, u.Status.State, u.Status.Stamps = "u", test.state, &video.UploadStamps{State: at, Snapshot: at}
				if test.absent {
					u.Status.State, u.Status.Stamps.Absent = "deleted", at
				}
				if test.state == "asset_created" {
					u.Status.AssetID = "made"
				}
			})
			scope := newScope(upload)
			if err := s.f.expire(t.Context(), scope); err != nil && err != errDone {
				t.Fatal(err)
			}
			if scope.next.Round(time.Millisecond) != test.later {
				t.Errorf("looked at after %s", scope.next)
			}
			if err := s.read(upload); apierrors.IsNotFound(err) != test.gone {
				t.Errorf("gone is %v", !test.gone)
			}
		})
	}
}

// TestUploadExpireConflict : a wish that was taken back meanwhile counts.
func TestUploadExpireConflict(t *testing.T) {
	s := newStage(t, uploadKind{})
	upload := s.upload("file", func(u *video.MuxUpload) {
		u.Spec.TTLSecondsAfterFinished = new(int32(0))
		u.Status.State, u.Status.Stamps = "cancelled", &video.UploadStamps{State: "2026-01-02T12:00:00.000000Z cancelled upload.cancelled id"}
	})
	scope := newScope(upload.DeepCopy())
	upload.Spec.TTLSecondsAfterFinished = nil
	if err := s.Update(t.Context(), upload); err != nil {
		t.Fatal(err)
	}
	if err := s.f.expire(t.Context(), scope); err != errStale {
		t.Errorf("got %v", err)
	}
	if err := s.read(upload); err != nil {
		t.Error(err)
	}
}

// TestEndOf : an event without a time gives none, so it is when its effect was written.
func TestEndOf(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	upload := &video.MuxUpload{}
	upload.Status.State, upload.Status.Stamps = "cancelled", &video.UploadStamps{State: "- cancelled upload.cancelled id"}
	if got := endOf(upload); !got.IsZero() {
		t.Errorf("nothing tells, and it is %s", got)
	}
	upload.Status.Conditions = []metav1.Condition{{Type: video.ConditionStalled, Status: "True", LastTransitionTime: metav1.NewTime(at)}}
	if got := endOf(upload); !got.Equal(at) {
		t.Errorf("got %s", got)
	}
}

// TestUploadSlowFile : where Mux still waits when the time is over, since a file is coming in, it is asked at growing intervals.
func TestUploadSlowFile(t *testing.T) {
	expires := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	upload := &video.MuxUpload{}
	upload.Status.State, upload.Status.ExpiresAt = "waiting", &metav1.Time{Time: expires}
	now, reads := expires, 0
	for now.Before(expires.Add(2 * time.Hour)) {
		wait, ok := uploadKind{}.due(upload, now)
		if !ok || wait < 30*time.Second {
			t.Fatalf("%s after its time the next look is in %s", now.Sub(expires), wait)
		}
		now = now.Add(wait)
		reads++
		upload.Status.Stamps = &video.UploadStamps{Snapshot: video.Stamp(now.Add(-mux.GetMargin).Format("2006-01-02T15:04:05.000000Z") + " waiting GET digest")}
	}
	if reads > 9 {
		t.Errorf("%d GETs in two hours", reads)
	}
}

// TestUploadStillComing : where the one GET says that Mux still waits, the next is arranged.
func TestUploadStillComing(t *testing.T) {
	s := newStage(t, uploadKind{})
	upload := s.waits("file")
	s.clock.Advance(10 * time.Minute)
	upload.Status.ExpiresAt = &metav1.Time{Time: s.clock.Now().Add(-expirySlack - time.Second)}
	upload.Status.Identified.Confirmed = true
	if err := s.Status().Update(t.Context(), upload); err != nil {
		t.Fatal(err)
	}
	s.calls()
	if after := s.reconcile(upload); after < 30*time.Second || after > 2*time.Minute || s.calls()[getUpload] != 1 || upload.Status.State != "waiting" {
		t.Errorf("looked at after %s, the status is %+v", after, upload.Status)
	}
	if s.reconcile(upload); len(s.calls()) != 0 {
		t.Error("another look asks Mux again")
	}
}

// TestIntentOfAgain : while a create is sent once more its outcome is not unknown yet, so that a leader that comes after a crash
// waits for it.
func TestIntentOfAgain(t *testing.T) {
	s := newStage(t, uploadKind{})
	s.lost(1)
	upload := s.upload("file")
	s.reconcile(upload)
	if upload.Status.Creation.UnknownSince == nil {
		t.Fatal("the outcome is known")
	}
	s.clock.Advance(resendAfter)
	scope := newScope(upload)
	scope.again = true
	if err := s.f.writeIntent(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	if after := s.reconcile(upload); upload.Status.Creation.UnknownSince != nil || after != sendWithin+defaultTimeout+toWriteDown || s.calls()[postUpload] != 1 {
		t.Errorf("looked at after %s, %+v", after, upload.Status.Creation)
	}
}
