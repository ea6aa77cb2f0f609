// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// +kubebuilder:rbac:groups=video.mux.com,resources=muxassets,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=video.mux.com,resources=muxassets/status,verbs=patch

// follower carries the objects of one kind to Mux. The phases are the same for all kinds; what differs is in kind.
type follower struct {
	kind    kind
	client  client.Client
	options Options
	clients *clients
	// written remembers the newest version of each object that this process wrote, for as long as the cache is behind.
	written versions
	// refusals are what Mux has refused to make of a spec.
	refusals refusals
	// rejected is told of an environment whose credentials Mux has just rejected, and throttled of one that waits in a pause.
	rejected, throttled func(*video.MuxEnvironment)
}

// workers bounds how many objects of a kind are worked on at once. Mux takes 5 requests a second that are not creates and
// answers in well under a second, so eight keep the budget busy.
const workers = 8

func (r *follower) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named(r.kind.name()).
		For(r.kind.newObject(), builder.WithPredicates(followedChanged(r.kind))).
		Watches(&video.MuxEnvironment{}, handler.EnqueueRequestsFromMapFunc(r.ofEnvironment), builder.WithPredicates(environmentChanged())).
		WatchesMetadata(secretMetadata(), handler.EnqueueRequestsFromMapFunc(r.ofSecret)).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers, RateLimiter: retries()}).
		Complete(r)
}

// What fails for a reason that passes by itself is tried again after retryFirst, and each time after twice as long, up to
// retryMost: a Mux that is away gets ten tries of an object in its first minute, and is found to be back within two.
const (
	retryFirst = 100 * time.Millisecond
	retryMost  = 2 * time.Minute
)

// retries counts for each object on its own: one that fails, or a thousand, put off nobody else.
func retries() workqueue.TypedRateLimiter[reconcile.Request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](retryFirst, retryMost)
}

// ofEnvironment maps an environment to its objects: what was blocked by it may go on.
func (r *follower) ofEnvironment(ctx context.Context, env client.Object) []reconcile.Request {
	key := client.ObjectKeyFromObject(env)
	return r.requests(ctx, func(commit.Followed) bool { return true }, client.MatchingFields{commit.FieldEnvironment: key.String()})
}

// ofSecret maps a Secret to the objects of its namespace that wait for it, or write it.
func (r *follower) ofSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	waits := func(o commit.Followed) bool {
		return waitsForSecret(r.kind, o, secret.GetName()) || publishesTo(r.kind, o, secret)
	}
	return r.requests(ctx, waits, client.InNamespace(secret.GetNamespace()))
}

func (r *follower) requests(ctx context.Context, wanted func(commit.Followed) bool, where client.ListOption) []reconcile.Request {
	list := r.kind.newList()
	if err := r.client.List(ctx, list, where, listAll); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot list the objects to look at", "kind", r.kind.name())
		return nil
	}
	var requests []reconcile.Request
	for _, o := range commit.Items(list) {
		if wanted(o) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)})
		}
	}
	return requests
}

// phases are the steps of a reconcile, in order.
var phases = []struct {
	name string
	run  func(*follower, context.Context, *scope) error
}{
	{"guard", (*follower).guard},
	{"finalize", (*follower).finalize},
	{"identify", (*follower).identify},
	{"create", (*follower).create},
	{"update", (*follower).update},
	{"observe", (*follower).observe},
	{"publish", (*follower).publishSecrets},
	{"expire", (*follower).expire},
}

// update sends what the spec says and Mux has not acknowledged. What holds it up is told at the end and does not keep the
// next phase from its work.
func (r *follower) update(ctx context.Context, s *scope) error {
	if s.observes() || s.status().ID == "" {
		return nil
	}
	err := r.kind.update(ctx, r, s)
	if b, ok := err.(*blocked); ok {
		s.heldUp = b
		return nil
	}
	return err
}

// maxWait is how long a reconcile waits for the request budget of one environment; the objects of others need the workers.
const maxWait = time.Second

// errDone ends a reconcile early without a complaint.
var errDone = errors.New("done")

// Reconcile runs the phases and publishes what they found.
func (r *follower) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	object := r.kind.newObject()
	if err := r.client.Get(ctx, request.NamespacedName, object); err != nil {
		r.written.forget(request.NamespacedName)
		r.refusals.forget(request.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if r.written.newerThan(object) {
		return requeue(errStale, 0)
	}
	if version := object.GetFollowedStatus().ProjectionVersion; version > video.ProjectionVersion {
		ctrl.LoggerFrom(ctx).Info("left to a newer replica", "projectionVersion", version)
		return ctrl.Result{}, nil
	}
	scope := newScope(object)
	err := r.runPhases(mux.WithMaxWait(ctx, maxWait), scope)
	if scope.stored != object {
		r.written.note(scope.stored)
	}
	if scope.released {
		return ctrl.Result{}, nil
	}
	return r.publish(ctx, scope, err)
}

func (r *follower) runPhases(ctx context.Context, scope *scope) error {
	for _, phase := range phases {
		if err := phase.run(r, ctx, scope); err != nil {
			if errors.Is(err, errDone) {
				return nil
			}
			ctrl.LoggerFrom(ctx).V(1).Info("phase ended the reconcile", "phase", phase.name, "reason", err.Error())
			return err
		}
	}
	if scope.heldUp != nil {
		return scope.heldUp
	}
	return nil
}

// publish writes what the phases found in one status patch, together with the Synced condition.
func (r *follower) publish(ctx context.Context, scope *scope, err error) (ctrl.Result, error) {
	if errors.Is(err, errStale) {
		r.keepFound(ctx, scope)
		return requeue(err, 0)
	}
	var b *blocked
	if err != nil && !errors.As(err, &b) {
		return ctrl.Result{}, err // the API server's fault, not Mux's: nothing to tell, try again
	}
	if b != nil && scope.env != nil && isRejection(b.reason) {
		r.rejected(scope.env)
	}
	if b != nil && scope.env != nil && b.reason == video.ReasonThrottled {
		r.throttled(scope.env)
	}
	stored, outcome, writeErr := commit.StatusOf(ctx, r.options.Committer, scope.stored, scope.write(b, metav1.NewTime(r.options.Clock())))
	if outcome == commit.Invalid {
		ctrl.LoggerFrom(ctx).Error(writeErr, "the API server refuses the status; the object is left as it is until it changes")
		return ctrl.Result{}, nil // trying again would repeat calls to Mux and come to the same end
	}
	if writeErr != nil {
		return requeue(staleOr(writeErr), 0)
	}
	if outcome == commit.Applied {
		r.written.note(stored)
	}
	return requeue(err, scope.next)
}

// keepFound writes what a reconcile has found and done that meets a newer version of the object. Otherwise the next one would do it
// again: a change whose webhook makes that newer version would be sent over and over.
func (r *follower) keepFound(ctx context.Context, scope *scope) {
	if len(scope.found) == 0 {
		return
	}
	stored, outcome, err := commit.StatusOf(ctx, r.options.Committer, scope.stored, func(o commit.Followed) error {
		scope.apply(o)
		return nil
	})
	if err != nil {
		ctrl.LoggerFrom(ctx).V(1).Info("what was found is found again", "reason", err.Error())
	}
	if outcome == commit.Applied {
		r.written.note(stored)
	}
}

func isRejection(reason string) bool {
	return reason == video.ReasonCredentialsRejected || reason == video.ReasonPermissionMissing
}

// lookAgain asks for another look after d; the shortest wish of a reconcile counts.
func (s *scope) lookAgain(d time.Duration) {
	if s.next == 0 || d < s.next {
		s.next = max(d, time.Millisecond)
	}
}
