// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// searchMargin is how far Mux's clock may be behind ours when the search decides that it has gone back far enough.
const searchMargin = 5 * time.Minute

// recoverCreate finds out what became of a create that this reconcile did not send.
func (r *follower) recoverCreate(ctx context.Context, s *scope, muxClient *mux.Client) error {
	final := r.searchIsFinal(s) // before the search, which may wait for the budget
	found, duplicate, err := r.search(ctx, s, muxClient)
	if err != nil {
		return err
	}
	if found != "" {
		if err := r.recordID(ctx, s, found); err != nil {
			return err
		}
		noteDuplicate(s, duplicate)
		ctrl.LoggerFrom(ctx).Info("found what an earlier create made", "id", found)
		return r.adoptFound(ctx, s, muxClient, found)
	}
	if !final {
		return waiting(video.ReasonCreateOutcomeUnknown, searchEvery,
			"a create was sent at %s and nothing is known of its outcome; waiting for the webhook and searching before it is sent again",
			s.object.GetAnnotations()[video.AnnotationCreateTime])
	}
	ctrl.LoggerFrom(ctx).Info("the earlier create left nothing at Mux; it is sent again")
	if err := r.takeBackIntent(ctx, s); err != nil {
		return err
	}
	return r.send(ctx, s, muxClient)
}

func (r *follower) adoptFound(ctx context.Context, s *scope, muxClient *mux.Client, id string) error {
	answer, err := r.kind.get(ctx, muxClient, id)
	if err != nil {
		return fromMux(err, "read the "+r.kind.noun()+" "+id)
	}
	r.identified(s, id, answer)
	return r.annotateCreated(ctx, s)
}

// noteDuplicate names a second object of the same create in the status, from where it gets into the Synced condition.
func noteDuplicate(s *scope, id string) {
	if id == "" {
		return
	}
	s.edit(func(status *video.FollowedStatus) {
		if status.Creation != nil {
			status.Creation.DuplicateID = id
		}
	})
}

// search looks for what bears the object's token among the newest at Mux, back to the time of the intent.
func (r *follower) search(ctx context.Context, s *scope, muxClient *mux.Client) (id, duplicate string, err error) {
	token := s.object.GetAnnotations()[video.AnnotationCreateToken]
	id, duplicate, err = r.kind.search(ctx, muxClient, token, createTime(s.object).Add(-searchMargin))
	if err != nil {
		return "", "", fromMux(err, "search for what an earlier create made")
	}
	return id, duplicate, nil
}

// listLimit is the largest page that Mux gives.
const listLimit = 100

// createTime is when the intent was written; the annotation outlives the status.
func createTime(o commit.Followed) time.Time {
	if at, err := time.Parse(time.RFC3339Nano, o.GetAnnotations()[video.AnnotationCreateTime]); err == nil {
		return at
	}
	if creation := o.GetFollowedStatus().Creation; creation != nil {
		return creation.StartedAt.Time
	}
	return o.GetCreationTimestamp().Time
}

// searchIsFinal says whether a create that was not found by now does not exist.
func (r *follower) searchIsFinal(s *scope) bool {
	return r.options.Clock().Sub(createTime(s.object)) > r.certainlyOver()
}
