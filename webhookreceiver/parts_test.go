// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"slices"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// withParts is an asset in an environment of its namespace, with tracks.
func withParts(namespace, name string, tracks ...string) *video.MuxAsset {
	asset := &video.MuxAsset{}
	asset.Namespace, asset.Name, asset.Spec.EnvironmentRef.Name = namespace, name, "default"
	for _, id := range tracks {
		asset.Status.Tracks = append(asset.Status.Tracks, video.TrackStatus{ID: id})
	}
	return asset
}

// TestParts finds all objects that have a part, and none that had it, whatever the order in which they come and go.
func TestParts(t *testing.T) {
	p := &parts{}
	has := func(namespace, id string, want ...string) {
		t.Helper()
		var got []string
		for _, key := range p.find(part{familyAsset, client.ObjectKey{Namespace: namespace, Name: "default"}, id}) {
			got = append(got, key.Name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("track %s in %s is of %q, want %q", id, namespace, got, want)
		}
	}
	none := commit.Followed(nil)
	has("here", "t1")
	p.change(none, withParts("here", "a", "t1", "t2"))
	p.change(none, withParts("here", "b", "t1"))
	p.change(none, withParts("here", "c", "t1"))
	p.change(none, withParts("there", "d", "t1"))
	has("here", "t1", "a", "b", "c")
	has("here", "t2", "a")
	has("there", "t1", "d")
	p.change(withParts("here", "a", "t1", "t2"), withParts("here", "a", "t2", "t3"))
	has("here", "t1", "b", "c")
	has("here", "t3", "a")
	p.change(withParts("here", "c", "t1"), none)
	has("here", "t1", "b")
	p.change(withParts("here", "b", "t1"), withParts("here", "b", "t1"))
	has("here", "t1", "b")
	p.change(withParts("here", "b", "t1"), none)
	p.change(withParts("here", "a", "t2", "t3"), none)
	p.change(withParts("there", "d", "t1"), none)
	has("here", "t1")
	has("here", "t2")
	if len(p.first) != 0 || len(p.others) != 0 {
		t.Errorf("%v and %v are left", p.first, p.others)
	}

	stream := &video.MuxLiveStream{Status: video.MuxLiveStreamStatus{SimulcastTargets: []video.SimulcastTargetStatus{{ID: "s1"}}}}
	stream.Namespace, stream.Name, stream.Spec.EnvironmentRef.Name = "here", "stream", "default"
	p.change(none, stream)
	has("here", "s1") // that of an asset
	if got := p.find(part{familyLiveStream, client.ObjectKey{Namespace: "here", Name: "default"}, "s1"}); len(got) != 1 || got[0].Name != "stream" {
		t.Errorf("the simulcast target is of %v", got)
	}
	twice := withParts("here", "e", "t9", "t9")
	p.change(none, twice)
	p.change(twice, none)
	has("here", "t9")
}
