// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

var onCreate = muxsim.Rule{Method: "POST", Route: "/video/v1/assets", Times: 1}

// TestCreateOutcomes lets the create go wrong in the ways that it can. In the end there is exactly one asset.
func TestCreateOutcomes(t *testing.T) {
	t.Parallel()
	throttled := onCreate
	throttled.RetryAfter = time.Second
	for name, test := range map[string]struct {
		faults muxsim.Faults
		posts  int
		limit  time.Duration
	}{
		// The webhook asset.created bears the token and brings the id.
		"500 after the commit":      {muxsim.Faults{Status5xxAfter: []muxsim.Rule{onCreate}}, 1, soon},
		"time-out after the commit": {muxsim.Faults{TimeoutAfter: []muxsim.Rule{onCreate}}, 1, 30 * time.Second},
		// Without webhooks the search finds it, a minute later.
		"500 after the commit, webhooks lost": {muxsim.Faults{Status5xxAfter: []muxsim.Rule{onCreate}, Drop: []muxsim.Rule{{}}}, 1, 2 * time.Minute},
		// Nothing was made: the create is sent again.
		"throttled": {muxsim.Faults{Throttle: []muxsim.Rule{throttled}}, 2, soon},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, muxsim.Options{ReadyAfter: 200 * time.Millisecond})
			s.webhooks(s.operator())
			s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
			s.sim.SetFaults(test.faults)
			asset := s.managed("video")
			s.condition(asset, test.limit, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
			if ids := s.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 1 || ids[0] != asset.Status.ID {
				t.Errorf("Mux has %v, the status %s: want that one", ids, asset.Status.ID)
			}
			if got := s.calls()[postAsset]; got != test.posts {
				t.Errorf("%d creates were sent, want %d", got, test.posts)
			}
		})
	}
}

// TestCreateRefused sends a spec that Mux refuses, and mends it.
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 200 * time.Millisecond})
	s.webhooks(s.operator())
	// The API server cannot know that Mux wants text tracks in a language that exists.
	asset := s.managed("refused", func(a *video.MuxAsset) {
		a.Spec.Inputs = append(a.Spec.Inputs, video.AssetInput{URL: "https://example.com/t.vtt", Type: "text", LanguageCode: "!", TextType: "subtitles"},
			video.AssetInput{URL: "mux://nowhere"})
	})
	s.condition(asset, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonInvalid)
	if asset.Status.Creation != nil || asset.Annotations[video.AnnotationCreateToken] != "" {
		t.Errorf("a refused create left its intent: %+v", asset.Status.Creation)
	}
	time.Sleep(3 * time.Second) // what Mux has refused it would refuse again: nothing more is sent
	if got := s.calls()[postAsset]; got != 1 {
		t.Errorf("%d creates were sent, want 1", got)
	}
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.Inputs = a.Spec.Inputs[:1] })
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	if ids := s.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 1 {
		t.Errorf("Mux has %v, want one", ids)
	}
}

// TestUpdate changes what PATCH can change: set, change, clear, and drift.
func TestUpdate(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 200 * time.Millisecond})
	s.webhooks(s.operator())
	own := "own-id"
	asset := s.ready("update", func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{ExternalID: &own} })
	shows := func(what string, check func(*video.MuxAssetStatus) bool) {
		t.Helper()
		s.until(asset, soon, what, func() error {
			if check(&asset.Status) {
				return nil
			}
			return errStatus{&asset.Status}
		})
	}
	shows("the user's external id after the token", func(st *video.MuxAssetStatus) bool { return st.Meta != nil && st.Meta.ExternalID == own })
	// The first change may cross the event ready, whose older texts then look newer; it is sent once more.
	const patchAsset = "PATCH /video/v1/assets/{id}"
	before := s.calls()[patchAsset]
	if before > 2 {
		t.Errorf("%d updates were sent for one change", before)
	}
	title := "A title"
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.Meta.Title, a.Spec.Passthrough = &title, &own })
	shows("title and passthrough", func(st *video.MuxAssetStatus) bool { return st.Meta.Title == title && st.Passthrough == own })
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.Meta.Title, a.Spec.Passthrough = nil, nil })
	shows("cleared", func(st *video.MuxAssetStatus) bool {
		return st.Meta.Title == "" && st.Passthrough == "" && st.Meta.ExternalID == own
	})
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if got := s.calls()[patchAsset] - before; got != 2 {
		t.Errorf("%d updates were sent for two changes", got)
	}
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}} })
	shows("the rendition", func(st *video.MuxAssetStatus) bool {
		return len(st.StaticRenditions) == 1 && st.StaticRenditions[0].Status == "ready"
	})
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.StaticRenditions = nil })
	shows("no rendition", func(st *video.MuxAssetStatus) bool { return len(st.StaticRenditions) == 0 })
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
}

// errStatus shows a status that is not as it should be.
type errStatus struct{ status *video.MuxAssetStatus }

func (e errStatus) Error() string {
	return "the status is " + mustJSON(e.status)
}

// TestDuplicate has Mux end up with two assets that bear one token, as a create does that arrives long after it was given up
// for lost. The first is taken, the second is named and left alone.
func TestDuplicate(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 200 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.sim.SetFaults(muxsim.Faults{
		Status5xxAfter: []muxsim.Rule{{Method: "POST", Route: "/video/v1/assets", Times: 1}},
		Drop:           []muxsim.Rule{{}},
	})
	asset := s.managed("twice")
	s.condition(asset, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonCreateOutcomeUnknown)
	first := s.sim.AssetIDs(muxsim.DefaultEnvironmentID)
	client, err := mux.New(mux.Config{BaseURL: s.sim.URL(), Credentials: mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret}})
	if err != nil {
		t.Fatal(err)
	}
	late := mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{Inputs: []mux.Input{{URL: "https://example.com/twice.mp4"}}}}
	late.SetExternalID(asset.Annotations[video.AnnotationCreateToken])
	second, err := client.CreateAsset(t.Context(), late)
	if err != nil {
		t.Fatal(err)
	}
	s.until(asset, 2*time.Minute, "the duplicate is named", func() error {
		synced := meta.FindStatusCondition(asset.Status.Conditions, video.ConditionSynced)
		if synced == nil || synced.Status != metav1.ConditionTrue || !strings.Contains(synced.Message, second.Value.ID) {
			return errStatus{&asset.Status}
		}
		return nil
	})
	if len(first) != 1 || asset.Status.ID != first[0] {
		t.Errorf("the status has %s, the first is %v", asset.Status.ID, first)
	}
	s.remove(asset)
	if ids := s.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 1 || ids[0] != second.Value.ID {
		t.Errorf("Mux has %v, want the second alone", ids)
	}
}

// TestAdoptedWithoutParts declares a rendition for an adopted asset that has none: it is added, once.
func TestAdoptedWithoutParts(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 200 * time.Millisecond})
	s.webhooks(s.operator())
	known := s.ready("known", func(a *video.MuxAsset) { a.Spec.DeletionPolicy = video.DeletionPolicyRetain })
	s.remove(known)
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "adopted"}}
	asset.Spec.EnvironmentRef.Name, asset.Spec.Import = "default", &video.ImportSpec{ID: known.Status.ID}
	asset.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}}
	s.create(asset)
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if sent := s.calls()["POST /video/v1/assets/{id}/static-renditions"]; sent != 1 || len(asset.Status.StaticRenditions) != 1 {
		t.Errorf("%d were asked for, the asset has %+v", sent, asset.Status.StaticRenditions)
	}
}
