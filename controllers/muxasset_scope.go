// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// assetScope is what the phases of one reconcile share.
type assetScope struct {
	// stored is the object as the API server last gave it.
	stored *video.MuxAsset
	// asset is stored with what this reconcile has found; it is what the phases read.
	asset *video.MuxAsset
	// generation is the generation of the spec that this reconcile acts on.
	generation int64
	// env is the asset's environment; nil where it does not exist or must not be used.
	env *video.MuxEnvironment
	// envProblem is why the environment cannot be used; it matters only to a phase that has to call Mux.
	envProblem error

	// observed is what Mux told this reconcile.
	observed projection.Asset
	// edits change what the leader alone owns in the status.
	edits []func(*video.MuxAssetStatus)
	// heldUp is why a phase could not do its work, where the phases after it could do theirs.
	heldUp *blocked
	// next is when the object wants to be looked at again; 0 never.
	next time.Duration
	// released is true once the finalizer is gone: there is no status to write any more.
	released bool
}

func newAssetScope(stored *video.MuxAsset) *assetScope {
	return &assetScope{stored: stored, asset: stored.DeepCopy(), generation: stored.Generation}
}

// accept takes a newer version of the object from the API server, and brings what was found into it.
func (s *assetScope) accept(stored *video.MuxAsset) {
	s.stored, s.asset = stored, stored.DeepCopy()
	for _, change := range s.edits {
		change(&s.asset.Status)
	}
	projection.ReadAsset(&s.asset.Status).Join(s.observed).Write(&s.asset.Status)
}

// observe joins what Mux has just told.
func (s *assetScope) observe(told projection.Asset) {
	s.observed = s.observed.Join(told)
	projection.ReadAsset(&s.asset.Status).Join(told).Write(&s.asset.Status)
}

// edit changes the leader's own part of the status, now and in the patch at the end.
func (s *assetScope) edit(change func(*video.MuxAssetStatus)) {
	change(&s.asset.Status)
	s.edits = append(s.edits, change)
}

// write is the change that publish commits. It may run on a newer object than the phases saw, so it brings in only what
// this reconcile found.
func (s *assetScope) write(b *blocked, now metav1.Time) func(*video.MuxAsset) error {
	return func(asset *video.MuxAsset) error {
		for _, change := range s.edits {
			change(&asset.Status)
		}
		projection.ReadAsset(&asset.Status).Join(s.observed).Write(&asset.Status)
		asset.Status.ObservedGeneration = max(asset.Status.ObservedGeneration, s.generation)
		synced := s.synced(b)
		synced.LastTransitionTime = now
		meta.SetStatusCondition(&asset.Status.Conditions, synced)
		return nil
	}
}

// synced is the leader's own condition.
func (s *assetScope) synced(b *blocked) metav1.Condition {
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
	case s.asset.Status.Creation != nil && s.asset.Status.Creation.DuplicateID != "":
		condition.Message = fmt.Sprintf("the spec has reached Mux; a create that was thought lost has also made the asset %s there: delete it in Mux's dashboard if nobody uses it",
			s.asset.Status.Creation.DuplicateID)
	case s.observes():
		condition.Reason, condition.Message = video.ReasonObserved, "the object follows what Mux has; its spec changes nothing there"
	}
	return condition
}

// observes is true for an object that must not change anything at Mux.
func (s *assetScope) observes() bool {
	return s.asset.Spec.ManagementPolicy == video.ManagementPolicyObserve
}

// createdByUs is true when the operator made the asset at Mux, or may have: an intent exists.
func (s *assetScope) createdByUs() bool {
	return s.asset.Status.Creation != nil || s.asset.Annotations[video.AnnotationCreateToken] != ""
}

// deletes is the deletion policy in force. Unset deletes what the operator created and keeps everything else; an object
// that only observes never deletes.
func (s *assetScope) deletes() bool {
	switch {
	case s.observes():
		return false
	case s.asset.Spec.DeletionPolicy == "":
		return s.createdByUs()
	default:
		return s.asset.Spec.DeletionPolicy == video.DeletionPolicyDelete
	}
}
