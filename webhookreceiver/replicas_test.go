// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestSameEventTenTimes posts one body ten times at once over two replicas.
func TestSameEventTenTimes(t *testing.T) {
	s := newStage(t, plane.Config)
	const id = "ten00000000000000000000000000000"
	asset := s.asset("ten", "default", id)
	replicas := []*replica{s.replica(), s.replica()}
	watch := s.watch(asset)
	for _, r := range replicas {
		r.sees(s, asset)
	}
	body := event("video.asset.ready", id, time.Now(), "")
	answers := make([]*httptest.ResponseRecorder, 10)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = replicas[i%2].post(s, "default", body) })
	}
	all.Wait()
	applied := 0
	for _, a := range answers {
		if a.Code != 200 {
			t.Errorf("answered %d %s", a.Code, a.Body)
		}
		if strings.Contains(a.Body.String(), `"applied"`) {
			applied++
		}
	}
	if applied == 0 {
		t.Error("nobody applied the event")
	}
	if versions := watch(); len(versions) != 1 {
		t.Errorf("the object was written %d times (%v), want once; %d answers said applied", len(versions), versions, applied)
	}
}

// watch returns a function that tells the versions that an object has had since.
func (s *stage) watch(object client.Object) func() []string {
	s.Helper()
	watching, err := client.NewWithWatch(s.config, client.Options{Scheme: testScheme(s)})
	if err != nil {
		s.Fatal(err)
	}
	w, err := watching.Watch(s.ctx, &video.MuxAssetList{}, client.InNamespace(s.namespace), client.MatchingFields{"metadata.name": object.GetName()})
	if err != nil {
		s.Fatal(err)
	}
	return func() (versions []string) {
		defer w.Stop()
		// A marker written last shows that everything before it has been told.
		marked := &video.MuxAsset{}
		if err := s.Get(s.ctx, client.ObjectKeyFromObject(object), marked); err != nil {
			s.Fatal(err)
		}
		base := marked.DeepCopy()
		marked.Labels = map[string]string{"marker": "last"}
		if err := s.Patch(s.ctx, marked, client.MergeFrom(base)); err != nil {
			s.Fatal(err)
		}
		for told := range w.ResultChan() {
			asset := told.Object.(*video.MuxAsset)
			switch {
			case asset.Labels["marker"] != "":
				return versions
			case asset.ResourceVersion != object.GetResourceVersion():
				versions = append(versions, asset.ResourceVersion)
			}
		}
		return versions
	}
}

func TestRouting(t *testing.T) {
	s := newStage(t, plane.Config)
	const id, made = "routed0000000000000000000000000", "made000000000000000000000000000"
	routed, waiting := s.asset("routed", "default", id), s.waiting("waiting", "default", "the-token")
	r := s.replica()
	r.sees(s, routed)
	r.sees(s, waiting)
	at := time.Now()
	for _, body := range []string{
		envelope("video.asset.track.ready", at, fmt.Sprintf(`{"id":"track1","asset_id":%q,"type":"text","status":"ready"}`, id)),
		strings.Replace(envelope("video.asset.static_rendition.ready", at, `{"id":"rendition1","name":"720p.mp4","status":"ready"}`),
			`"object":{"type":"asset"}`, fmt.Sprintf(`"object":{"type":"asset","id":%q}`, id), 1),
		event("video.asset.created", made, at, `,"meta":{"external_id":"the-token"}`),
	} {
		if response := r.post(s, "default", body); !strings.Contains(response.Body.String(), "applied") {
			t.Errorf("%s is answered %d %s", body, response.Code, response.Body)
		}
	}
	for _, asset := range []*video.MuxAsset{routed, waiting} {
		if err := s.Get(s.ctx, client.ObjectKeyFromObject(asset), asset); err != nil {
			t.Fatal(err)
		}
	}
	if len(routed.Status.Tracks) != 1 || len(routed.Status.StaticRenditions) != 1 || routed.Status.ID != id {
		t.Errorf("the fragments gave %+v", routed.Status)
	}
	if waiting.Status.ID != made || waiting.Status.EnvironmentID != environmentID {
		t.Errorf("the token gave %+v", waiting.Status)
	}
	// A token that is answered routes no further asset to its object.
	r.sees(s, waiting)
	second := event("video.asset.created", "second00000000000000000000000000", at.Add(-2*time.Minute), `,"meta":{"external_id":"the-token"}`)
	if response := r.post(s, "default", second); !strings.Contains(response.Body.String(), reasonUnknownObject) {
		t.Errorf("a second asset with the token is answered %d %s", response.Code, response.Body)
	}
}

// TestWebhookVerified sends an environment its first webhook.
func TestWebhookVerified(t *testing.T) {
	s := newStage(t, plane.Config)
	env := &video.MuxEnvironment{ObjectMeta: s.meta("first"), Spec: video.MuxEnvironmentSpec{
		EnvironmentID: environmentID,
		Webhook:       &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux", Key: "new"}}},
	}}
	s.create(env)
	r := s.replica()
	r.sees(s, env)
	r.post(s, "first", event("video.asset.ready", "nobody", time.Now(), ""))
	within(t, 10*time.Second, func() error {
		if err := s.Get(s.ctx, client.ObjectKeyFromObject(env), env); err != nil {
			return err
		}
		for _, c := range env.Status.Conditions {
			if c.Type == video.ConditionWebhookVerified && c.Status == "True" {
				return nil
			}
		}
		return fmt.Errorf("conditions are %v", env.Status.Conditions)
	})
}
