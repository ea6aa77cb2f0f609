// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestAssetChanged is what of an asset starts a reconcile. What the operator itself writes must not, or a refused create
// would be sent again and again.
func TestAssetChanged(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*video.MuxAsset)
		passes bool
	}{
		"nothing":              {func(*video.MuxAsset) {}, false},
		"the spec":             {func(a *video.MuxAsset) { a.Generation++ }, true},
		"a new object":         {func(a *video.MuxAsset) { a.UID = "other" }, true},
		"deletion":             {func(a *video.MuxAsset) { a.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }, true},
		"a request":            {func(a *video.MuxAsset) { a.Annotations = map[string]string{video.AnnotationRequestRefresh: "1"} }, true},
		"the operator's token": {func(a *video.MuxAsset) { a.Annotations = map[string]string{video.AnnotationCreateToken: "t"} }, false},
		"the intent's time":    {func(a *video.MuxAsset) { a.Annotations = map[string]string{video.AnnotationCreateTime: "t"} }, false},
		"the intent":           {func(a *video.MuxAsset) { a.Status.Creation = &video.CreationStatus{Token: "t"} }, false},
		"the id":               {func(a *video.MuxAsset) { a.Status.ID = "id" }, true},
		"the state":            {func(a *video.MuxAsset) { a.Status.State = "ready" }, true},
		"the passthrough":      {func(a *video.MuxAsset) { a.Status.Passthrough = "p" }, true},
		"the metadata":         {func(a *video.MuxAsset) { a.Status.Meta = &video.AssetMetaStatus{Title: "t"} }, true},
		"a playback id":        {func(a *video.MuxAsset) { a.Status.PlaybackIDs = []video.PlaybackIDStatus{{ID: "p"}} }, true},
		"the part being added": {func(a *video.MuxAsset) { a.Status.Adding = &video.AddingStatus{Key: "k"} }, false},
		"the aspect ratio":     {func(a *video.MuxAsset) { a.Status.AspectRatio = "16:9" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			before := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{UID: "uid", Generation: 1}}
			after := before.DeepCopy()
			test.change(after)
			if got := followedChanged(assetKind{}).Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != test.passes {
				t.Errorf("passes is %v, want %v", got, test.passes)
			}
		})
	}
}

func TestWaitsForSecret(t *testing.T) {
	from := &video.SecretKeyReference{Name: "urls", Key: "one"}
	input := func(a *video.MuxAsset) { a.Spec.Inputs = []video.AssetInput{{URLFrom: from}} }
	track := func(a *video.MuxAsset) { a.Spec.TextTracks = []video.TextTrack{{URLFrom: from}} }
	for name, test := range map[string]struct {
		spec   func(*video.MuxAsset)
		id     string
		secret string
		want   bool
	}{
		"an input's":     {input, "", "urls", true},
		"a track's":      {track, "", "urls", true},
		"another Secret": {input, "", "helm", false},
		"made already":   {track, "id", "urls", true}, // a track may still be added
		"names none":     {func(*video.MuxAsset) {}, "", "urls", false},
	} {
		t.Run(name, func(t *testing.T) {
			asset := &video.MuxAsset{Status: video.MuxAssetStatus{FollowedStatus: video.FollowedStatus{ID: test.id}}}
			test.spec(asset)
			if got := waitsForSecret(assetKind{}, asset, test.secret); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
