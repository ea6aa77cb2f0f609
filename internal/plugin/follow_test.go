// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// followed is a stage with a client that watches, and the key of a MuxAsset "late" that can be made.
func followed(t *testing.T) (*stage, client.WithWatch, *video.MuxAsset) {
	t.Helper()
	s := newStage(t)
	c, err := client.NewWithWatch(plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	asset := &video.MuxAsset{ObjectMeta: s.meta("late")}
	asset.Spec.EnvironmentRef.Name, asset.Spec.Inputs = "default", []video.AssetInput{{URL: "https://example.com/a.mp4"}}
	return s, c, asset
}

// TestFollow : an object that is about to be made is waited for, for as long as there is time; another has to be there.
func TestFollow(t *testing.T) {
	t.Parallel()
	s, c, asset := followed(t)
	f := follower{
		WithWatch: c, kind: kindNamed("MuxAsset"), key: client.ObjectKeyFromObject(asset), show: func(object) (bool, error) { return true, nil },
		again: time.Millisecond,
	}
	if err := f.follow(s.ctx); err == nil || !strings.Contains(err.Error(), "there is no muxasset") {
		t.Errorf("one that is not there: %v", err)
	}
	f.comes = true
	short, cancel := context.WithTimeout(s.ctx, 200*time.Millisecond)
	defer cancel()
	if err := f.follow(short); err != context.DeadlineExceeded {
		t.Errorf("one that never comes: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- f.follow(s.ctx) }()
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

// TestFollowGoesOn : whatever happens to a list or a watch on the way, what changes is shown; what would be the same the next time
// is an error, and so is anything at the first contact unless somebody waits.
func TestFollowGoesOn(t *testing.T) {
	t.Parallel()
	assets := schema.GroupResource{Group: video.GroupVersion.Group, Resource: "muxassets"}
	for name, test := range map[string]struct {
		listFails, watchFails, watchEnds error
		patient                          bool
		want                             string
	}{
		"an old version at once":         {watchFails: apierrors.NewResourceExpired("too old resource version")},
		"an old version later":           {watchEnds: apierrors.NewResourceExpired("too old resource version")},
		"too many watches":               {watchFails: apierrors.NewTooManyRequests("later", 1)},
		"an API server that starts anew": {watchFails: apierrors.NewServiceUnavailable("starting")},
		"no right to watch":              {watchFails: apierrors.NewForbidden(assets, "late", nil), want: "watch the muxassets: "},
		"at the first contact":           {listFails: apierrors.NewServiceUnavailable("starting"), want: "list the muxassets: "},
		"while somebody waits":           {listFails: apierrors.NewServiceUnavailable("starting"), patient: true},
		"no right to list":               {listFails: apierrors.NewForbidden(assets, "late", nil), patient: true, want: "you may not list muxassets here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c, asset := followed(t)
			s.create(asset)
			lists, watches := 0, 0
			failing := interceptor.NewClient(c, interceptor.Funcs{
				List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
					if lists++; lists == 1 && test.listFails != nil {
						return test.listFails
					}
					return c.List(ctx, list, options...)
				},
				Watch: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) (watch.Interface, error) {
					if watches++; watches > 1 {
						s.status(asset, func() { asset.Status.State = "ready" })
						return c.Watch(ctx, list, options...)
					}
					ended := watch.NewFakeWithChanSize(1, false)
					if test.watchEnds != nil {
						status := test.watchEnds.(apierrors.APIStatus).Status()
						ended.Error(&status)
					} else {
						ended.Stop()
					}
					return ended, test.watchFails
				},
			})
			f := follower{
				WithWatch: failing, kind: kindNamed("MuxAsset"), key: client.ObjectKeyFromObject(asset), patient: test.patient, again: time.Millisecond,
				show: func(o object) (bool, error) { return o.(*video.MuxAsset).Status.State == "ready", nil },
			}
			ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
			defer cancel()
			err := f.follow(ctx)
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("ended with %v, want %q", err, test.want)
			}
		})
	}
}

// TestPasses : an answer of the API server is judged by its code, all else is the network's.
func TestPasses(t *testing.T) {
	for code, want := range map[int32]bool{400: false, 401: false, 403: false, 404: false, 410: true, 429: true, 500: true, 502: true, 504: true} {
		err := listError(kinds[1], &apierrors.StatusError{ErrStatus: metav1.Status{Code: code}})
		if got := passes(err); got != want {
			t.Errorf("%d: %v", code, got)
		}
	}
	if !passes(listError(kinds[1], context.DeadlineExceeded)) {
		t.Error("a time-out of the network does not pass")
	}
}
