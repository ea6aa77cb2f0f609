// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestFollow : an object that is about to be made is waited for, for as long as there is time; another has to be there.
func TestFollow(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	c, err := client.NewWithWatch(plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	asset := &video.MuxAsset{ObjectMeta: s.meta("late")}
	asset.Spec.EnvironmentRef.Name, asset.Spec.Inputs = "default", []video.AssetInput{{URL: "https://example.com/a.mp4"}}
	key, assets := client.ObjectKeyFromObject(asset), kindNamed("MuxAsset")
	shown := func(object) (bool, error) { return true, nil }
	if err := follow(s.ctx, c, assets, key, shown); err == nil || !strings.Contains(err.Error(), "there is no muxasset") {
		t.Errorf("one that is not there: %v", err)
	}
	short, cancel := context.WithTimeout(s.ctx, 200*time.Millisecond)
	defer cancel()
	if err := followNew(short, c, assets, key, shown); err != context.DeadlineExceeded {
		t.Errorf("one that never comes: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- followNew(s.ctx, c, assets, key, shown) }()
	s.create(asset)
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("one that comes: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("one that has come is not shown")
	}
}
