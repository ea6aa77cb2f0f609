// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const (
	postPlaybackID   = "POST /video/v1/assets/{id}/playback-ids"
	deletePlaybackID = "DELETE /video/v1/assets/{id}/playback-ids/{part}"
	postTrack        = "POST /video/v1/assets/{id}/tracks"
	patchTrack       = "PATCH /video/v1/assets/{id}/tracks/{part}"
	deleteTrack      = "DELETE /video/v1/assets/{id}/tracks/{part}"
	postSubtitles    = "POST /video/v1/assets/{id}/tracks/{part}/generate-subtitles"
	postRendition    = "POST /video/v1/assets/{id}/static-renditions"
	deleteRendition  = "DELETE /video/v1/assets/{id}/static-renditions/{part}"
	putMaster        = "PUT /video/v1/assets/{id}/master-access"
	putMP4           = "PUT /video/v1/assets/{id}/mp4-support"
	getAsset         = "GET /video/v1/assets/{id}"
)

// readyAsset is an asset that the operator has made and that is ready, by the GET that confirms it.
func (s *stage) readyAsset(edits ...func(*video.MuxAsset)) *video.MuxAsset {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "intro", UID: "intro"}}
	asset.Spec.EnvironmentRef.Name = "default"
	asset.Spec.Inputs = []video.AssetInput{{URL: "https://example.com/intro.mp4"}}
	asset.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
	for _, edit := range edits {
		edit(asset)
	}
	s.create(asset)
	s.settles(asset)
	if asset.Status.State != "ready" {
		s.Fatalf("the status is %+v", asset.Status)
	}
	s.calls()
	return asset
}

// settles looks at an object whenever it asks for that or has changed, until neither is so.
func (s *stage) settles(o commit.Followed) {
	s.Helper()
	for range 20 {
		version := o.GetResourceVersion()
		after := s.reconcile(o)
		if after == 0 && o.GetResourceVersion() == version {
			return
		}
		s.clock.Advance(after)
	}
	s.Fatalf("it does not settle: %+v", o.GetFollowedStatus())
}

// edit changes the spec and lets it settle. It returns the calls that were made, but for reads.
func edit[T commit.Followed](s *stage, o T, change func(T)) map[string]int {
	s.Helper()
	before := o.DeepCopyObject().(T)
	change(o)
	if err := s.Patch(s.Context(), o, locked(before)); err != nil {
		s.Fatal(err)
	}
	s.settles(o)
	calls := s.calls()
	delete(calls, getAsset)
	delete(calls, getLive)
	return calls
}

// atRest checks that the spec has reached Mux, and that a second look writes nothing and calls nobody.
func (s *stage) atRest(o commit.Followed) {
	s.Helper()
	if status := o.GetFollowedStatus(); reasonOf(o, video.ConditionSynced) != "True Synced" || status.Adding != nil {
		s.Errorf("it is not synced: %+v", status)
	}
	version := o.GetResourceVersion()
	if after := s.reconcile(o); after != 0 || o.GetResourceVersion() != version || len(s.calls()) > 0 {
		s.Errorf("a second look changes something, or wants another after %s", after)
	}
}

func withTrack(url string) func(*video.MuxAsset) {
	return func(a *video.MuxAsset) {
		a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URL: url}}
	}
}

// TestAssetParts makes each change of each part of an asset that exists.
func TestAssetParts(t *testing.T) {
	rendition := func(resolutions ...string) func(*video.MuxAsset) {
		return func(a *video.MuxAsset) {
			a.Spec.StaticRenditions = nil
			for _, r := range resolutions {
				a.Spec.StaticRenditions = append(a.Spec.StaticRenditions, video.StaticRendition{Resolution: r})
			}
		}
	}
	policies := func(names ...string) func(*video.MuxAsset) {
		return func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = nil
			for _, p := range names {
				a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: p})
			}
		}
	}
	subtitles := func(languages ...string) func(*video.MuxAsset) {
		return func(a *video.MuxAsset) {
			a.Spec.GeneratedSubtitles = nil
			for _, l := range languages {
				a.Spec.GeneratedSubtitles = append(a.Spec.GeneratedSubtitles, video.GeneratedSubtitles{LanguageCode: l})
			}
		}
	}
	nothing := func(*video.MuxAsset) {}
	for name, test := range map[string]struct {
		before, change func(*video.MuxAsset)
		calls          map[string]int
	}{
		"a playback id more": {nothing, policies("public", "signed"), map[string]int{postPlaybackID: 1}},
		"another policy":     {nothing, policies("signed"), map[string]int{postPlaybackID: 1, deletePlaybackID: 1}},
		"no policy":          {nothing, policies(), map[string]int{deletePlaybackID: 1}},
		"a text track":       {nothing, withTrack("https://example.com/en.vtt"), map[string]int{postTrack: 1}},
		"another file":       {withTrack("https://example.com/en.vtt"), withTrack("https://example.com/2.vtt"), map[string]int{postTrack: 1, deleteTrack: 1}},
		"other settings":     {withTrack("https://example.com/en.vtt"), func(a *video.MuxAsset) { a.Spec.TextTracks[0].Passthrough = "p" }, map[string]int{patchTrack: 1}},
		"another name":       {withTrack("https://example.com/en.vtt"), func(a *video.MuxAsset) { a.Spec.TextTracks[0].Name = "Englisch" }, map[string]int{patchTrack: 1}},
		"another name and file": {withTrack("https://example.com/en.vtt"), func(a *video.MuxAsset) {
			a.Spec.TextTracks[0].Name, a.Spec.TextTracks[0].URL = "Englisch", "https://example.com/2.vtt"
		}, map[string]int{postTrack: 1, deleteTrack: 1}},
		"another name of generated ones": {subtitles("en"), func(a *video.MuxAsset) { a.Spec.GeneratedSubtitles[0].Name = "Englisch" }, map[string]int{patchTrack: 1}},
		"no text track":                  {withTrack("https://example.com/en.vtt"), func(a *video.MuxAsset) { a.Spec.TextTracks = nil }, map[string]int{deleteTrack: 1}},
		"generated subtitles":            {nothing, subtitles("en"), map[string]int{postSubtitles: 1}},
		"generated subtitles from then":  {subtitles("en"), subtitles("en", "fr"), map[string]int{postSubtitles: 1}},
		"no generated subtitles":         {subtitles("en"), subtitles(), map[string]int{deleteTrack: 1}},
		"a rendition":                    {nothing, rendition("720p"), map[string]int{postRendition: 1}},
		"another rendition":              {rendition("720p"), rendition("480p"), map[string]int{postRendition: 1, deleteRendition: 1}},
		"no rendition":                   {rendition("720p"), rendition(), map[string]int{deleteRendition: 1}},
		"the master":                     {nothing, func(a *video.MuxAsset) { a.Spec.MasterAccess = "temporary" }, map[string]int{putMaster: 1}},
		"the master at the create":       {func(a *video.MuxAsset) { a.Spec.MasterAccess = "temporary" }, nothing, map[string]int{}},
		"no master":                      {func(a *video.MuxAsset) { a.Spec.MasterAccess = "temporary" }, func(a *video.MuxAsset) { a.Spec.MasterAccess = "" }, map[string]int{putMaster: 1}},
		"files of the older kind":        {nothing, func(a *video.MuxAsset) { a.Spec.MP4Support = "capped-1080p" }, map[string]int{putMP4: 1}},
		"no files of the older kind":     {func(a *video.MuxAsset) { a.Spec.MP4Support = "capped-1080p" }, func(a *video.MuxAsset) { a.Spec.MP4Support = "" }, map[string]int{putMP4: 1}},
		"the master on request": {nothing, func(a *video.MuxAsset) {
			a.Annotations[video.AnnotationRequestMaster] = "1"
		}, map[string]int{putMaster: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, assetKind{})
			asset := s.readyAsset(test.before)
			s.atRest(asset)
			if calls := edit(s, asset, test.change); !maps.Equal(calls, test.calls) {
				t.Errorf("the calls were %v, want %v", calls, test.calls)
			}
			s.atRest(asset)
		})
	}
}

// TestPolicyChange adds the new playback id before it removes the old.
func TestPolicyChange(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	old := asset.Status.PlaybackIDs[0].ID
	before := asset.DeepCopy()
	asset.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "signed"}}
	if err := s.Patch(s.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	s.reconcile(asset)
	var order []string
	for _, request := range s.sim.Requests() {
		order = append(order, request.Method)
	}
	if !slices.Equal(order, []string{"POST", "DELETE"}) {
		t.Errorf("the calls were %v", order)
	}
	s.settles(asset)
	if ids := asset.Status.PlaybackIDs; len(ids) != 1 || ids[0].ID == old || ids[0].Policy != "signed" {
		t.Errorf("the playback ids are %+v", ids)
	}
}

// TestPartOutcomeUnknown loses the answer to a POST of each part: there is one in the end, whether or not it was carried out.
func TestPartOutcomeUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		call   string
		change func(*video.MuxAsset)
	}{
		"playback id": {postPlaybackID, func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
		}},
		"text track":          {postTrack, withTrack("https://example.com/en.vtt")},
		"generated subtitles": {postSubtitles, func(a *video.MuxAsset) { a.Spec.GeneratedSubtitles = []video.GeneratedSubtitles{{LanguageCode: "en"}} }},
		"static rendition":    {postRendition, func(a *video.MuxAsset) { a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}} }},
	} {
		method, route, _ := strings.Cut(test.call, " ")
		rule := []muxsim.Rule{{Method: method, Route: route, Times: 1}}
		for outcome, faults := range map[string]struct {
			muxsim.Faults
			posts int
		}{"made": {muxsim.Faults{Status5xxAfter: rule}, 1}, "not made": {muxsim.Faults{Status5xxBefore: rule}, 2}} {
			t.Run(name+" "+outcome, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, assetKind{})
				asset := s.readyAsset()
				s.sim.SetFaults(faults.Faults)
				if calls := edit(s, asset, test.change); !maps.Equal(calls, map[string]int{test.call: faults.posts}) {
					t.Errorf("the calls were %v", calls)
				}
				s.atRest(asset)
			})
		}
	}
}

// TestPartIntentLeft finds the intent of a process that has ended: what it may have made is looked for first.
func TestPartIntentLeft(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	edit(s, asset, func(a *video.MuxAsset) {
		a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
	})
	before := asset.DeepCopy()
	seen := []string{asset.Status.PlaybackIDs[0].ID}
	if asset.Status.PlaybackIDs[0].Policy == "signed" {
		seen[0] = asset.Status.PlaybackIDs[1].ID
	}
	asset.Status.Children = asset.Status.Children[:1]
	asset.Status.Adding = &video.AddingStatus{Kind: "playback-id", Key: "signed", Seen: seen, StartedAt: metav1.NewMicroTime(s.clock.Now())}
	if err := s.Status().Patch(s.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	s.settles(asset)
	if calls := s.calls(); calls[postPlaybackID] != 0 || len(asset.Status.Children) != 2 {
		t.Errorf("the calls were %v, the parts are %+v", calls, asset.Status.Children)
	}
	s.atRest(asset)
}

// atAdding runs do when the intent to add a part has been written, before the follower learns of it, once.
func (s *stage) atAdding(do func()) {
	done := false
	s.f.client = interceptor.NewClient(s.Client.(client.WithWatch), interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, options ...client.SubResourcePatchOption) error {
			err := c.SubResource(sub).Patch(ctx, o, p, options...)
			if followed, ok := o.(commit.Followed); ok && followed.GetFollowedStatus().Adding != nil && !done {
				done = true
				do()
			}
			return err
		},
	})
}

// TestPartPausedLeader : a leader that was paused after its intent to add a part sends nothing, whether or not another has added
// the part meanwhile, and leaves alone what the other has written.
func TestPartPausedLeader(t *testing.T) {
	for name, replaced := range map[string]bool{"alone": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, assetKind{})
			asset := s.readyAsset()
			base := asset.DeepCopy()
			asset.Spec.PlaybackPolicies = append(asset.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
			if err := s.Patch(t.Context(), asset, locked(base)); err != nil {
				t.Fatal(err)
			}
			first := s.f
			second := &follower{kind: s.f.kind, client: s.Client, options: s.f.options, clients: s.f.clients, rejected: s.f.rejected}
			s.atAdding(func() {
				s.clock.Advance(s.f.addingOver() + time.Second)
				if replaced {
					s.f = second
					s.settles(asset)
					s.f = first
				}
			})
			if err := s.try(asset); err == nil {
				t.Error("the first does not say that it was too late")
			}
			if replaced && len(asset.Status.Children) != 2 {
				t.Errorf("the children are %+v", asset.Status.Children)
			}
			s.settles(asset)
			if got := s.calls()[postPlaybackID]; got != 1 {
				t.Errorf("%d playback ids were asked for", got)
			}
			s.atRest(asset)
		})
	}
}

// TestPartRefused : what Mux refuses is said, takes its intent back, and is not sent again by itself.
func TestPartRefused(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	before := asset.DeepCopy()
	asset.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "highest", Passthrough: strings.Repeat("x", 300)}}
	if err := s.Patch(s.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	if after := s.reconcile(asset); after != refusedRetry || reasonOf(asset, video.ConditionSynced) != "False InvalidSpec" || asset.Status.Adding != nil {
		t.Fatalf("looked at after %s: %+v", after, asset.Status.FollowedStatus)
	}
	s.reconcile(asset)
	if calls := s.calls(); calls[postRendition] != 1 {
		t.Errorf("the calls were %v", calls)
	}
}

// TestPartDrift deletes a playback id of the spec behind the operator's back: it is made again. One that the spec does not ask
// for stays as it is.
func TestPartDrift(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	c, err := s.f.clients.forObjects(t.Context(), s.env)
	if err != nil {
		t.Fatal(err)
	}
	id := asset.Status.PlaybackIDs[0].ID
	if err := c.DeleteAssetPlaybackID(t.Context(), asset.Status.ID, id); err != nil {
		t.Fatal(err)
	}
	for range 2 { // of another policy, twice
		if _, err := c.CreateAssetPlaybackID(t.Context(), asset.Status.ID, playbackRequest("signed")); err != nil {
			t.Fatal(err)
		}
	}
	s.calls()
	s.clock.Advance(10 * time.Second)
	calls := edit(s, asset, func(a *video.MuxAsset) { a.Annotations[video.AnnotationRequestRefresh] = "1" })
	s.settles(asset)
	if got := s.calls()[postPlaybackID] + calls[postPlaybackID]; got > 1 {
		t.Errorf("%d were made", got)
	}
	s.reconcile(asset)
	s.settles(asset)
	var policies []string
	for _, p := range asset.Status.PlaybackIDs {
		policies = append(policies, p.Policy)
	}
	slices.Sort(policies)
	if !slices.Equal(policies, []string{"public", "signed", "signed"}) {
		t.Errorf("the policies are %v", policies)
	}
	s.calls()
	s.atRest(asset)
}

// TestSilentAsset has no sound to write subtitles from, which is said.
func TestSilentAsset(t *testing.T) {
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{UID: types.UID("silent")}}
	asset.Status.State = "ready"
	asset.Status.Tracks = []video.TrackStatus{{ID: "v", Type: "video"}}
	if err := onceHeard(asset); err == nil || !strings.Contains(err.Error(), "no audio track") {
		t.Error(err)
	}
	asset.Status.Tracks = append(asset.Status.Tracks, video.TrackStatus{ID: "a", Type: "audio"}, video.TrackStatus{ID: "b", Type: "audio", Primary: true})
	if err := onceHeard(asset); err != nil || soundOf(asset) != "b" {
		t.Error(err, soundOf(asset))
	}
}

func playbackRequest(policy string) mux.PlaybackPolicyRequest {
	return mux.PlaybackPolicyRequest{Policy: policy}
}
