// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
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

// route is where an event about an object goes.
type route struct {
	// id is the object's at Mux, "" where only a part of it is known; environmentID is the environment that the event names.
	id, environmentID string
	objects           []client.ObjectKey
	// expected is true when no object has the id but one may get it any moment.
	expected bool
}

const (
	// youngEvent is how long an event without an object is held against the cache rather than passed over.
	youngEvent = time.Minute
	// freshID is how long after an object got its id the cache may not show it.
	freshID = 30 * time.Second
)

// to routes an event to the objects of a kind: by the object's id, then by the create token while the object waits for its
// id, then by the id of a part.
func (r *router) to(ctx context.Context, t *target, env *video.MuxEnvironment, event *mux.Event) (route, error) {
	ids := event.DataIDs()
	candidates := t.ids(event, ids)
	to := route{environmentID: event.Environment.ID}
	for _, id := range candidates {
		to.id = id
		if err := r.find(ctx, t, env, commit.FieldID, id, &to); err != nil || len(to.objects) > 0 {
			return to, err
		}
	}
	to.id = ""
	if len(candidates) > 0 {
		to.id = candidates[0]
	}
	if token := t.token(ids); token != "" && !t.isFragment(event.Type) {
		if err := r.find(ctx, t, env, commit.FieldToken, token, &to); err != nil || len(to.objects) > 0 {
			return to, err
		}
	}
	if t.isFragment(event.Type) && t.parent(ids) == "" {
		part := route{environmentID: to.environmentID}
		if err := r.find(ctx, t, env, commit.FieldPart, ids.ID, &part); err != nil || len(part.objects) > 0 {
			return part, err
		}
	}
	var err error
	to.expected, err = r.expects(ctx, t, env, event)
	return to, err
}

// find looks a value up in an index and keeps the objects that may use the environment.
func (r *router) find(ctx context.Context, t *target, env *video.MuxEnvironment, field, value string, to *route) error {
	found, err := commit.Find(ctx, r.cache, t.newList(), field, client.ObjectKeyFromObject(env).String()+"/"+value)
	if err != nil {
		return err
	}
	to.objects, err = r.allowed(ctx, env, found)
	return err
}

// allowed keeps the objects whose namespace may use the environment.
func (r *router) allowed(ctx context.Context, env *video.MuxEnvironment, found []commit.Followed) ([]client.ObjectKey, error) {
	var keys []client.ObjectKey
	for _, o := range found {
		labels, err := r.labels(ctx, env, o.GetNamespace())
		if err != nil {
			return nil, err
		}
		if environment.Allows(env, o.GetNamespace(), labels) {
			keys = append(keys, client.ObjectKeyFromObject(o))
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
func (r *router) expects(ctx context.Context, t *target, env *video.MuxEnvironment, event *mux.Event) (bool, error) {
	if !r.isYoung(event) {
		return false, nil
	}
	key := client.ObjectKeyFromObject(env)
	r.mu.Lock()
	last := r.identified[key]
	r.mu.Unlock()
	if r.now().Sub(last) < freshID {
		return true, nil
	}
	waiting, err := commit.Find(ctx, r.cache, t.newList(), commit.FieldWaiting, key.String())
	if err != nil {
		return false, err
	}
	waitingHere, err := r.allowed(ctx, env, waiting)
	return len(waitingHere) > 0, err
}

// isYoung says whether an event may be about something that is only just becoming known.
func (r *router) isYoung(event *mux.Event) bool {
	return !event.CreatedAt.IsZero() && r.now().Sub(event.CreatedAt) < youngEvent
}

// watch keeps in mind when an object of each environment last got its id.
func (r *router) watch(ctx context.Context) error {
	for _, kind := range []client.Object{&video.MuxAsset{}, &video.MuxLiveStream{}, &video.MuxUpload{}} {
		informer, err := r.cache.GetInformer(ctx, kind)
		if err != nil {
			return err
		}
		if _, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    func(object any) { r.note(object) },
			UpdateFunc: func(_, object any) { r.note(object) },
		}); err != nil {
			return err
		}
	}
	return nil
}

func (r *router) note(object any) {
	o, ok := object.(commit.Followed)
	if !ok || o.GetFollowedStatus().Identified == nil {
		return
	}
	key, at := environment.Key(o.GetEnvironmentRef(), o.GetNamespace()), o.GetFollowedStatus().Identified.At.Time
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.identified == nil {
		r.identified = map[client.ObjectKey]time.Time{}
	}
	if at.After(r.identified[key]) {
		r.identified[key] = at
	}
}
