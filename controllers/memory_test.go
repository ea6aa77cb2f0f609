// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

func assetAt(uid types.UID, version string) *video.MuxAsset {
	return &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "asset", UID: uid, ResourceVersion: version}}
}

// TestRefusals : what Mux refused is not sent again until it, or enough time, has changed.
func TestRefusals(t *testing.T) {
	var r refusals
	now := time.Now()
	asset, request := assetAt("a", "1"), digestOf(map[string]string{"url": "https://example.com/a.mp4"})
	refused := fromMux(&mux.Error{Kind: mux.KindInvalid, Messages: []string{"no"}}, "create the asset")
	r.keep(asset, request, now, fromMux(&mux.Error{Kind: mux.KindTransient}, "create the asset"))
	r.keep(asset, request, now, errors.New("something of the API server"))
	if err := r.check(asset, request, now); err != nil {
		t.Errorf("what passes by itself was kept: %v", err)
	}
	r.keep(asset, request, now, refused)
	err := r.check(asset, request, now.Add(20*time.Minute))
	var b *blocked
	if !errors.As(err, &b) || b.reason != video.ReasonInvalid || b.after != refusedRetry-20*time.Minute || b.Error() != refused.Error() {
		t.Errorf("got %+v", err)
	}
	other := digestOf("another one that was refused as well")
	r.keep(asset, other, now.Add(time.Minute), refused)
	for _, kept := range []digest{request, other} {
		if r.check(asset, kept, now.Add(2*time.Minute)) == nil {
			t.Error("of two that were refused, one is sent again")
		}
	}
	for name, err := range map[string]error{
		"another request":     r.check(asset, digestOf("other"), now),
		"another object":      r.check(assetAt("b", "1"), request, now),
		"after an hour":       r.check(asset, request, now.Add(refusedRetry)),
		"what is not JSON":    r.check(asset, digestOf(func() {}), now),
		"after it is deleted": func() error { r.forget(client.ObjectKeyFromObject(asset)); return r.check(asset, request, now) }(),
	} {
		if err != nil {
			t.Errorf("%s is held back: %v", name, err)
		}
	}
}

// TestVersions : a cache that is behind our own write is noticed, and one that went back for good is not waited for.
func TestVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var v versions
		if v.newerThan(assetAt("a", "5")) {
			t.Error("nothing was written")
		}
		v.note(assetAt("a", "7"))
		v.note(assetAt("a", "6"))
		if !v.newerThan(assetAt("a", "6")) {
			t.Error("version 7 was written, the cache has 6")
		}
		if v.newerThan(assetAt("a", "7")) || v.newerThan(assetAt("a", "6")) {
			t.Error("the cache had caught up")
		}
		v.note(assetAt("a", "9"))
		time.Sleep(remembered)
		if v.newerThan(assetAt("a", "3")) {
			t.Error("after a minute the cache is believed")
		}
		v.note(assetAt("a", "9"))
		v.forget(types.NamespacedName{Namespace: "ns", Name: "asset"})
		if v.newerThan(assetAt("a", "3")) {
			t.Error("the object was deleted")
		}
	})
}
