// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
// +kubebuilder:rbac:groups=video.mux.com,resources=muxassets/status,verbs=get;patch

// assetReconciler carries MuxAssets to Mux.
type assetReconciler struct {
	client  client.Client
	options Options
	clients *clients
	// written remembers the newest version of each object that this process wrote, for as long as the cache is behind.
	written versions
	// refusals are what Mux has refused to make of a spec.
	refusals refusals
	// rejected is told of an environment whose credentials Mux has just rejected.
	rejected func(*video.MuxEnvironment)
}

// assetWorkers bounds how many assets are worked on at once. Mux takes 5 requests a second that are not creates and
// answers in well under a second, so eight keep the budget busy.
const assetWorkers = 8

func (r *assetReconciler) setup(mgr ctrl.Manager) error {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return ctrl.NewControllerManagedBy(mgr).
		Named("muxasset").
		For(&video.MuxAsset{}, builder.WithPredicates(assetChanged())).
		Watches(&video.MuxEnvironment{}, handler.EnqueueRequestsFromMapFunc(r.assetsOfEnvironment), builder.WithPredicates(environmentChanged())).
		WatchesMetadata(secret, handler.EnqueueRequestsFromMapFunc(r.assetsOfSecret)).
		WithOptions(controller.Options{MaxConcurrentReconciles: assetWorkers}).
		Complete(r)
}

// assetsOfEnvironment maps an environment to its objects: what was blocked by it may go on.
func (r *assetReconciler) assetsOfEnvironment(ctx context.Context, env client.Object) []reconcile.Request {
	var list video.MuxAssetList
	key := client.ObjectKeyFromObject(env)
	if err := r.client.List(ctx, &list, client.MatchingFields{commit.FieldEnvironment: key.String()}, listAll); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot map an environment to its assets", "environment", key)
		return nil
	}
	return assetRequests(&list, func(*video.MuxAsset) bool { return true })
}

// assetsOfSecret maps a Secret to the assets of its namespace that wait for it.
func (r *assetReconciler) assetsOfSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	var list video.MuxAssetList
	if err := r.client.List(ctx, &list, client.InNamespace(secret.GetNamespace()), listAll); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot map a secret to its assets", "secret", client.ObjectKeyFromObject(secret))
		return nil
	}
	return assetRequests(&list, func(asset *video.MuxAsset) bool { return waitsForSecret(asset, secret.GetName()) })
}

func assetRequests(list *video.MuxAssetList, wanted func(*video.MuxAsset) bool) []reconcile.Request {
	var requests []reconcile.Request
	for i := range list.Items {
		if wanted(&list.Items[i]) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}

// assetPhases are the steps of a reconcile, in order.
var assetPhases = []struct {
	name string
	run  func(*assetReconciler, context.Context, *assetScope) error
}{
	{"guard", (*assetReconciler).guard},
	{"finalize", (*assetReconciler).finalize},
	{"identify", (*assetReconciler).identify},
	{"create", (*assetReconciler).create},
	{"update", (*assetReconciler).update},
	{"observe", (*assetReconciler).observe},
}

// maxWait is how long a reconcile waits for the request budget of one environment; the objects of others need the workers.
const maxWait = time.Second

// errDone ends a reconcile early without a complaint.
var errDone = errors.New("done")

// Reconcile runs the phases and publishes what they found.
func (r *assetReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	asset := &video.MuxAsset{}
	if err := r.client.Get(ctx, request.NamespacedName, asset); err != nil {
		r.written.forget(request.NamespacedName)
		r.refusals.forget(request.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if r.written.newerThan(asset) {
		return requeue(errStale, 0)
	}
	if asset.Status.ProjectionVersion > video.ProjectionVersion {
		ctrl.LoggerFrom(ctx).Info("left to a newer replica", "projectionVersion", asset.Status.ProjectionVersion)
		return ctrl.Result{}, nil
	}
	scope := newAssetScope(asset)
	err := r.runPhases(mux.WithMaxWait(ctx, maxWait), scope)
	if scope.stored != asset {
		r.written.note(scope.stored)
	}
	if scope.released {
		return ctrl.Result{}, nil
	}
	return r.publish(ctx, scope, err)
}

func (r *assetReconciler) runPhases(ctx context.Context, scope *assetScope) error {
	for _, phase := range assetPhases {
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
func (r *assetReconciler) publish(ctx context.Context, scope *assetScope, err error) (ctrl.Result, error) {
	if errors.Is(err, errStale) {
		return requeue(err, 0)
	}
	var b *blocked
	if err != nil && !errors.As(err, &b) {
		return ctrl.Result{}, err // the API server's fault, not Mux's: nothing to tell, try again
	}
	if b != nil && scope.env != nil && isRejection(b.reason) {
		r.rejected(scope.env)
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

func isRejection(reason string) bool {
	return reason == video.ReasonCredentialsRejected || reason == video.ReasonPermissionMissing
}

// lookAgain asks for another look after d; the shortest wish of a reconcile counts.
func (s *assetScope) lookAgain(d time.Duration) {
	if s.next == 0 || d < s.next {
		s.next = max(d, time.Millisecond)
	}
}
