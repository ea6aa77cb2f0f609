// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

const (
	postUpload = "POST /video/v1/uploads"
	getUpload  = "GET /video/v1/uploads/{id}"
)

// upload is a MuxUpload that declares an upload.
func (s *stage) upload(name string, edits ...func(*video.MuxUpload)) *video.MuxUpload {
	s.Helper()
	upload := &video.MuxUpload{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	upload.Spec.EnvironmentRef.Name, upload.Spec.CORSOrigin = "default", "https://example.com"
	upload.Spec.NewAssetSettings = &video.AssetSettings{PlaybackPolicies: []video.PlaybackPolicy{{Policy: "public"}}}
	for _, edit := range edits {
		edit(upload)
	}
	s.create(upload)
	return upload
}

// uploadsAtMux are the states of all uploads at Mux, by id.
func (s *stage) uploadsAtMux() map[string]string {
	s.Helper()
	answer, err := s.dashboard().ListUploads(s.ctx, 100, 1)
	if err != nil {
		s.Fatal(err)
	}
	states := map[string]string{}
	for i := range answer.Value {
		states[answer.Value[i].ID] = answer.Value[i].Status
	}
	return states
}

// urlSecret is the Secret of an upload, nil where there is none.
func (s *stage) urlSecret(name string) *corev1.Secret {
	s.Helper()
	secret := &corev1.Secret{}
	err := s.Get(s.ctx, client.ObjectKey{Namespace: s.namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		s.Fatal(err)
	}
	return secret
}

// noSecret waits until a Secret is gone.
func (s *stage) noSecret(name string) {
	s.Helper()
	within(s, soon, "the Secret "+name+" is gone", func() error {
		if s.urlSecret(name) != nil {
			return fmt.Errorf("it is there")
		}
		return nil
	})
}

// absent waits until an object is gone.
func (s *stage) absent(object client.Object) {
	s.Helper()
	within(s, soon, object.GetName()+" is gone", func() error {
		if err := s.get(object); !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is there: %s (%v)", mustJSON(object), err)
		}
		return nil
	})
}

// send puts a file to an upload URL, as a browser does, and returns the status code.
func (s *stage) send(url string) int {
	s.Helper()
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPut, url, strings.NewReader("a video"))
	if err != nil {
		s.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

// leaks looks for a secret wherever people may look who must not see it: all objects but Secrets, Events, logs and metrics.
func (s *stage) leaks(registry prometheus.Gatherer, secret string) (places []string) {
	s.Helper()
	sinks := map[string]string{"a log line": logged.String()}
	lists := map[string]client.ObjectList{
		"a MuxUpload": &video.MuxUploadList{}, "a MuxLiveStream": &video.MuxLiveStreamList{}, "a MuxAsset": &video.MuxAssetList{}, "the MuxEnvironment": &video.MuxEnvironmentList{},
		"an Event": &eventsv1.EventList{},
	}
	for place, list := range lists {
		if err := s.List(s.ctx, list, client.InNamespace(s.namespace)); err != nil {
			s.Fatal(err)
		}
		sinks[place] = mustJSON(list)
	}
	families, err := prometheus.Gatherers{registry, metrics.Registry}.Gather()
	if err != nil {
		s.Fatal(err)
	}
	sinks["a metric"] = fmt.Sprint(families)
	for place, content := range sinks {
		if strings.Contains(content, secret) {
			places = append(places, place)
		}
	}
	return places
}

// TestUpload goes the whole way: apply, take the URL from the Secret, send a file, and find the asset. The URL is nowhere else.
func TestUpload(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	logged.keep(s)
	registry := prometheus.NewRegistry()
	s.webhooks(s.operator(func(_ *rest.Config, o *options) { o.registerer = registry }))
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	own := "of the user"
	upload := s.upload("file", func(u *video.MuxUpload) {
		u.Spec.TimeoutSeconds, u.Spec.Test = new(int32(600)), new(true)
		u.Spec.NewAssetSettings.Passthrough, u.Spec.NewAssetSettings.Meta = &own, &video.AssetMeta{Title: &own}
	})
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, video.ReasonURLPublished)
	s.condition(upload, soon, video.ConditionReconciling, metav1.ConditionTrue, video.ReasonWaitingForUpload)
	s.condition(upload, soon, video.ConditionSynced, metav1.ConditionTrue, video.ReasonSynced)
	sent, err := s.dashboard().GetUpload(s.ctx, upload.Status.ID)
	if err != nil {
		t.Fatal(err)
	}
	settings := sent.Value.NewAssetSettings
	if sent.Value.CORSOrigin != "https://example.com" || sent.Value.Timeout != 600 || !sent.Value.Test || settings.Passthrough != own ||
		settings.Meta.Title != own || settings.Token() != upload.Status.Creation.Token || len(settings.PlaybackPolicies) != 1 {
		t.Errorf("Mux has %+v with %+v", sent.Value, settings)
	}
	secret := s.urlSecret("file-upload-url")
	if secret == nil || !metav1.IsControlledBy(secret, upload) || secret.Type != corev1.SecretTypeOpaque || len(secret.Data) != 1 ||
		secret.Labels[video.LabelOriginName] != "file" || secret.Annotations[video.AnnotationID] != upload.Status.ID || secret.Annotations[video.AnnotationReading] == "" {
		t.Fatalf("the Secret has %+v", secret.ObjectMeta)
	}
	address := string(secret.Data["url"])
	parsed, err := url.Parse(address)
	if err != nil || address != sent.Value.URL.Reveal() {
		t.Fatalf("the Secret has %q (%v), Mux says %q", address, err, sent.Value.URL.Reveal())
	}

	s.until(upload, soon, "the webhook of its creation", func() error {
		if source := projection.StampSource(upload.Status.Stamps.Snapshot); source != "upload.created" {
			return fmt.Errorf("the newest is %s", source)
		}
		return nil
	})
	// A second reconcile writes nothing and asks nobody.
	s.sim.ResetRequests()
	patch(s, upload, func(u *video.MuxUpload) { u.Annotations["look"] = "again" })
	time.Sleep(time.Second)
	version := upload.ResourceVersion
	if err := s.get(upload); err != nil || upload.ResourceVersion != version || s.urlSecret("file-upload-url").ResourceVersion != secret.ResourceVersion || len(s.calls()) != 0 {
		t.Errorf("a look at it wrote something, or asked Mux for %v", s.calls())
	}

	if code := s.send(address); code != http.StatusOK {
		t.Fatalf("the upload was answered %d", code)
	}
	s.condition(upload, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionFalse, video.ReasonNotWaiting)
	asset := s.made(video.OriginUpload, "file")
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	if upload.Status.AssetRef.Name != asset.Name || asset.Status.ID != upload.Status.AssetID || asset.Status.Passthrough != own || asset.Status.Meta.Title != own {
		t.Errorf("the upload names %s and %s, the object %s follows %+v", upload.Status.AssetRef.Name, upload.Status.AssetID, asset.Name, asset.Status)
	}
	s.noSecret("file-upload-url")
	within(s, soon, "what anybody may see is where it is looked for", func() error {
		for what, want := range map[string]int{"file": 4, "default": 5, postUpload[5:]: 1} {
			if places := s.leaks(registry, what); len(places) < want {
				return fmt.Errorf("%q is in %v only", what, places)
			}
		}
		return nil
	})
	for _, canary := range []string{parsed.Query().Get("signature"), address} {
		if places := s.leaks(registry, canary); len(places) > 0 || len(canary) < 20 {
			t.Errorf("the upload URL is in %v", places)
		}
	}
}

// TestUploadOutcomes lets the create go wrong in the ways that it can. In the end one URL is published, of an upload that waits,
// and no other upload of the object does.
func TestUploadOutcomes(t *testing.T) {
	t.Parallel()
	once := []muxsim.Rule{{Method: "POST", Route: "/video/v1/uploads", Times: 1}}
	twice := []muxsim.Rule{{Method: "POST", Route: "/video/v1/uploads", Times: 2}}
	lost := []muxsim.Rule{{}}
	own := new("own")
	for name, test := range map[string]struct {
		faults    muxsim.Faults
		settings  *video.AssetSettings
		posts     int
		cancelled int
		waiting   int
		limit     time.Duration
	}{
		// The webhook bears the token and brings the id.
		"500 after the commit":      {muxsim.Faults{Status5xxAfter: once}, nil, 1, 0, 1, soon},
		"time-out after the commit": {muxsim.Faults{TimeoutAfter: once}, nil, 1, 0, 1, 30 * time.Second},
		"500 before it":             {muxsim.Faults{Status5xxBefore: once}, nil, 2, 0, 1, 30 * time.Second},
		// Without webhooks it is sent again, and the first is cancelled.
		"500, webhooks lost":           {muxsim.Faults{Status5xxAfter: once, Drop: lost}, nil, 2, 1, 1, 30 * time.Second},
		"time-out, webhooks lost":      {muxsim.Faults{TimeoutAfter: once, Drop: lost}, nil, 2, 1, 1, 45 * time.Second},
		"500 twice, webhooks lost":     {muxsim.Faults{Status5xxAfter: twice, Drop: lost}, nil, 3, 2, 1, time.Minute},
		"token in the passthrough":     {muxsim.Faults{Status5xxAfter: once, Drop: lost}, &video.AssetSettings{Meta: &video.AssetMeta{ExternalID: own}}, 2, 1, 1, 30 * time.Second},
		"no room for the token":        {muxsim.Faults{Status5xxAfter: once, Drop: lost}, &video.AssetSettings{Passthrough: own, Meta: &video.AssetMeta{ExternalID: own}}, 2, 0, 2, 30 * time.Second},
		"throttled, nothing was made ": {muxsim.Faults{Throttle: []muxsim.Rule{{Method: "POST", Route: "/video/v1/uploads", Times: 1, RetryAfter: time.Second}}}, nil, 2, 0, 1, soon},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, muxsim.Options{})
			s.webhooks(s.operator())
			s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
			s.sim.SetFaults(test.faults)
			published := s.watchURLs()
			upload := s.upload("file", func(u *video.MuxUpload) { u.Spec.NewAssetSettings = test.settings })
			s.condition(upload, test.limit, video.ConditionURLReady, metav1.ConditionTrue, video.ReasonURLPublished)
			within(s, soon, "orphans are cancelled", func() error {
				counts := map[string]int{}
				for _, state := range s.uploadsAtMux() {
					counts[state]++
				}
				if counts["waiting"] != test.waiting || counts["cancelled"] != test.cancelled {
					return fmt.Errorf("Mux has %v", counts)
				}
				return nil
			})
			if state := s.uploadsAtMux()[upload.Status.ID]; state != "waiting" {
				t.Errorf("the upload of the object is %s", state)
			}
			if got := s.calls()[postUpload]; got != test.posts {
				t.Errorf("%d creates were sent, want %d", got, test.posts)
			}
			sent, err := s.dashboard().GetUpload(s.ctx, upload.Status.ID)
			if err != nil {
				t.Fatal(err)
			}
			if urls := published(); len(urls) != 1 || !urls[sent.Value.URL.Reveal()] {
				t.Errorf("%d URLs were published", len(urls))
			}
			if orphans := upload.Status.Creation.OrphanSearchAt != nil; orphans != (test.cancelled > 0 || name == "500 before it") {
				t.Errorf("what lost creates made is looked for once more: %v", orphans)
			}
		})
	}
}

// watchURLs notes every URL that a Secret of the namespace ever holds.
func (s *stage) watchURLs() (published func() map[string]bool) {
	s.Helper()
	c, err := client.NewWithWatch(s.plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		s.Fatal(err)
	}
	w, err := c.Watch(s.ctx, &corev1.SecretList{}, client.InNamespace(s.namespace))
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(w.Stop)
	found := map[string]bool{}
	return func() map[string]bool {
		for {
			select {
			case event := <-w.ResultChan():
				if secret, ok := event.Object.(*corev1.Secret); ok && len(secret.Data["url"]) > 0 {
					found[string(secret.Data["url"])] = true
				}
			case <-time.After(500 * time.Millisecond):
				return found
			}
		}
	}
}

// TestUploadSecret : the Secret is restored when it is lost, moves when the spec names another, and is never taken from anybody.
func TestUploadSecret(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	foreign := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "foreign"}, StringData: map[string]string{"url": "mine"}}
	s.create(foreign)

	upload := s.upload("file", func(u *video.MuxUpload) { u.Spec.UploadURLSecret = &video.SecretReference{Name: "foreign"} })
	s.condition(upload, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonSecretNotOwned)
	if calls := s.calls(); calls[postUpload] != 0 || upload.Status.Creation != nil {
		t.Errorf("an upload was made whose URL has no place: %v", calls)
	}
	patch(s, upload, func(u *video.MuxUpload) { u.Spec.UploadURLSecret.Name = "first" })
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	s.condition(upload, soon, video.ConditionReconciling, metav1.ConditionTrue, video.ReasonWaitingForUpload)
	first := s.urlSecret("first")

	s.sim.ResetRequests()
	restored := func(what string, change func(*corev1.Secret)) {
		t.Helper()
		s.sim.ResetRequests()
		change(s.urlSecret("first"))
		within(s, soon, "restored after "+what, func() error {
			if secret := s.urlSecret("first"); secret == nil || !bytes.Equal(secret.Data["url"], first.Data["url"]) {
				return fmt.Errorf("it is not")
			}
			return nil
		})
		time.Sleep(300 * time.Millisecond)
		if calls := s.calls(); calls[getUpload] != 1 || len(calls) != 1 {
			t.Errorf("that took %v, want one GET", calls)
		}
	}
	restored("a deletion", func(secret *corev1.Secret) {
		if err := s.Delete(s.ctx, secret); err != nil {
			t.Fatal(err)
		}
	})
	restored("the loss of its key", func(secret *corev1.Secret) { patch(s, secret, func(s *corev1.Secret) { delete(s.Data, "url") }) })

	patch(s, upload, func(u *video.MuxUpload) { u.Spec.UploadURLSecret.Name = "second" })
	within(s, soon, "it has moved", func() error {
		if second := s.urlSecret("second"); second == nil || !bytes.Equal(second.Data["url"], first.Data["url"]) {
			return fmt.Errorf("the new one is not there")
		}
		return nil
	})
	s.noSecret("first")

	patch(s, upload, func(u *video.MuxUpload) { u.Spec.UploadURLSecret.Name = "foreign" })
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionFalse, video.ReasonSecretNotOwned)
	s.condition(upload, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonSecretNotOwned)
	if kept := s.urlSecret("foreign"); kept.ResourceVersion != foreign.ResourceVersion || s.urlSecret("second") == nil {
		t.Error("somebody's Secret was touched, or the URL lost")
	}
	if err := s.Delete(s.ctx, foreign); err != nil { // its owner gives the name up
		t.Fatal(err)
	}
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	s.noSecret("second")
	s.condition(upload, soon, video.ConditionReconciling, metav1.ConditionTrue, video.ReasonWaitingForUpload)
}

// TestUploadSecretRefused : where the API server does not let the operator write the Secret, the object says so, and goes on
// when it may.
func TestUploadSecretRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	upload := s.upload("file", func(u *video.MuxUpload) { u.Spec.UploadURLSecret = &video.SecretReference{Name: "Not A Name"} })
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionFalse, video.ReasonSecretRefused)
	s.condition(upload, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonSecretRefused)
	patch(s, upload, func(u *video.MuxUpload) { u.Spec.UploadURLSecret = nil })
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
}

// TestUploadImported publishes the URL of an upload that somebody else has made, where that is asked for.
func TestUploadImported(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	made, err := s.dashboard().CreateUpload(s.ctx, mux.CreateUploadRequest{CORSOrigin: "*"})
	if err != nil {
		t.Fatal(err)
	}
	upload := s.upload("imported", func(u *video.MuxUpload) { u.Spec = video.MuxUploadSpec{FollowedSpec: s.followed(made.Value.ID)} })
	s.condition(upload, soon, video.ConditionReconciling, metav1.ConditionTrue, video.ReasonWaitingForUpload)
	if c := meta.FindStatusCondition(upload.Status.Conditions, video.ConditionURLReady); c != nil || s.urlSecret("imported-upload-url") != nil {
		t.Errorf("the URL was published without being asked for: %+v", c)
	}
	patch(s, upload, func(u *video.MuxUpload) { u.Spec.UploadURLSecret = &video.SecretReference{Name: "asked-for"} })
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	if got := string(s.urlSecret("asked-for").Data["url"]); got != made.Value.URL.Reveal() {
		t.Error("the Secret has something else")
	}
	patch(s, upload, func(u *video.MuxUpload) { u.Spec.UploadURLSecret = nil })
	s.noSecret("asked-for")
}

// TestUploadDelete cancels what the operator has made, also where it does not know the outcome of its create.
func TestUploadDelete(t *testing.T) {
	t.Parallel()
	remove := func(s *stage, upload *video.MuxUpload) {
		s.Helper()
		if err := s.Delete(s.ctx, upload); err != nil {
			s.Fatal(err)
		}
	}
	t.Run("created", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, muxsim.Options{})
		s.webhooks(s.operator())
		upload := s.upload("file")
		s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
		remove(s, upload)
		s.absent(upload)
		if states := s.uploadsAtMux(); states[upload.Status.ID] != "cancelled" || len(states) != 1 {
			t.Errorf("Mux has %v", states)
		}
	})
	t.Run("retained", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, muxsim.Options{})
		s.webhooks(s.operator())
		upload := s.upload("file", func(u *video.MuxUpload) { u.Spec.DeletionPolicy = video.DeletionPolicyRetain })
		s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
		remove(s, upload)
		s.absent(upload)
		if states := s.uploadsAtMux(); states[upload.Status.ID] != "waiting" {
			t.Errorf("Mux has %v", states)
		}
	})
	own := new("own")
	for name, test := range map[string]struct {
		settings *video.AssetSettings
		left     string
	}{
		"outcome unknown":        {nil, "cancelled"},
		"unknown, and no token ": {&video.AssetSettings{Passthrough: own, Meta: &video.AssetMeta{ExternalID: own}}, "waiting"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, muxsim.Options{})
			s.webhooks(s.operator())
			s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
			s.sim.SetFaults(muxsim.Faults{Status5xxAfter: []muxsim.Rule{{Method: "POST", Times: 1}}, Drop: []muxsim.Rule{{}}})
			upload := s.upload("file", func(u *video.MuxUpload) { u.Spec.NewAssetSettings = test.settings })
			s.condition(upload, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonCreateOutcomeUnknown)
			remove(s, upload)
			s.absent(upload)
			if states := s.uploadsAtMux(); len(states) != 1 || mustJSON(states) != strings.ReplaceAll(mustJSON(states), "waiting", test.left) || s.calls()[postUpload] != 1 {
				t.Errorf("Mux has %v, want it %s", states, test.left)
			}
		})
	}
}

// goesOn lets a clock of the simulator go on as time does.
func (s *stage) goesOn(clock *muxsim.ManualClock) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticks := time.NewTicker(20 * time.Millisecond)
		defer ticks.Stop()
		for last := time.Now(); ; {
			select {
			case <-done:
				return
			case now := <-ticks.C:
				clock.Advance(now.Sub(last))
				last = now
			}
		}
	}()
	s.Cleanup(func() { close(done); <-stopped })
}

// TestUploadTimesOut : no webhook tells that the time is over, so Mux is asked once, a minute later. Mux's clock is so far behind
// the operator's that this minute is over in some seconds.
func TestUploadTimesOut(t *testing.T) {
	t.Parallel()
	clock := muxsim.NewManualClock(time.Now().Add(-110 * time.Second)) // the upload's 60 s and the minute, but for 10 s
	s := newStage(t, muxsim.Options{Clock: clock})
	s.goesOn(clock)
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	upload := s.upload("late", func(u *video.MuxUpload) { u.Spec.TimeoutSeconds = new(int32(60)) })
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	clock.Advance(61 * time.Second)
	if calls := s.calls(); calls[getUpload] != 0 || s.uploadsAtMux()[upload.Status.ID] != "timed_out" {
		t.Errorf("Mux has %v and got %v", s.uploadsAtMux(), calls)
	}
	s.condition(upload, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonTimedOut)
	s.condition(upload, soon, video.ConditionReady, metav1.ConditionFalse, video.ReasonTimedOut)
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionFalse, video.ReasonNotWaiting)
	s.noSecret("late-upload-url")
	if upload.Status.State != "timed_out" {
		t.Errorf("the state is %s", upload.Status.State)
	}
	patch(s, upload, func(u *video.MuxUpload) { u.Annotations["look"] = "again" })
	time.Sleep(time.Second)
	if got := s.calls()[getUpload]; got != 1 {
		t.Errorf("%d GETs were sent, want 1", got)
	}
}

// TestUploadExpires deletes what has ended: at once, when the asset of the file has its object, which stays; and some seconds
// after a cancellation.
func TestUploadExpires(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	used := s.upload("used", func(u *video.MuxUpload) { u.Spec.TTLSecondsAfterFinished = new(int32(0)) })
	cancelled := s.upload("cancelled", func(u *video.MuxUpload) { u.Spec.TTLSecondsAfterFinished = new(int32(4)) })
	s.condition(used, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	s.condition(cancelled, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	s.sim.SetFaults(muxsim.Faults{Delay: []muxsim.Rule{{Event: "video.asset.created", Delay: 2 * time.Second}, {Event: "video.asset.ready", Delay: 2 * time.Second}}})
	if code := s.send(string(s.urlSecret("used-upload-url").Data["url"])); code != http.StatusOK {
		t.Fatalf("the upload was answered %d", code)
	}
	if _, err := s.dashboard().CancelUpload(s.ctx, cancelled.Status.ID); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.absent(used)
	asset := s.made(video.OriginUpload, "used") // by an event that came after the upload had ended
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if !asset.DeletionTimestamp.IsZero() || len(asset.OwnerReferences) > 0 {
		t.Errorf("the asset goes with the upload: %+v", asset.ObjectMeta)
	}
	s.absent(cancelled)
	if took := time.Since(began); took < 3900*time.Millisecond {
		t.Errorf("it was deleted after %s, want 4 s", took)
	}
	s.noSecret("used-upload-url")
	s.noSecret("cancelled-upload-url")
}
