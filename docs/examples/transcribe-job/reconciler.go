// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	ac "github.com/mux-operator/mux-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
)

// startedAnnotation of a MuxAsset names the Job that was started for it. It outlives the Job.
const startedAnnotation = "transcribe.example.com/job"

// fieldOwner owns startedAnnotation, and nothing else of a MuxAsset.
const fieldOwner = client.FieldOwner("transcribe-job")

// reconciler starts the Jobs. What it knows is in the API server alone, so it may be stopped anywhere, and several may run.
type reconciler struct {
	client.Client
	image string
}

// setup watches MuxAssets. At its start a watch tells all objects that exist, so what became Playable while nobody looked is not
// missed, and what is done already is not looked at.
func (r *reconciler) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("transcribe-job").
		For(&video.MuxAsset{}, builder.WithPredicates(predicate.NewPredicateFuncs(due))).
		Complete(r)
}

// due says whether a Job is to be started for a MuxAsset.
func due(object client.Object) bool {
	asset, ok := object.(*video.MuxAsset)
	if !ok || !asset.DeletionTimestamp.IsZero() {
		return false
	}
	_, started := asset.Annotations[startedAnnotation]
	return !started && asset.IsPlayable()
}

// Reconcile takes two steps, each of which may be repeated: the Job, whose name follows from the video, then the annotation. The
// Job comes first: after a crash between the two it is there and is not made again. The other way round it would never be made.
func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	asset := &video.MuxAsset{}
	if err := r.Get(ctx, request.NamespacedName, asset); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !due(asset) {
		return ctrl.Result{}, nil
	}
	job, err := newJob(asset, r.image, r.Scheme())
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.Create(ctx, job); client.IgnoreAlreadyExists(err) != nil {
		return ctrl.Result{}, err
	}
	ctrl.LoggerFrom(ctx).Info("a Job is there for the video", "job", job.Name)
	return ctrl.Result{}, r.remember(ctx, asset, job.Name)
}

// remember writes the annotation with server-side apply, so that it never meets what the operator or people write. The UID makes
// the write fail where the MuxAsset was deleted meanwhile: without it, an apply would create what it does not find.
func (r *reconciler) remember(ctx context.Context, asset *video.MuxAsset, job string) error {
	return r.Apply(ctx, ac.MuxAsset(asset.Name, asset.Namespace).
		WithUID(asset.UID).
		WithAnnotations(map[string]string{startedAnnotation: job}), fieldOwner)
}
