// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

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
	if !s.deletes() || s.asset.Status.State == projection.StateDeleted {
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
	switch found, err := r.search(ctx, s, muxClient); {
	case err != nil:
		return "", err
	case found != nil:
		return found.ID, nil
	case r.searchIsFinal(s):
		return "", nil
	default:
		return "", waiting(video.ReasonCreateOutcomeUnknown, searchEvery,
			"a create was sent and its outcome is not known; the object is released when Mux has certainly not made the asset")
	}
}

func (r *assetReconciler) deleteAtMux(ctx context.Context, s *assetScope, id string) error {
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	err = muxClient.DeleteAsset(ctx, id)
	if mux.IsNotFound(err) {
		_, err := trustNotFound(ctx, muxClient)
		return err
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
