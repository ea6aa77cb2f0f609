// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestIsIn : an event is in the status that it was joined into, and in no other that joining it would alter.
func TestIsIn(t *testing.T) {
	lift := func(body string) told {
		event, err := mux.DecodeEvent([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		lifted, ok := liftAsset(event)
		if !ok {
			t.Fatal("nothing is told")
		}
		return lifted
	}
	at := time.Now()
	c := change{id: "id", environmentID: "env", told: lift(event("video.asset.ready", "id", at, ""))}
	for _, row := range []struct {
		name   string
		alter  func(*video.MuxAssetStatus)
		change change
		want   bool
	}{
		{"once more", func(*video.MuxAssetStatus) {}, c, true},
		{"of an object whose id is not told", func(*video.MuxAssetStatus) {}, change{environmentID: "env", told: c.told}, true},
		{"of another object", func(s *video.MuxAssetStatus) { s.ID = "other" }, c, false},
		{"without the id", func(s *video.MuxAssetStatus) { s.ID = "" }, c, false},
		{"without the environment", func(s *video.MuxAssetStatus) { s.EnvironmentID = "" }, c, false},
		{"of an older version", func(s *video.MuxAssetStatus) { s.ProjectionVersion-- }, c, false},
		{"of a newer version", func(s *video.MuxAssetStatus) { s.ProjectionVersion++ }, c, false},
		{"a newer event", func(*video.MuxAssetStatus) {}, change{id: "id", environmentID: "env", told: lift(event("video.asset.updated", "id", at.Add(time.Second), ""))}, false},
	} {
		asset := &video.MuxAsset{}
		if err := c.Apply(asset); err != nil {
			t.Fatal(err)
		}
		row.alter(&asset.Status)
		before := asset.DeepCopy()
		got := row.change.IsIn(asset)
		if !equality.Semantic.DeepEqual(before, asset) {
			t.Errorf("%s: it was altered by looking", row.name)
		}
		err := row.change.Apply(asset)
		if isSame := err == nil && equality.Semantic.DeepEqual(before, asset); got != row.want || got && !isSame {
			t.Errorf("%s: is in %t, want %t; joining leaves it as it is: %t (%v)", row.name, got, row.want, isSame, err)
		}
	}
}
