// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

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
	if creation := s.asset.Status.Creation; creation != nil && creation.UnknownSince != nil {
		s.edit(func(status *video.MuxAssetStatus) {
			if status.Creation != nil {
				status.Creation.UnknownSince = nil
			}
		})
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
	holders, err := r.otherHolders(ctx, s, id)
	if err != nil {
		return err
	}
	for _, holder := range holders {
		if holdsBefore(holder, s.asset) {
			return waiting(video.ReasonIDConflict, unwatchedRetry, "MuxAsset %s/%s already holds the asset %s; delete one of the two objects",
				holder.Namespace, holder.Name, id)
		}
	}
	return nil
}

// otherHolders are the other objects, not being deleted, that hold the Mux id through the same MuxEnvironment and, where it
// matters, before the id is taken and before it is deleted, through any that stands for the same Mux environment.
func (r *assetReconciler) otherHolders(ctx context.Context, s *assetScope, id string) ([]*video.MuxAsset, error) {
	key := environment.Key(s.asset.Spec.EnvironmentRef, s.asset.Namespace)
	candidates, err := commit.AssetsByID(ctx, r.client, key, id)
	if err != nil {
		return nil, err
	}
	if s.asset.Status.ID == "" || !s.asset.DeletionTimestamp.IsZero() {
		var all video.MuxAssetList
		if err := r.client.List(ctx, &all, listAll); err != nil {
			return nil, err
		}
		for i := range all.Items {
			if other := &all.Items[i]; other.Status.ID == id && other.Status.EnvironmentID == s.environmentID() {
				candidates = append(candidates, *other)
			}
		}
	}
	var holders []*video.MuxAsset
	for i := range candidates {
		if other := &candidates[i]; other.UID != s.asset.UID && other.DeletionTimestamp.IsZero() {
			holders = append(holders, other)
		}
	}
	return holders, nil
}

// environmentID is the Mux environment that the asset lives in, as far as it is known.
func (s *assetScope) environmentID() string {
	if s.asset.Status.EnvironmentID == "" && s.env != nil {
		return s.env.Status.EnvironmentID
	}
	return s.asset.Status.EnvironmentID
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

// notFoundRetry is when to ask again for an asset that Mux gave an id to and does not show.
const notFoundRetry = 30 * time.Second

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
		if err := trustNotFound(ctx, muxClient, s.env); err != nil {
			return err
		}
		if s.asset.Spec.Import == nil { // ours, made a moment ago
			return waiting(video.ReasonNotFound, notFoundRetry, "Mux does not show the asset %s yet, or no longer; delete this object if it was deleted at Mux", id)
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
