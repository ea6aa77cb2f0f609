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
	if _, ok := r.kind.(resender); ok {
		return r.sendAgain(ctx, s, muxClient)
	}
	final := r.searchIsFinal(s) // before the search, which may wait for the budget
	found, duplicate, err := r.search(ctx, s, muxClient)
	if err != nil {
		return err
	}
	if found == "" && final && !lostHere(s) {
		overwritten, err := r.searchOverwritten(ctx, s, muxClient)
		if err != nil {
			return err
		}
		if overwritten != "" {
			return r.adoptOverwritten(ctx, s, muxClient, overwritten)
		}
	}
	if found != "" {
		noteDuplicate(s, duplicate)
		return r.adoptFound(ctx, s, muxClient, found)
	}
	if !final {
		return waiting(video.ReasonCreateOutcomeUnknown, r.nextSearch(s),
			"a create was sent at %s and nothing is known of its outcome; waiting for the webhook and searching before it is sent again",
			s.object.GetAnnotations()[video.AnnotationCreateTime])
	}
	if err := s.admitsNew(); err != nil {
		return err
	}
	ctrl.LoggerFrom(ctx).Info("the earlier create left nothing at Mux; it is sent again")
	if err := r.takeBackIntent(ctx, s); err != nil {
		return err
	}
	return r.send(ctx, s, muxClient)
}

// resendAfter is how long the webhook of a create without an answer is waited for: it comes within seconds, and where the cache
// did not show the token in time, once more five seconds later.
const resendAfter = 10 * time.Second

// afterUnknown is when to see to a create whose answer did not come, and what is done before it is sent again.
func (r *follower) afterUnknown(s *scope) (time.Duration, string) {
	if _, ok := r.kind.(resender); ok {
		return resendAfter, "before"
	}
	return r.nextSearch(s), "and searching before"
}

// sendAgain sends a create once more that is not under way: its answer did not come, or as much time has passed as its answer
// could take to be written down by the process that sent it.
func (r *follower) sendAgain(ctx context.Context, s *scope, muxClient *mux.Client) error {
	over := createTime(s.object).Add(sendWithin + r.options.Timeout + toWriteDown)
	if creation := s.status().Creation; creation != nil && creation.UnknownSince != nil {
		over = creation.UnknownSince.Add(resendAfter)
	}
	if wait := over.Sub(r.options.Clock()); wait > 0 {
		return waiting(video.ReasonCreateOutcomeUnknown, wait,
			"a create was sent at %s and nothing is known of its outcome; unless its webhook comes it is sent again in a moment, and the %s that it may have made is cancelled",
			s.object.GetAnnotations()[video.AnnotationCreateTime], r.kind.noun())
	}
	found, err := r.searchRestored(ctx, s, muxClient)
	if err != nil {
		return err
	}
	if found != "" {
		return r.adoptFound(ctx, s, muxClient, found)
	}
	if err := s.admitsNew(); err != nil {
		return err
	}
	ctrl.LoggerFrom(ctx).Info("the create is sent again")
	s.again = true
	return r.send(ctx, s, muxClient)
}

// traceable says whether what a create of the object has made can be found at Mux.
func (r *follower) traceable(s *scope) bool {
	k, ok := r.kind.(resender)
	return !ok || k.traceable(s.object)
}

// tidy ends what lost creates have made beside the object, before it is let go.
func (r *follower) tidy(ctx context.Context, s *scope) error {
	k, ok := r.kind.(resender)
	if creation := s.status().Creation; !ok || creation == nil || creation.OrphanSearchAt == nil {
		return nil
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	return k.tidy(ctx, r, s, muxClient)
}

// adoptFound takes what an earlier create has made.
func (r *follower) adoptFound(ctx context.Context, s *scope, muxClient *mux.Client, id string) error {
	other, err := r.recordID(ctx, s, id)
	if err != nil {
		return err
	}
	if other {
		return errStale
	}
	ctrl.LoggerFrom(ctx).Info("found what an earlier create made", "id", id)
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

// nextSearch is when to search again: every minute, and when the search will be final.
func (r *follower) nextSearch(s *scope) time.Duration {
	final := createTime(s.object).Add(r.certainlyOver() + time.Millisecond)
	return min(searchEvery, max(time.Second, final.Sub(r.options.Clock())))
}
