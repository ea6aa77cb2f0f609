// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// identify finds the object's id at Mux where there is one: in the status, in the annotation that outlives a lost status, or in
// spec.import. An id that is not in the status yet is adopted with one GET.
func (r *follower) identify(ctx context.Context, s *scope) error {
	id := s.object.GetMuxID()
	if id == "" {
		if s.observes() {
			return terminal(video.ReasonInvalid, "managementPolicy Observe needs spec.import.id")
		}
		return nil
	}
	if s.env == nil && !r.kind.known(s.object) {
		return s.envProblem // it may not use the environment: it holds nothing there, and drives nobody out
	}
	if err := r.claim(ctx, s, id); err != nil {
		return err
	}
	if creation := s.status().Creation; creation != nil && creation.UnknownSince != nil {
		s.edit(func(status *video.FollowedStatus) {
			if status.Creation != nil {
				status.Creation.UnknownSince = nil
			}
		})
	}
	r.noteRestored(ctx, s)
	if s.status().ID == "" || !r.kind.known(s.object) {
		if r.beingMade(s.object) {
			return errStale
		}
		if err := r.adopt(ctx, s, id); err != nil {
			return err
		}
		if err := r.recordAdoption(ctx, s); err != nil {
			return err
		}
	}
	return r.annotateID(ctx, s)
}

// recordAdoption writes an adoption down before its annotation, which without it would mean that a status was lost, see restored.
func (r *follower) recordAdoption(ctx context.Context, s *scope) error {
	if s.object.GetAnnotations()[video.AnnotationID] != "" {
		return nil
	}
	adopted := s.status().DeepCopy()
	return r.patchStatus(ctx, s, func(o commit.Followed) {
		status := o.GetFollowedStatus()
		status.ID, status.EnvironmentID, status.Identified = adopted.ID, adopted.EnvironmentID, adopted.Identified
	})
}

// claim makes sure that no older object holds the same id.
func (r *follower) claim(ctx context.Context, s *scope, id string) error {
	holders, err := r.otherHolders(ctx, s, id)
	if err != nil {
		return err
	}
	for _, holder := range holders {
		switch {
		case isMade(s.object) && !isMade(holder):
			return r.giveWay(ctx, s.object, holder)
		case isMade(holder) && !isMade(s.object):
			if err := r.giveWay(ctx, holder, s.object); err != errDone {
				return err
			}
		case holdsBefore(holder, s.object):
			return waiting(video.ReasonIDConflict, unwatchedRetry, "the object %s already holds the %s %s; delete one of the two objects, with deletionPolicy Retain where the other only observes",
				client.ObjectKeyFromObject(holder), r.kind.noun(), id)
		}
	}
	return nil
}

// isMade is true for an object that the operator has made itself, see webhookreceiver/made.go.
func isMade(o commit.Followed) bool {
	return o.GetLabels()[video.LabelOrigin] != "" && o.GetFollowedSpec().ManagementPolicy == video.ManagementPolicyObserve
}

// giveWay deletes an object that the operator made, since somebody declares another with the same id. Nothing at Mux is touched:
// it only followed.
func (r *follower) giveWay(ctx context.Context, made, declared commit.Followed) error {
	uid := made.GetUID()
	err := r.client.Delete(ctx, made, client.Preconditions{UID: &uid})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return err
	}
	ctrl.LoggerFrom(ctx).Info("a made object gave way to a declared one", "made", client.ObjectKeyFromObject(made), "declared", client.ObjectKeyFromObject(declared))
	return errDone
}

// otherHolders are the other objects, not being deleted, that hold the Mux id through the same MuxEnvironment and, where it
// matters, before the id is taken and before it is deleted, through any that stands for the same Mux environment.
func (r *follower) otherHolders(ctx context.Context, s *scope, id string) ([]commit.Followed, error) {
	key := environment.Key(s.spec().EnvironmentRef, s.object.GetNamespace())
	candidates, err := commit.Find(ctx, r.client, r.kind.newList(), commit.FieldID, key.String()+"/"+id)
	if err != nil {
		return nil, err
	}
	if s.status().ID == "" || !s.object.GetDeletionTimestamp().IsZero() {
		held, err := r.heldElsewhere(ctx, key, s.environmentID(), id)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, held...)
	}
	var holders []commit.Followed
	for _, other := range candidates {
		if other.GetUID() == s.object.GetUID() || !other.GetDeletionTimestamp().IsZero() {
			continue
		}
		// One that may not use its environment holds nothing in it, whatever it says.
		if _, err := r.environmentOf(ctx, other); err == nil {
			holders = append(holders, other)
		} else if _, ok := err.(*blocked); !ok {
			return nil, err
		}
	}
	return holders, nil
}

// heldElsewhere are the objects that have the id, in an environment at Mux, through another MuxEnvironment than the one with the key:
// several may stand for the same one. There are few MuxEnvironments, so each is asked, where an index would cost every object.
func (r *follower) heldElsewhere(ctx context.Context, key client.ObjectKey, environmentID, id string) (held []commit.Followed, err error) {
	environments := &video.MuxEnvironmentList{}
	if err := r.client.List(ctx, environments, listAll); err != nil {
		return nil, err
	}
	for i := range environments.Items {
		other := client.ObjectKeyFromObject(&environments.Items[i])
		if other == key {
			continue
		}
		found, err := commit.Find(ctx, r.client, r.kind.newList(), commit.FieldID, other.String()+"/"+id)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if status := o.GetFollowedStatus(); status.ID == id && status.EnvironmentID == environmentID {
				held = append(held, o)
			}
		}
	}
	return held, nil
}

// environmentID is the Mux environment that the object lives in, as far as it is known.
func (s *scope) environmentID() string {
	if s.status().EnvironmentID == "" && s.env != nil {
		return s.env.Status.EnvironmentID
	}
	return s.status().EnvironmentID
}

// holdsBefore decides which of two objects with the same id keeps it: the one that has it in its status, then the older,
// then the one whose name comes first.
func holdsBefore(a, b commit.Followed) bool {
	if held := a.GetFollowedStatus().ID != ""; held != (b.GetFollowedStatus().ID != "") {
		return held
	}
	if at, bt := a.GetCreationTimestamp(), b.GetCreationTimestamp(); !at.Equal(&bt) {
		return at.Before(&bt)
	}
	return client.ObjectKeyFromObject(a).String() < client.ObjectKeyFromObject(b).String()
}

// madeWithin is how long the receiver, which makes an object and then writes the event into its status, has for the second: a
// GET for each object that it makes would be paid from a budget that others need. A receiver that died in between is made up for
// by the GET afterwards.
const madeWithin = 3 * time.Second

// beingMade is true for an object that the receiver has just made and not written the status of. A clock that is behind that of
// the API server makes it false.
func (r *follower) beingMade(o commit.Followed) bool {
	age := r.options.Clock().Sub(o.GetCreationTimestamp().Time)
	return isMade(o) && !r.kind.known(o) && age >= 0 && age < madeWithin
}

// notFoundRetry is when to ask again for what Mux gave an id to and does not show.
const notFoundRetry = 30 * time.Second

// adopt asks Mux for the object and takes what it says. In an environment that only receives, the next webhook does.
func (r *follower) adopt(ctx context.Context, s *scope, id string) error {
	muxClient, err := r.connect(ctx, s)
	if b, ok := err.(*blocked); ok && b.reason == video.ReasonReceiveOnly && s.observes() {
		return waiting(video.ReasonPending, 0, "the environment only receives; the next webhook for the %s %s tells its state", r.kind.noun(), id)
	}
	if err != nil {
		return err
	}
	answer, err := r.kind.get(ctx, muxClient, id)
	switch {
	case mux.IsNotFound(err):
		if err := trustNotFound(ctx, muxClient, s.env); err != nil {
			return err
		}
		if s.spec().Import == nil { // ours, made a moment ago
			return waiting(video.ReasonNotFound, notFoundRetry, "Mux does not show the %s %s yet, or no longer; delete this object if it was deleted at Mux", r.kind.noun(), id)
		}
		return terminal(video.ReasonNotFound, "Mux does not know the %s %s; correct spec.import.id, or delete this object", r.kind.noun(), id)
	case err != nil:
		return fromMux(err, "read the "+r.kind.noun()+" "+id)
	}
	r.identified(s, id, answer)
	if k, ok := r.kind.(agreeing); ok && !s.observes() {
		s.find(k.agree)
	}
	return nil
}

// identified records the id together with the answer that gave it.
func (r *follower) identified(s *scope, id string, answer told) {
	s.observe(answer)
	at, environmentID := metav1.NewMicroTime(r.options.Clock()), s.env.Status.EnvironmentID
	s.edit(func(status *video.FollowedStatus) {
		status.ID = id
		status.EnvironmentID = environmentID
		status.Identified = &video.IdentifiedStatus{At: at, Stamp: answer.snapshot}
		if status.Creation != nil {
			status.Creation.UnknownSince = nil
		}
	})
}

// annotateID writes the id where it survives the loss of the status, and the finalizer with it.
func (r *follower) annotateID(ctx context.Context, s *scope) error {
	id := s.object.GetMuxID()
	if s.stored.GetAnnotations()[video.AnnotationID] == id && (!s.deletes() || controllerutil.ContainsFinalizer(s.stored, video.Finalizer)) {
		return nil // as after every event but the first: no copy is made to find that out
	}
	return r.patch(ctx, s, func(o commit.Followed) {
		annotate(o, video.AnnotationID, id)
		s.finalizer(o)
	})
}
