// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// router finds the objects that an event is about, in the cache alone.
type router struct {
	cache cache.Cache
	now   func() time.Time

	mu sync.Mutex
	// identified is, for each environment, when an object of it last got its id from an answer.
	identified map[client.ObjectKey]time.Time
}

// assetRoute is where an event about an asset goes.
type assetRoute struct {
	// id is the asset's; environmentID is the environment that the event names.
	id, environmentID string
	targets           []client.ObjectKey
	// expected is true when no object has the id but one may get it any moment.
	expected bool
}

const (
	// youngEvent is how long an event without an object is held against the cache rather than passed over.
	youngEvent = time.Minute
	// freshID is how long after an object got its id the cache may not show it.
	freshID = 30 * time.Second
)

// assets routes an event about an asset: by the asset's id, then by the create token that its metadata bears while the
// object waits for its id.
func (r *router) assets(ctx context.Context, env *video.MuxEnvironment, event *mux.Event) (assetRoute, error) {
	ids, key := event.DataIDs(), client.ObjectKeyFromObject(env)
	route := assetRoute{environmentID: event.Environment.ID}
	for _, id := range assetIDs(event, ids) {
		route.id = id
		found, err := commit.AssetsByID(ctx, r.cache, key, id)
		if err != nil {
			return route, err
		}
		if route.targets, err = r.allowed(ctx, env, found); err != nil || len(route.targets) > 0 {
			return route, err
		}
	}
	route.id = first(assetIDs(event, ids))
	if ids.ExternalID != "" && !isFragment(event.Type) {
		found, err := commit.AssetsByToken(ctx, r.cache, key, ids.ExternalID)
		if err != nil {
			return route, err
		}
		if route.targets, err = r.allowed(ctx, env, found); err != nil || len(route.targets) > 0 {
			return route, err
		}
	}
	var err error
	route.expected, err = r.expects(ctx, env, event)
	return route, err
}

// isFragment is true for events whose data is a part of an asset and has that part's own id.
func isFragment(eventType string) bool {
	return strings.HasPrefix(eventType, "video.asset.track.") || strings.HasPrefix(eventType, "video.asset.static_rendition.")
}

// assetIDs are the ids that may be the asset's, the most certain first. The data of a fragment names its asset as parent.
func assetIDs(event *mux.Event, ids mux.DataIDs) []string {
	candidates := []string{ids.ID, event.Object.ID}
	if isFragment(event.Type) {
		candidates = []string{ids.AssetID, event.Object.ID}
	}
	var distinct []string
	for _, id := range candidates {
		if id != "" && !slices.Contains(distinct, id) {
			distinct = append(distinct, id)
		}
	}
	return distinct
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// allowed keeps the objects whose namespace may use the environment.
func (r *router) allowed(ctx context.Context, env *video.MuxEnvironment, found []video.MuxAsset) ([]client.ObjectKey, error) {
	var keys []client.ObjectKey
	for i := range found {
		labels, err := r.labels(ctx, env, found[i].Namespace)
		if err != nil {
			return nil, err
		}
		if environment.Allows(env, found[i].Namespace, labels) {
			keys = append(keys, client.ObjectKeyFromObject(&found[i]))
		}
	}
	return keys, nil
}

func (r *router) labels(ctx context.Context, env *video.MuxEnvironment, name string) (map[string]string, error) {
	if !environment.BySelector(env) || name == env.Namespace {
		return nil, nil
	}
	namespace := &corev1.Namespace{}
	err := r.cache.Get(ctx, client.ObjectKey{Name: name}, namespace)
	return namespace.Labels, client.IgnoreNotFound(err)
}

// expects says whether an event without an object may be about one that the cache does not show yet. Objects that may not
// use the environment never get an id from it, so they hold nothing back.
func (r *router) expects(ctx context.Context, env *video.MuxEnvironment, event *mux.Event) (bool, error) {
	if event.CreatedAt.IsZero() || r.now().Sub(event.CreatedAt) >= youngEvent {
		return false, nil
	}
	key := client.ObjectKeyFromObject(env)
	r.mu.Lock()
	last := r.identified[key]
	r.mu.Unlock()
	if r.now().Sub(last) < freshID {
		return true, nil
	}
	waiting, err := commit.AssetsWaiting(ctx, r.cache, key)
	if err != nil {
		return false, err
	}
	waitingHere, err := r.allowed(ctx, env, waiting)
	return len(waitingHere) > 0, err
}

// watch keeps in mind when an object of each environment last got its id.
func (r *router) watch(ctx context.Context) error {
	informer, err := r.cache.GetInformer(ctx, &video.MuxAsset{})
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { r.note(object) },
		UpdateFunc: func(_, object any) { r.note(object) },
	})
	return err
}

func (r *router) note(object any) {
	asset, ok := object.(*video.MuxAsset)
	if !ok || asset.Status.Identified == nil {
		return
	}
	key, at := environment.Key(asset.Spec.EnvironmentRef, asset.Namespace), asset.Status.Identified.At.Time
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.identified == nil {
		r.identified = map[client.ObjectKey]time.Time{}
	}
	if at.After(r.identified[key]) {
		r.identified[key] = at
	}
}
