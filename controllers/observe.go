// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// confirmAfter is when an object whose id came with an answer is read once more, if webhooks have not told of a final state
// since: a receiver whose cache lagged may have passed over what happened in between. It is longer than a cache lags (seconds) and
// as long as the receiver holds back young events.
const confirmAfter = 30 * time.Second

// observe reads the object where webhooks cannot have told everything: once after the id became known, and on request.
func (r *follower) observe(ctx context.Context, s *scope) error {
	request := s.object.GetAnnotations()[video.AnnotationRequestRefresh]
	wanted := request != "" && request != s.status().LastHandledRefresh
	// Both are asked, since each asks to be looked at again when its time comes.
	confirm, expired := r.confirmationDue(s), r.readingDue(s)
	if !wanted && !confirm && !expired {
		return nil
	}
	if err := r.read(ctx, s); err != nil {
		return err
	}
	now := r.options.Clock()
	s.edit(func(status *video.FollowedStatus) {
		if wanted {
			status.LastHandledRefresh = request
		}
		if status.Identified != nil && now.Sub(status.Identified.At.Time) >= confirmAfter {
			status.Identified.Confirmed = true
		}
	})
	r.readingDue(s) // again, where the answer was not the last word
	return nil
}

// confirmationDue says whether the confirming GET is to be made now; where it is to be made later, it asks for that.
func (r *follower) confirmationDue(s *scope) bool {
	identified := s.status().Identified
	if identified == nil || identified.Confirmed || !r.kind.known(s.object) || s.envProblem != nil || s.spec().Suspend {
		return false
	}
	if r.kind.settled(s.object) || r.kind.ended(s.object) {
		return false
	}
	if wait := confirmAfter - r.options.Clock().Sub(identified.At.Time); wait > 0 {
		s.lookAgain(wait)
		return false
	}
	return true
}

// readingDue says whether the object is to be read now since no webhook tells what has happened by now. Where nothing can be
// read, the environment's recovery starts the next reconcile.
func (r *follower) readingDue(s *scope) bool {
	wait, ok := r.kind.due(s.object, r.options.Clock())
	if !ok || s.envProblem != nil || s.spec().Suspend {
		return false
	}
	if wait > 0 {
		s.lookAgain(wait)
		return false
	}
	return true
}

// read asks Mux for the object and joins the answer.
func (r *follower) read(ctx context.Context, s *scope) error {
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	answer, err := r.kind.get(ctx, muxClient, s.status().ID)
	if mux.IsNotFound(err) {
		return r.gone(ctx, s, muxClient, answer.meta)
	}
	if err != nil {
		return fromMux(err, "read the "+r.kind.noun()+" "+s.status().ID)
	}
	s.observe(answer)
	return nil
}

// gone takes in a 404 for an object that was seen before, if the token has the right to see it. It holds for the time of the
// 404, not for that of the answer that makes it trustworthy.
func (r *follower) gone(ctx context.Context, s *scope, muxClient *mux.Client, answer mux.Meta) error {
	if err := trustNotFound(ctx, muxClient, s.env); err != nil {
		return err
	}
	s.observe(r.kind.absent(answer.AsOf(mux.GetMargin)))
	return nil
}
