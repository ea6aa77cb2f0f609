// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// The steps of one event, each by itself, in the form that benchstat compares: make microbench.

// snapshot is an event with a typical snapshot: a ready asset with three text tracks.
func snapshot(id string) []byte {
	tracks := []map[string]any{{"type": "video", "id": "video-1", "max_width": 1920, "max_height": 1080, "duration": 23.857167}}
	for _, language := range []string{"de", "en", "fr"} {
		tracks = append(tracks, map[string]any{"type": "text", "text_type": "subtitles", "id": "text-" + language, "status": "ready", "language_code": language, "name": language})
	}
	data, err := json.Marshal(map[string]any{
		"id": id, "status": "ready", "duration": 23.857167, "aspect_ratio": "16:9", "created_at": 1700000000, "max_stored_resolution": "HD", "video_quality": "basic",
		"playback_ids": []map[string]string{{"id": "playback-1", "policy": "public"}}, "tracks": tracks, "master_access": "none", "ingest_type": "on_demand_url",
	})
	if err != nil {
		panic(err)
	}
	return []byte(envelope("video.asset.ready", time.Now().Add(-time.Minute), string(data)))
}

func decoded(b *testing.B, id string) *mux.Event {
	event, err := mux.DecodeEvent(snapshot(id))
	if err != nil {
		b.Fatal(err)
	}
	return event
}

func BenchmarkVerify(b *testing.B) {
	body, now := snapshot("asset"), time.Now()
	sent, secrets := header(testSecret, now, string(body)), [][]byte{[]byte(testSecret)}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := verify(sent, body, secrets, now, 5*time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	body := snapshot("asset")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mux.DecodeEvent(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLift(b *testing.B) {
	event := decoded(b, "asset")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := projection.LiftAssetEvent(event); !ok {
			b.Fatal("nothing")
		}
	}
}

// BenchmarkJoin reads the status, joins an event that says nothing new, and writes it: what each event of a batch costs.
func BenchmarkJoin(b *testing.B) {
	asset := &video.MuxAsset{}
	change, _ := liftAsset(decoded(b, "asset"))
	change.to(asset)
	b.ReportAllocs()
	for b.Loop() {
		change.to(asset)
	}
}

// BenchmarkIsIn finds out that an event says nothing new: what each costs that comes again.
func BenchmarkIsIn(b *testing.B) {
	asset := &video.MuxAsset{}
	change, _ := liftAsset(decoded(b, "asset"))
	change.to(asset)
	b.ReportAllocs()
	for b.Loop() {
		if !change.isIn(asset) {
			b.Fatal("it is not in")
		}
	}
}

// BenchmarkCommit brings an event into an object and makes its patch, which is sent nowhere: what a batch costs here.
func BenchmarkCommit(b *testing.B) {
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "a"}}
	c := fake.NewClientBuilder().WithScheme(testScheme(b)).WithObjects(asset).WithStatusSubresource(asset).Build()
	committer := &commit.Committer{Client: discarding{c}, Live: c}
	change, _ := liftAsset(decoded(b, "asset"))
	b.ReportAllocs()
	for b.Loop() {
		if _, outcome, err := commit.StatusOf(b.Context(), committer, asset, func(o *video.MuxAsset) error { change.to(o); return nil }); outcome != commit.Applied {
			b.Fatal(outcome, err)
		}
	}
}

// discarding makes each patch and sends it nowhere.
type discarding struct{ client.Client }

func (d discarding) Status() client.SubResourceWriter { return discardingStatus{d.Client.Status()} }

type discardingStatus struct{ client.SubResourceWriter }

func (discardingStatus) Patch(_ context.Context, object client.Object, patch client.Patch, _ ...client.SubResourcePatchOption) error {
	_, err := patch.Data(object)
	return err
}

// BenchmarkRoute finds the object of an event among a thousand.
func BenchmarkRoute(b *testing.B) {
	r, env := benchRouter(b, 1000)
	event, assets := decoded(b, "asset-00500"), newTargets(&commit.Committer{}, commit.NewTurns(1))[familyAsset]
	b.ReportAllocs()
	for b.Loop() {
		to, err := r.to(b.Context(), assets, env, event)
		if err != nil || len(to.objects) != 1 {
			b.Fatal(to, err)
		}
	}
}

// benchRouter is a router whose cache has so many assets.
func benchRouter(b *testing.B, n int) (*router, *video.MuxEnvironment) {
	b.Helper()
	c, err := client.New(plane.Config, client.Options{Scheme: testScheme(b)})
	if err != nil {
		b.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "route-"}}
	if err := c.Create(b.Context(), namespace); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if err := c.Create(b.Context(), &video.MuxAsset{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: fmt.Sprint("asset-", i)},
			Spec: video.MuxAssetSpec{FollowedSpec: video.FollowedSpec{
				EnvironmentRef: video.EnvironmentReference{Name: "default"}, ManagementPolicy: video.ManagementPolicyObserve,
				Import: &video.ImportSpec{ID: fmt.Sprintf("asset-%05d", i)},
			}},
		}); err != nil {
			b.Fatal(err)
		}
	}
	objects, err := cache.New(plane.Config, cache.Options{Scheme: testScheme(b), DefaultNamespaces: map[string]cache.Config{namespace.Name: {}}})
	if err != nil {
		b.Fatal(err)
	}
	if err := commit.RegisterIndexes(b.Context(), objects); err != nil {
		b.Fatal(err)
	}
	go func() { _ = objects.Start(b.Context()) }()
	objects.WaitForCacheSync(b.Context())
	return &router{cache: objects, now: time.Now}, &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "default"}}
}

// BenchmarkForged refuses a request of 2 kB whose header is as good as anybody can make it.
func BenchmarkForged(b *testing.B) {
	body := make([]byte, 2<<10)
	secrets := [][]byte{[]byte(testSecret)}
	b.ReportAllocs()
	for b.Loop() {
		if err := verify(header("forged", time.Now(), ""), body, secrets, time.Now(), 5*time.Minute); !errors.Is(err, errWrongSignature) {
			b.Fatalf("refused for %v", err)
		}
	}
}
