// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// retainHint is the way out of every deletion that cannot go on.
const retainHint = "or set spec.deletionPolicy to Retain to let this object go and leave what is at Mux"

// finalize carries out the deletion policy of an object that is being deleted. Only Mux's word that it is gone there,
// or the policy Retain, releases the finalizer.
func (r *follower) finalize(ctx context.Context, s *scope) error {
	if s.object.GetDeletionTimestamp().IsZero() {
		return nil
	}
	if !controllerutil.ContainsFinalizer(s.object, video.Finalizer) {
		return errDone
	}
	if !s.deletes() || r.kind.ended(s.object) {
		return r.release(ctx, s)
	}
	kept, err := r.keptWithCRD(ctx, s)
	if err != nil {
		return err
	}
	if kept {
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
	if err := r.tidy(ctx, s); err != nil {
		return withRetainHint(err)
	}
	return r.release(ctx, s)
}

// idToDelete is the id at Mux, "" when nothing was ever made. An object with an intent but without an id is searched for
// first: its create may have reached Mux.
func (r *follower) idToDelete(ctx context.Context, s *scope) (string, error) {
	if id := s.object.GetMuxID(); id != "" {
		return id, nil
	}
	if s.object.GetAnnotations()[video.AnnotationCreateToken] == "" {
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
	case found != "":
		return found, nil
	case final, !r.traceable(s):
		return "", nil
	default:
		return "", waiting(video.ReasonCreateOutcomeUnknown, r.nextSearch(s),
			"a create was sent and its outcome is not known; the object is released when Mux has certainly made nothing")
	}
}

// deleteAtMux deletes the object at Mux, unless another object holds it as well: a copy, or the object that it was copied from.
func (r *follower) deleteAtMux(ctx context.Context, s *scope, id string) error {
	holders, err := r.otherHolders(ctx, s, id)
	if err != nil {
		return err
	}
	for _, holder := range holders {
		if holder.GetFollowedSpec().ManagementPolicy != video.ManagementPolicyObserve {
			ctrl.LoggerFrom(ctx).Info("it stays at Mux, another object holds it", "id", id, "holder", client.ObjectKeyFromObject(holder))
			return nil
		}
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	err = r.kind.delete(ctx, muxClient, id)
	if mux.IsNotFound(err) {
		return trustNotFound(ctx, muxClient, s.env)
	}
	return fromMux(err, "delete the "+r.kind.noun()+" "+id)
}

// withRetainHint adds the way out to what holds a deletion up.
func withRetainHint(err error) error {
	return hinted(err, "; "+retainHint)
}

// release removes the finalizer; the object is gone afterwards.
func (r *follower) release(ctx context.Context, s *scope) error {
	if err := r.patch(ctx, s, func(o commit.Followed) { controllerutil.RemoveFinalizer(o, video.Finalizer) }); err != nil {
		return err
	}
	s.released = true
	return errDone
}

// searchEvery is the pause between two searches for a create whose outcome is not known: a LIST page a minute is 0.3 % of
// the budget.
const searchEvery = time.Minute
