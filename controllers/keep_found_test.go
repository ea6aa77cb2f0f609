// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestWebhookOfOwnChange has the webhook of each PATCH change the object before the next write of the same reconcile, which that
// refuses: the PATCH is acknowledged all the same, and not sent again.
func TestWebhookOfOwnChange(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	under, sent := s.Client.(client.WithWatch), 0
	s.f.client = interceptor.NewClient(under, interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			patches := 0
			for _, request := range s.sim.Requests() {
				if request.Method == "PATCH" {
					patches++
				}
			}
			if data, err := patch.Data(o); err == nil && strings.Contains(string(data), `"adding":{`) && patches > sent {
				sent = patches
				told := &video.MuxAsset{}
				if err := under.Get(ctx, client.ObjectKeyFromObject(o), told); err != nil {
					return err
				}
				told.Status.LastHandledMaster = s.clock.Now().String() // whatever the webhook changes
				if err := under.Status().Update(ctx, told); err != nil {
					return err
				}
			}
			return under.SubResource(sub).Patch(ctx, o, patch, options...)
		},
	})
	before := asset.DeepCopy()
	asset.Spec.Meta = &video.AssetMeta{Title: text("late")}
	asset.Spec.PlaybackPolicies = append(asset.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
	if err := s.Patch(t.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		s.reconcile(asset)
		s.clock.Advance(time.Second)
	}
	if calls := s.calls(); calls[patchAsset] != 1 || calls[postPlaybackID] != 1 {
		t.Errorf("the calls were %v", calls)
	}
}
