// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// identify finds the asset's id where there is one: in the status, in the annotation that outlives a lost status, or in
// spec.import. An id that is not in the status yet is adopted with one GET.
func (r *assetReconciler) identify(ctx context.Context, s *assetScope) error {
	id := s.asset.GetMuxID()
	if id == "" {
		if s.observes() {
			return terminal(video.ReasonInvalid, "managementPolicy Observe needs spec.import.id")
		}
		return nil
	}
	if err := r.claim(ctx, s, id); err != nil {
		return err
	}
	if s.asset.Status.ID == "" || s.asset.Status.State == "" {
		if err := r.adopt(ctx, s, id); err != nil {
			return err
		}
	}
	return r.annotateID(ctx, s)
}

// claim makes sure that no older object holds the same id.
func (r *assetReconciler) claim(ctx context.Context, s *assetScope, id string) error {
	key := environment.Key(s.asset.Spec.EnvironmentRef, s.asset.Namespace)
	holders, err := commit.AssetsByID(ctx, r.client, key, id)
	if err != nil {
		return err
	}
	for i := range holders {
		if holder := &holders[i]; holder.UID != s.asset.UID && holdsBefore(holder, s.asset) {
			return terminal(video.ReasonIDConflict, "MuxAsset %s/%s already holds the asset %s; delete one of the two objects",
				holder.Namespace, holder.Name, id)
		}
	}
	return nil
}

// holdsBefore decides which of two objects with the same id keeps it: the one that has it in its status, then the older,
// then the one whose name comes first.
func holdsBefore(a, b *video.MuxAsset) bool {
	if held := a.Status.ID != ""; held != (b.Status.ID != "") {
		return held
	}
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return client.ObjectKeyFromObject(a).String() < client.ObjectKeyFromObject(b).String()
}

// adopt asks Mux for the asset and takes what it says. In an environment that only receives, the next webhook does.
func (r *assetReconciler) adopt(ctx context.Context, s *assetScope, id string) error {
	muxClient, err := r.connect(ctx, s)
	if b, ok := err.(*blocked); ok && b.reason == video.ReasonReceiveOnly && s.observes() {
		return waiting(video.ReasonPending, 0, "the environment only receives; the next webhook for the asset %s tells its state", id)
	}
	if err != nil {
		return err
	}
	answer, err := muxClient.GetAsset(ctx, id)
	switch {
	case mux.IsNotFound(err):
		if _, err := trustNotFound(ctx, muxClient); err != nil {
			return err
		}
		return terminal(video.ReasonNotFound, "Mux does not know the asset %s; correct spec.import.id, or delete this object", id)
	case err != nil:
		return fromMux(err, "read the asset "+id)
	}
	r.identified(s, id, projection.LiftAssetAnswer(&answer.Value, answer.Meta.AsOf(mux.GetMargin), projection.SourceGet, answer.Meta.Digest))
	return nil
}

// identified records the id together with the answer that gave it.
func (r *assetReconciler) identified(s *assetScope, id string, told projection.Asset) {
	s.observe(told)
	at, stamp := metav1.NewMicroTime(r.options.Clock()), told.SnapshotStamp()
	environmentID := s.env.Status.EnvironmentID
	s.edit(func(status *video.MuxAssetStatus) {
		status.ID = id
		status.EnvironmentID = environmentID
		status.Identified = &video.IdentifiedStatus{At: at, Stamp: stamp}
		if status.Creation != nil {
			status.Creation.UnknownSince = nil
		}
	})
}

// annotateID writes the id where it survives the loss of the status, and the finalizer with it.
func (r *assetReconciler) annotateID(ctx context.Context, s *assetScope) error {
	id := s.asset.GetMuxID()
	return r.patch(ctx, s, func(asset *video.MuxAsset) {
		metav1.SetMetaDataAnnotation(&asset.ObjectMeta, video.AnnotationID, id)
		s.finalizer(asset)
	})
}
