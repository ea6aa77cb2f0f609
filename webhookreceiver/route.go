// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
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
	tally tally
	parts parts
}

// change is told of every object of the cache as it comes, changes and goes, see commit.Watch.
func (r *router) change(was, is commit.Followed) {
	r.tally.change(was, is)
	r.parts.change(was, is)
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
		if err := r.findPart(ctx, t, env, ids.ID, &to); err != nil || len(to.objects) > 0 {
			return to, err
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
	to.objects, err = r.allowed(ctx, env, keysOf(found))
	return err
}

func keysOf(objects []commit.Followed) []client.ObjectKey {
	keys := make([]client.ObjectKey, len(objects))
	for i, o := range objects {
		keys[i] = client.ObjectKeyFromObject(o)
	}
	return keys
}

// findPart looks the id of a part up and keeps the objects that may use the environment; the route has no id then.
func (r *router) findPart(ctx context.Context, t *target, env *video.MuxEnvironment, id string, to *route) (err error) {
	found := r.parts.find(part{t.family, client.ObjectKeyFromObject(env), id})
	to.objects, err = r.allowed(ctx, env, found)
	if len(to.objects) > 0 {
		to.id = ""
	}
	return err
}

// allowed keeps the objects whose namespace may use the environment.
func (r *router) allowed(ctx context.Context, env *video.MuxEnvironment, found []client.ObjectKey) (keys []client.ObjectKey, err error) {
	for _, key := range found {
		labels, err := r.labels(ctx, env, key.Namespace)
		if err != nil {
			return nil, err
		}
		if environment.Allows(env, key.Namespace, labels) {
			keys = append(keys, key)
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
	if r.now().Sub(r.tally.lastIdentified(key)) < freshID {
		return true, nil
	}
	return r.some(ctx, env, waitsFor(t.family, key))
}

// some says whether an object that counts as something is in a namespace that may use the environment.
func (r *router) some(ctx context.Context, env *video.MuxEnvironment, trait tallied) (bool, error) {
	for _, namespace := range r.tally.namespaces(trait) {
		labels, err := r.labels(ctx, env, namespace)
		if err != nil {
			return false, err
		}
		if environment.Allows(env, namespace, labels) {
			return true, nil
		}
	}
	return false, nil
}

// isYoung says whether an event may be about something that is only just becoming known.
func (r *router) isYoung(event *mux.Event) bool {
	return !event.CreatedAt.IsZero() && r.now().Sub(event.CreatedAt) < youngEvent
}
