// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// confirmAfter is when an object whose id came with an answer is read once more, if webhooks have not told of a final state
// since: a receiver whose cache lagged may have passed over what happened in between. It is longer than a cache lags (seconds) and
// as long as the receiver holds back young events.
const confirmAfter = 30 * time.Second

// observe reads the asset where webhooks cannot have told everything: once after the id became known, and on request.
func (r *assetReconciler) observe(ctx context.Context, s *assetScope) error {
	request := s.asset.Annotations[video.AnnotationRequestRefresh]
	wanted, due := request != "" && request != s.asset.Status.LastHandledRefresh, r.confirmationDue(s)
	if !wanted && !due {
		return nil
	}
	if err := r.read(ctx, s); err != nil {
		return err
	}
	now := r.options.Clock()
	s.edit(func(status *video.MuxAssetStatus) {
		if wanted {
			status.LastHandledRefresh = request
		}
		if status.Identified != nil && now.Sub(status.Identified.At.Time) >= confirmAfter {
			status.Identified.Confirmed = true
		}
	})
	return nil
}

// confirmationDue says whether the confirming GET is to be made now; where it is to be made later, it asks for that.
func (r *assetReconciler) confirmationDue(s *assetScope) bool {
	status := &s.asset.Status
	if status.Identified == nil || status.Identified.Confirmed || status.Stamps == nil || s.envProblem != nil || s.asset.Spec.Suspend {
		return false
	}
	if toldByWebhook(status) || projection.DeletedForGood(status) {
		return false
	}
	if wait := confirmAfter - r.options.Clock().Sub(status.Identified.At.Time); wait > 0 {
		s.lookAgain(wait)
		return false
	}
	return true
}

// toldByWebhook says whether a webhook has told of a state after which nothing more is awaited.
func toldByWebhook(status *video.MuxAssetStatus) bool {
	return status.State != projection.StatePreparing && !byReading(status.Stamps.Snapshot) && !byOurChange(status.Stamps.Snapshot)
}

// read asks Mux for the asset and joins the answer.
func (r *assetReconciler) read(ctx context.Context, s *assetScope) error {
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	answer, err := muxClient.GetAsset(ctx, s.asset.Status.ID)
	if mux.IsNotFound(err) {
		return r.gone(ctx, s, muxClient, answer.Meta)
	}
	if err != nil {
		return fromMux(err, "read the asset "+s.asset.Status.ID)
	}
	s.observe(projection.LiftAssetAnswer(&answer.Value, answer.Meta.AsOf(mux.GetMargin), projection.SourceGet, answer.Meta.Digest))
	return nil
}

// gone takes in a 404 for an asset that was seen before, if the token has the right to see it. It holds for the time of the
// 404, not for that of the answer that makes it trustworthy.
func (r *assetReconciler) gone(ctx context.Context, s *assetScope, muxClient *mux.Client, told mux.Meta) error {
	if err := trustNotFound(ctx, muxClient, s.env); err != nil {
		return err
	}
	s.observe(projection.LiftAssetAbsence(told.AsOf(mux.GetMargin)))
	return nil
}
