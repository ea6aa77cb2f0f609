// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// How a create is sent at most once:
//
//  1. The intent is written in two writes, each conditional on the resourceVersion before it: a token, the time and what
//     the create will have acknowledged into the status, then token and time as annotations. Without the annotations
//     nothing was sent; with them something may have been.
//  2. The POST goes out once, within sendWithin of the intent, with the token in a field that comes back: of an asset
//     meta.external_id, of a live stream passthrough. It is sent by whoever made the second write, and by nobody when that
//     met a newer version.
//  3. The answer's id is written at once. The webhook created, which bears the token, may have written it before.
//  4. After an unknown outcome the id comes with that webhook, or is found in the newest LIST pages; only when both have
//     been silent for certainlyOver is a new POST sent. What costs nothing is sent again sooner, see resender.

// sendWithin bounds the time from the intent to the POST. A leader that was paused for longer may have been replaced and its
// create searched for.
const sendWithin = 10 * time.Second

// listLag is how long Mux's lists may be behind, unless a flag says otherwise.
const listLag = 5 * time.Minute

// certainlyOver is when a create that was not found does not exist: it was sent within sendWithin, answered or cut within
// the client's time-out, and Mux's lists have caught up ListLag later.
func (o *Options) certainlyOver() time.Duration { return sendWithin + o.Timeout + o.ListLag }

func (r *follower) certainlyOver() time.Duration { return r.options.certainlyOver() }

// create makes the object at Mux, unless it is there.
func (r *follower) create(ctx context.Context, s *scope) error {
	if s.object.GetMuxID() != "" {
		return nil
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	if s.object.GetAnnotations()[video.AnnotationCreateToken] != "" {
		return r.recoverCreate(ctx, s, muxClient)
	}
	if err := s.admitsNew(); err != nil {
		return err
	}
	return r.send(ctx, s, muxClient)
}

// admitsNew says that nothing is made any more in an environment that is being deleted.
func (s *scope) admitsNew() error {
	if s.env.DeletionTimestamp.IsZero() {
		return nil
	}
	return waiting(video.ReasonEnvironmentNotReady, 0,
		"MuxEnvironment %s/%s is being deleted, so nothing is made in it any more; delete this object", s.env.Namespace, s.env.Name)
}

// toWriteDown is the time for the API server to take the outcome of a create.
const toWriteDown = 5 * time.Second

// send writes the intent and sends the create. Both, and the outcome, are seen through also when the process is told to end.
func (r *follower) send(ctx context.Context, s *scope, muxClient *mux.Client) error {
	request, err := r.kind.request(ctx, r, s.object)
	if err != nil {
		return err
	}
	refusable := digestOf(request)
	if err := r.refusals.check(s.object, refusable, r.options.Clock()); err != nil {
		return err
	}
	// The budget is taken before the intent, so that the wait for it does not use up the time to send.
	paid, err := muxClient.Reserve(ctx, mux.ClassCreate)
	if err != nil {
		return fromMux(err, "create the "+r.kind.noun())
	}
	through, cancel := context.WithTimeout(context.WithoutCancel(paid), sendWithin+r.options.Timeout+toWriteDown)
	defer cancel()
	began := r.options.Clock()
	if err := r.writeIntent(through, s); err != nil {
		return err
	}
	answer, err := request.send(r.timely(through, began), muxClient, s.status().Creation.Token)
	if err != nil {
		err = r.createFailed(through, s, err)
		r.refusals.keep(s.object, refusable, r.options.Clock(), err)
		return err
	}
	return r.created(through, s, answer)
}

// timely has a POST whose intent was begun at a time sent within sendWithin of it, or not at all.
func (r *follower) timely(ctx context.Context, began time.Time) context.Context {
	return r.options.timely(ctx, began)
}

func (o *Options) timely(ctx context.Context, began time.Time) context.Context {
	return mux.WithTooLate(ctx, func() bool { return elapsed(began, o.Clock()) > sendWithin })
}

// elapsed is the longer of what the monotonic clock and the wall clock say: the one does not run while a machine sleeps, the
// other may be set back.
func elapsed(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)))
}

// writeIntent writes the token and the time into the status and then as annotations, with the finalizer.
func (r *follower) writeIntent(ctx context.Context, s *scope) error {
	now := metav1.NewMicroTime(r.options.Clock())
	err := r.patchStatus(ctx, s, func(o commit.Followed) {
		r.kind.acknowledge(o)
		status := o.GetFollowedStatus()
		if status.Creation == nil {
			status.Creation = &video.CreationStatus{Token: string(uuid.NewUUID())}
		}
		status.Creation.StartedAt, status.Creation.UnknownSince = now, nil
		if s.again && r.traceable(s) {
			status.Creation.OrphanSearchAt = &now
		}
	})
	if err != nil {
		return err
	}
	token := s.status().Creation.Token
	return r.patch(ctx, s, func(o commit.Followed) {
		annotate(o, video.AnnotationCreateToken, token)
		annotate(o, video.AnnotationCreateTime, now.UTC().Format(time.RFC3339Nano))
		s.finalizer(o)
	})
}

// created records the id at once, alone, and takes the answer in.
func (r *follower) created(ctx context.Context, s *scope, answer told) error {
	other, err := r.recordID(ctx, s, answer.id)
	if err != nil {
		return err
	}
	if other {
		r.superseded(ctx, s, answer.id)
		return nil
	}
	ctrl.LoggerFrom(ctx).Info("created the "+r.kind.noun(), "id", answer.id)
	r.identified(s, answer.id, answer)
	return r.annotateCreated(ctx, s)
}

// superseded sees to what this create has made, where another leader has created the object as well: an upload is cancelled, of
// anything else people are told.
func (r *follower) superseded(ctx context.Context, s *scope, id string) {
	ctrl.LoggerFrom(ctx).Info("another create of the same "+r.kind.noun()+" was faster", "id", id, "faster", s.object.GetMuxID())
	if _, ok := r.kind.(resender); !ok {
		noteDuplicate(s, id)
		return
	}
	now := metav1.NewMicroTime(r.options.Clock())
	s.edit(func(status *video.FollowedStatus) {
		if status.Creation != nil {
			status.Creation.OrphanSearchAt = &now
		}
	})
}

// annotateCreated adds the annotation with the id. A conflict is no harm: the next reconcile adds it.
func (r *follower) annotateCreated(ctx context.Context, s *scope) error {
	if err := r.annotateID(ctx, s); err != nil && err != errStale {
		return err
	}
	return nil
}

// createFailed decides what a failed create leaves behind. What Mux certainly refused, or never got, takes the intent
// back, so that the spec can be mended and the next try starts anew.
func (r *follower) createFailed(ctx context.Context, s *scope, err error) error {
	if mux.IsUnknownOutcome(err) {
		now := metav1.NewMicroTime(r.options.Clock())
		s.edit(func(status *video.FollowedStatus) {
			if status.Creation != nil {
				status.Creation.UnknownSince = &now
			}
		})
		ctrl.LoggerFrom(ctx).Info("the outcome of the create is not known", "error", err.Error())
		after, next := r.afterUnknown(s)
		s.lookAgain(after)
		return waiting(video.ReasonCreateOutcomeUnknown, after,
			"the create was sent and its answer did not come (%s); waiting for the webhook %s it is sent again", err, next)
	}
	if undoErr := r.takeBackIntent(ctx, s); undoErr != nil {
		return undoErr
	}
	if mux.IsInvalid(err) || mux.IsPlanLimit(err) { // the spec is free to change again
		s.find(func(o commit.Followed) {
			o.GetFollowedStatus().Creation = nil
			r.kind.forget(o)
		})
	}
	return fromMux(err, "create the "+r.kind.noun())
}

// takeBackIntent removes the annotations, which says that nothing was sent. Whatever else changed in the object meanwhile, this
// is still so, hence no resourceVersion. The patch tests that it is the same object and the same intent: another leader, which
// came while this one was paused, may have written one of its own and sent its create.
func (r *follower) takeBackIntent(ctx context.Context, s *scope) error {
	operations := []operation{{"op": "test", "path": "/metadata/uid", "value": s.stored.GetUID()}}
	for _, name := range []string{video.AnnotationCreateToken, video.AnnotationCreateTime} {
		if value, ok := s.stored.GetAnnotations()[name]; ok {
			path := "/metadata/annotations/" + strings.ReplaceAll(name, "/", "~1")
			operations = append(operations, operation{"op": "test", "path": path, "value": value}, operation{"op": "remove", "path": path})
		}
	}
	return s.patchIf(operations, func(o client.Object, p client.Patch) error { return r.client.Patch(ctx, o, p) })
}
