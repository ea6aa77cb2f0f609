// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// madeReconciler bounds the objects that the receiver makes (webhookreceiver/made.go): those of what was deleted at Mux go
// after their retention, and where a maximum is reached the environment says so.
type madeReconciler struct {
	client  client.Client
	options Options
}

// minRetention is how long Mux may still redeliver an event, by the longest of its own documents, and an hour: an object that
// went sooner would be made anew by a late event.
const minRetention = 73 * time.Hour

// madeEvery is how often retention is looked at; an hour more does not matter to somebody who keeps objects for days.
const madeEvery = time.Hour

func (r *madeReconciler) setup(mgr ctrl.Manager) error {
	labelled := predicate.NewPredicateFuncs(func(o client.Object) bool { return o.GetLabels()[video.LabelOrigin] != "" })
	return ctrl.NewControllerManagedBy(mgr).
		Named("made").
		For(&video.MuxEnvironment{}, builder.WithPredicates(specChanged())).
		Watches(&video.MuxAsset{}, handler.EnqueueRequestsFromMapFunc(environmentReferredTo), builder.WithPredicates(labelled, created())).
		Watches(&video.MuxLiveStream{}, handler.EnqueueRequestsFromMapFunc(environmentReferredTo), builder.WithPredicates(labelled, created())).
		Complete(r)
}

// created passes what changes the number of objects.
func created() predicate.Predicate {
	return onUpdate(func(_, _ client.Object) bool { return false })
}

func environmentReferredTo(_ context.Context, o client.Object) []reconcile.Request {
	followed := o.(commit.Followed)
	return []reconcile.Request{{NamespacedName: environment.Key(followed.GetEnvironmentRef(), followed.GetNamespace())}}
}

// Reconcile deletes what has been kept for long enough, and tells of maximums.
func (r *madeReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	env := &video.MuxEnvironment{}
	if err := r.client.Get(ctx, request.NamespacedName, env); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	streams := &video.MuxLiveStreamList{}
	if err := r.client.List(ctx, streams, inEnvironment(env)); err != nil {
		return ctrl.Result{}, err
	}
	bounds, counts := boundsOf(env, streams.Items), map[string]int32{}
	for _, list := range []client.ObjectList{&video.MuxAssetList{}, &video.MuxLiveStreamList{}} {
		if err := r.client.List(ctx, list, inEnvironment(env)); err != nil {
			return ctrl.Result{}, err
		}
		for _, o := range commit.Items(list) {
			if !isMade(o) {
				continue
			}
			gone, err := r.retire(ctx, o, bounds[madeBy(o)].retention)
			if err != nil {
				return ctrl.Result{}, err
			}
			if !gone {
				counts[madeBy(o)]++
			}
		}
	}
	_, _, err := commit.StatusOf(ctx, r.options.Committer, env, limited(bounds, counts, metav1.NewTime(r.options.Clock())))
	if err != nil {
		return requeue(staleOr(err), 0)
	}
	return ctrl.Result{RequeueAfter: madeEvery}, nil
}

func inEnvironment(env *video.MuxEnvironment) client.ListOption {
	return client.MatchingFields{commit.FieldEnvironment: client.ObjectKeyFromObject(env).String()}
}

// bounds are what an origin allows.
type bounds struct {
	max       int32
	retention time.Duration
}

// madeBy identifies what an object was made for, within its environment.
func madeBy(o commit.Followed) string {
	return o.GetLabels()[video.LabelOrigin] + " of " + o.GetNamespace() + "/" + o.GetLabels()[video.LabelOriginName]
}

// boundsOf are the bounds of all that may have many objects: discovery, and live streams with recordings.
func boundsOf(env *video.MuxEnvironment, streams []video.MuxLiveStream) map[string]bounds {
	all := map[string]bounds{}
	if d := env.Spec.Discovery; d != nil {
		namespace := d.Namespace
		if namespace == "" {
			namespace = env.Namespace
		}
		all[video.OriginDiscovery+" of "+namespace+"/"+projection.LabelValue(env.Name)] = bounds{d.Max, durationOf(d.Retention)}
	}
	for i := range streams {
		if recordings := streams[i].Spec.Recordings; recordings != nil {
			all[video.OriginRecording+" of "+streams[i].Namespace+"/"+projection.LabelValue(streams[i].Name)] = bounds{recordings.Max, durationOf(recordings.Retention)}
		}
	}
	return all
}

func durationOf(d *metav1.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return d.Duration
}

// retire deletes an object of what was deleted at Mux so long ago that nothing more will be heard of it. Nothing at Mux is
// touched: the object only followed.
func (r *madeReconciler) retire(ctx context.Context, o commit.Followed, retention time.Duration) (gone bool, err error) {
	last, deleted := lastHeard(o)
	if !deleted || last.IsZero() || r.options.Clock().Sub(last) < max(retention, minRetention) {
		return false, nil
	}
	uid, version := o.GetUID(), o.GetResourceVersion()
	if err := r.client.Delete(ctx, o, client.Preconditions{UID: &uid, ResourceVersion: &version}); err != nil {
		return false, staleOr(err)
	}
	ctrl.LoggerFrom(ctx).Info("a made object has been kept for long enough", "object", client.ObjectKeyFromObject(o), "lastHeard", last)
	return true, nil
}

// lastHeard is the time of the newest observation of an object, and whether it is deleted at Mux.
func lastHeard(o commit.Followed) (time.Time, bool) {
	switch o := o.(type) {
	case *video.MuxAsset:
		return projection.NewestTime(&o.Status), o.Status.State == projection.StateDeleted
	case *video.MuxLiveStream:
		return projection.NewestLiveStreamTime(&o.Status), o.Status.State == projection.StateDeleted
	default:
		return time.Time{}, false
	}
}

// limited sets Limited where a maximum is reached: what comes then has no object.
func limited(all map[string]bounds, counts map[string]int32, now metav1.Time) func(*video.MuxEnvironment) error {
	var full []string
	for name, b := range all {
		if b.max > 0 && counts[name] >= b.max {
			full = append(full, fmt.Sprintf("%s (%d)", name, b.max))
		}
	}
	slices.Sort(full)
	return func(env *video.MuxEnvironment) error {
		if len(full) == 0 {
			meta.RemoveStatusCondition(&env.Status.Conditions, video.ConditionLimited)
			return nil
		}
		projection.SetCondition(&env.Status.Conditions, env.Status.ObservedGeneration, now, video.ConditionLimited, metav1.ConditionTrue, video.ReasonAtMaximum,
			"no more objects are made for "+strings.Join(full, ", ")+"; raise max, or delete objects that are not needed")
		return nil
	}
}
