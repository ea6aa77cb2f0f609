// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestRetire : an object goes when its asset was deleted at Mux and nothing was heard of it for as long as Mux may redeliver,
// or for longer where somebody wants that; never sooner, and never while the asset lives.
func TestRetire(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := video.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		state     string
		heard     time.Duration
		retention time.Duration
		gone      bool
	}{
		"alive":               {"ready", 1000 * time.Hour, 0, false},
		"just deleted":        {"deleted", time.Minute, 0, false},
		"still redelivered":   {"deleted", 72 * time.Hour, 0, false},
		"long deleted":        {"deleted", 73 * time.Hour, 0, true},
		"too short a wish":    {"deleted", 72 * time.Hour, time.Hour, false},
		"wished to be kept":   {"deleted", 99 * time.Hour, 100 * time.Hour, false},
		"kept for long":       {"deleted", 100 * time.Hour, 100 * time.Hour, true},
		"nothing ever heard ": {"deleted", 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "made", UID: "uid"}}
			asset.Status.State = test.state
			if test.heard > 0 {
				at := now.Add(-test.heard).Format("2006-01-02T15:04:05.000000Z")
				asset.Status.Stamps = &video.AssetStamps{State: video.Stamp(at + " " + test.state + " asset." + test.state + " id")}
			}
			c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(asset).WithStatusSubresource(asset).Build()
			r := &madeReconciler{client: c, options: Options{Clock: func() time.Time { return now }}}
			gone, err := r.retire(t.Context(), asset, test.retention)
			if err != nil || gone != test.gone {
				t.Errorf("gone is %v, %v", gone, err)
			}
		})
	}
}

func TestLimited(t *testing.T) {
	env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "default"}}
	env.Spec.Discovery = &video.DiscoverySpec{Assets: true, Max: 2, Namespace: "media"}
	stream := video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: strings.Repeat("long", 40)}}
	stream.Spec.Recordings = &video.RecordingsSpec{Max: 5}
	recording := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Labels: map[string]string{
		video.LabelOrigin: video.OriginRecording, video.LabelOriginName: "long",
	}}}
	all := boundsOf(env, []video.MuxLiveStream{stream})
	if len(all) != 2 || all["discovery of media/default"].max != 2 {
		t.Fatalf("the bounds are %+v", all)
	}
	for name, test := range map[string]struct {
		counts map[string]int32
		want   bool
	}{
		"room":                {map[string]int32{"discovery of media/default": 1}, false},
		"full":                {map[string]int32{"discovery of media/default": 2}, true},
		"of something unmade": {map[string]int32{madeBy(recording): 1000}, false},
	} {
		for range 2 {
			if err := limited(all, test.counts, metav1.Now())(env); err != nil {
				t.Fatal(err)
			}
		}
		c := meta.FindStatusCondition(env.Status.Conditions, video.ConditionLimited)
		if (c != nil) != test.want || (c != nil && !strings.Contains(c.Message, "discovery of media/default (2)")) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
