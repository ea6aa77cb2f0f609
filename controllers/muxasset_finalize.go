// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// retainHint is the way out of every deletion that cannot go on.
const retainHint = "or set spec.deletionPolicy to Retain to let this object go and leave the asset at Mux"

// finalize carries out the deletion policy of an object that is being deleted. Only Mux's word that the asset is gone,
// or the policy Retain, releases the finalizer.
func (r *assetReconciler) finalize(ctx context.Context, s *assetScope) error {
	if s.asset.DeletionTimestamp.IsZero() {
		return nil
	}
	if !controllerutil.ContainsFinalizer(s.asset, video.Finalizer) {
		return errDone
	}
	if !s.deletes() || projection.DeletedForGood(&s.asset.Status) {
		return r.release(ctx, s)
	}
	id, err := r.idToDelete(ctx, s)
	if err != nil {
		return withRetainHint(err)
	}
	if id != "" {
		if err := r.deleteAtMux(ctx, s, id); err != nil {
			return withRetainHint(err)
		}
	}
	return r.release(ctx, s)
}

// idToDelete is the asset's id, "" when nothing was ever made. An object with an intent but without an id is searched for
// first: its create may have reached Mux.
func (r *assetReconciler) idToDelete(ctx context.Context, s *assetScope) (string, error) {
	if id := s.asset.GetMuxID(); id != "" {
		return id, nil
	}
	if s.asset.Annotations[video.AnnotationCreateToken] == "" {
		return "", nil
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return "", err
	}
	final := r.searchIsFinal(s) // before the search, which may wait for the budget
	switch found, _, err := r.search(ctx, s, muxClient); {
	case err != nil:
		return "", err
	case found != nil:
		return found.ID, nil
	case final:
		return "", nil
	default:
		return "", waiting(video.ReasonCreateOutcomeUnknown, searchEvery,
			"a create was sent and its outcome is not known; the object is released when Mux has certainly not made the asset")
	}
}

// deleteAtMux deletes the asset, unless another object holds it as well: a copy, or the object that it was copied from.
func (r *assetReconciler) deleteAtMux(ctx context.Context, s *assetScope, id string) error {
	holders, err := r.otherHolders(ctx, s, id)
	if err != nil {
		return err
	}
	for _, holder := range holders {
		if holder.Spec.ManagementPolicy != video.ManagementPolicyObserve {
			ctrl.LoggerFrom(ctx).Info("the asset stays at Mux, another object holds it", "id", id, "holder", client.ObjectKeyFromObject(holder))
			return nil
		}
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	err = muxClient.DeleteAsset(ctx, id)
	if mux.IsNotFound(err) {
		return trustNotFound(ctx, muxClient, s.env)
	}
	return fromMux(err, "delete the asset "+id)
}

// withRetainHint adds the way out to what holds a deletion up.
func withRetainHint(err error) error {
	if b, ok := err.(*blocked); ok {
		hinted := *b
		hinted.message += "; " + retainHint
		return &hinted
	}
	return err
}

// release removes the finalizer; the object is gone afterwards.
func (r *assetReconciler) release(ctx context.Context, s *assetScope) error {
	if err := r.patch(ctx, s, func(asset *video.MuxAsset) { controllerutil.RemoveFinalizer(asset, video.Finalizer) }); err != nil {
		return err
	}
	s.released = true
	return errDone
}

// searchEvery is the pause between two searches for a create whose outcome is not known: a LIST page a minute is 0.3 % of
// the budget.
const searchEvery = time.Minute
