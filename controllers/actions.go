// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// action is what an annotation asks for once. It must not be repeated, so its token is recorded as handled before the call; only
// what Mux certainly did not do is taken back and tried again.
type action struct {
	annotation string
	class      mux.Class
	// handled is where the token of the last one is recorded.
	handled func(commit.Followed) *string
	// sensible says whether there is anything to do; where there is not, the token is recorded without a call.
	sensible func(commit.Followed) bool
	// begin changes the status together with the record; nil changes nothing.
	begin func(o commit.Followed, now time.Time)
	call  func(ctx context.Context, r *follower, s *scope, c *mux.Client) error
}

// actionRetry is how long the word that an answer did not come is shown.
const actionRetry = time.Minute

// carryOut does what an annotation asks for, if that is new.
func (r *follower) carryOut(ctx context.Context, s *scope, a *action) error {
	token, before := s.object.GetAnnotations()[a.annotation], *a.handled(s.object)
	if token == "" || token == before {
		return nil
	}
	if !a.sensible(s.object) {
		ctrl.LoggerFrom(ctx).Info("there is nothing to do for the annotation", "annotation", a.annotation)
		s.find(func(o commit.Followed) { *a.handled(o) = token })
		return nil
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	paid, err := muxClient.Reserve(ctx, a.class) // before the record, since nothing is done while the budget is used up
	if err != nil {
		return fromMux(err, "carry out "+a.annotation)
	}
	through, cancel := context.WithTimeout(context.WithoutCancel(paid), sendWithin+r.options.Timeout+toWriteDown)
	defer cancel()
	now := r.options.Clock()
	if err := r.patchStatus(through, s, func(o commit.Followed) {
		*a.handled(o) = token
		if a.begin != nil {
			a.begin(o, now)
		}
	}); err != nil {
		return err
	}
	return r.actionFailed(through, s, a, before, a.call(through, r, s, muxClient))
}

// actionFailed decides what a failed call leaves behind.
func (r *follower) actionFailed(ctx context.Context, s *scope, a *action, before string, err error) error {
	switch {
	case err == nil:
		ctrl.LoggerFrom(ctx).Info("carried out what an annotation asked for", "annotation", a.annotation)
		return nil
	case mux.IsUnknownOutcome(err), mux.IsTransient(err):
		return waiting(video.ReasonActionUnanswered, actionRetry,
			"what the annotation %s asked for was sent and its answer did not come (%s); it is not sent again: where it was not done, ask once more with another value", a.annotation, err)
	case mux.IsInvalid(err):
		return waiting(video.ReasonInvalid, actionRetry, "Mux refused what the annotation %s asked for: %s; ask once more with another value when it makes sense", a.annotation, err)
	case mux.IsThrottled(err), mux.IsUnauthorized(err), mux.IsForbidden(err):
		if err := r.patchStatus(ctx, s, func(o commit.Followed) { *a.handled(o) = before }); err != nil {
			return err
		}
	}
	return fromMux(err, "carry out "+a.annotation)
}

// completeAction ends the broadcast of a live stream, and resetAction makes a new stream key, which ends the old one at once.
var (
	completeAction = &action{
		annotation: video.AnnotationRequestComplete,
		class:      mux.ClassOther,
		handled:    func(o commit.Followed) *string { return &liveStreamOf(o).Status.LastHandledComplete },
		sensible: func(o commit.Followed) bool {
			status := &liveStreamOf(o).Status
			return status.State == projection.StateActive || status.ActiveAssetID != "" || status.Connected
		},
		call: func(ctx context.Context, _ *follower, s *scope, c *mux.Client) error {
			return c.CompleteLiveStream(ctx, s.status().ID)
		},
	}
	resetAction = &action{
		annotation: video.AnnotationRequestResetStreamKey,
		class:      mux.ClassCreate,
		handled:    func(o commit.Followed) *string { return &liveStreamOf(o).Status.LastHandledResetStreamKey },
		sensible:   func(commit.Followed) bool { return true },
		begin: func(o commit.Followed, now time.Time) {
			liveStreamOf(o).Status.StreamKeyResetAt = new(metav1.NewMicroTime(now))
		},
		call: func(ctx context.Context, _ *follower, s *scope, c *mux.Client) error {
			newest := projection.NewestLiveStreamTime(&liveStreamOf(s.object).Status)
			answer, err := c.ResetStreamKey(ctx, s.status().ID)
			if err == nil {
				s.observe(toldLiveStreamAt(&answer, laterOf(answer.Meta.AsOf(mux.GetMargin), newest), projection.SourceWrite))
			}
			return err
		},
	}
)

// laterOf is the stamp of the answer to a change of our own, which is no older than anything the status knew when it was sent.
func laterOf(at, newest time.Time) time.Time {
	if at.Before(newest) {
		return newest
	}
	return at
}

// actions carries out what the annotations of a live stream ask for.
func (liveStreamKind) actions(ctx context.Context, r *follower, s *scope) error {
	for _, a := range []*action{completeAction, resetAction} {
		if err := r.carryOut(ctx, s, a); err != nil {
			return err
		}
	}
	return nil
}
