// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestOtherAsset sends events to objects that follow another asset, which the cache does not show, or not at first sight.
func TestOtherAsset(t *testing.T) {
	const right, wrong = "right000000000000000000000000000", "wrong000000000000000000000000000"
	identify := func(s *stage, asset *video.MuxAsset) {
		s.Helper()
		s.status(asset, func() { asset.Status.ID = right })
	}
	check := func(t *testing.T, s *stage, r *replica, asset *video.MuxAsset, body string) {
		t.Helper()
		response := r.post(s, "default", body)
		if response.Code != 200 || !strings.Contains(response.Body.String(), reasonUnknownObject) {
			t.Errorf("answered %d %s, want unknown_object", response.Code, response.Body)
		}
		if err := s.Get(s.ctx, client.ObjectKeyFromObject(asset), asset); err != nil {
			t.Fatal(err)
		}
		if asset.Status.ID != right || asset.Status.State != "" || asset.Status.EnvironmentID != "" {
			t.Errorf("the event of another asset gave %+v", asset.Status)
		}
	}
	t.Run("it got its id meanwhile", func(t *testing.T) {
		s := newStage(t, plane.Config)
		asset := s.waiting("waiting", "default", "token")
		var once sync.Once
		r := s.replica(beforePatch(func() { once.Do(func() { identify(s, asset.DeepCopy()) }) }))
		r.sees(s, asset)
		check(t, s, r, asset, event("video.asset.created", wrong, time.Now(), `,"meta":{"external_id":"token"}`))
	})
	t.Run("it would import another", func(t *testing.T) {
		s := newStage(t, plane.Config)
		asset := s.asset("imports", "default", wrong)
		identify(s, asset)
		r := s.replica()
		r.sees(s, asset)
		check(t, s, r, asset, event("video.asset.ready", wrong, time.Now(), ""))
	})
}
