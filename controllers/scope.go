// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// scope is what the phases of one reconcile share.
type scope struct {
	// stored is the object as the API server last gave it.
	stored commit.Followed
	// object is stored with what this reconcile has found; it is what the phases read.
	object commit.Followed
	// generation is the generation of the spec that this reconcile acts on.
	generation int64
	// env is the object's environment; nil where it does not exist or must not be used.
	env *video.MuxEnvironment
	// envProblem is why the environment cannot be used; it matters only to a phase that has to call Mux.
	envProblem error

	// found are changes of the status, in order: what Mux told this reconcile, and what the leader alone owns. Each may run
	// several times, on newer versions of the object.
	found []func(commit.Followed)
	// secrets are what the newest answer of this reconcile had that goes into a Secret, and secretsFrom its stamp.
	secrets     map[string]mux.Secret
	secretsFrom video.Stamp
	// secretLater says that the Secret waits until an answer of Mux is certainly newer than what it is awaited for.
	secretLater bool
	// again says that the create is sent once more, after one whose outcome is not known.
	again bool
	// heldUp is why a phase could not do its work, where the phases after it could do theirs.
	heldUp *blocked
	// next is when the object wants to be looked at again; 0 never.
	next time.Duration
	// released is true once the finalizer is gone: there is no status to write any more.
	released bool
}

func newScope(stored commit.Followed) *scope {
	return &scope{stored: stored, object: copyOf(stored), generation: stored.GetGeneration()}
}

func copyOf(o commit.Followed) commit.Followed { return o.DeepCopyObject().(commit.Followed) }

// spec and status are what all kinds have.
func (s *scope) spec() *video.FollowedSpec { return s.object.GetFollowedSpec() }

func (s *scope) status() *video.FollowedStatus { return s.object.GetFollowedStatus() }

// accept takes a newer version of the object from the API server, and brings what was found into it.
func (s *scope) accept(stored commit.Followed) {
	s.stored, s.object = stored, copyOf(stored)
	s.apply(s.object)
}

// apply brings all that was found into an object.
func (s *scope) apply(o commit.Followed) {
	for _, change := range s.found {
		change(o)
	}
}

// find brings a change into the status, now and in the patch at the end.
func (s *scope) find(change func(commit.Followed)) {
	change(s.object)
	s.found = append(s.found, change)
}

// observe joins what Mux has just told.
func (s *scope) observe(t told) {
	s.find(t.join)
	if t.secrets != nil {
		s.secrets, s.secretsFrom = t.secrets, t.snapshot
	}
}

// edit changes the leader's own part of the status.
func (s *scope) edit(change func(*video.FollowedStatus)) {
	s.find(func(o commit.Followed) { change(o.GetFollowedStatus()) })
}

// write is the change that publish commits. It may run on a newer object than the phases saw, so it brings in only what
// this reconcile found.
func (s *scope) write(b *blocked, now metav1.Time) func(commit.Followed) error {
	return func(o commit.Followed) error {
		s.apply(o)
		status := o.GetFollowedStatus()
		status.ObservedGeneration = max(status.ObservedGeneration, s.generation)
		synced := s.synced(b)
		synced.LastTransitionTime = now
		meta.SetStatusCondition(&status.Conditions, synced)
		return nil
	}
}

// synced is the leader's own condition.
func (s *scope) synced(b *blocked) metav1.Condition {
	condition := metav1.Condition{
		Type:               video.ConditionSynced,
		Status:             metav1.ConditionTrue,
		ObservedGeneration: s.generation,
		Reason:             video.ReasonSynced,
		Message:            "the spec has reached Mux",
	}
	switch {
	case b != nil:
		condition.Status, condition.Reason, condition.Message = metav1.ConditionFalse, b.reason, b.Error()
	case s.status().Creation != nil && s.status().Creation.DuplicateID != "":
		condition.Message = fmt.Sprintf("the spec has reached Mux; a create that was thought lost has also made %s there: delete it in Mux's dashboard if nobody uses it",
			s.status().Creation.DuplicateID)
	case s.observes():
		condition.Reason, condition.Message = video.ReasonObserved, "the object follows what Mux has; its spec changes nothing there"
	}
	return condition
}

// observes is true for an object that must not change anything at Mux.
func (s *scope) observes() bool {
	return s.spec().ManagementPolicy == video.ManagementPolicyObserve
}

// createdByUs is true when the operator made the object at Mux, or may have: an intent exists.
func (s *scope) createdByUs() bool {
	return s.status().Creation != nil || s.object.GetAnnotations()[video.AnnotationCreateToken] != ""
}

// deletes is the deletion policy in force. Unset deletes what the operator created and keeps everything else; an object
// that only observes never deletes.
func (s *scope) deletes() bool {
	switch {
	case s.observes():
		return false
	case s.spec().DeletionPolicy == "":
		return s.createdByUs()
	default:
		return s.spec().DeletionPolicy == video.DeletionPolicyDelete
	}
}
