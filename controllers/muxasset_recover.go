// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// searchMargin is how far Mux's clock may be behind ours when the search decides that it has gone back far enough.
const searchMargin = 5 * time.Minute

// recoverCreate finds out what became of a create that this reconcile did not send.
func (r *assetReconciler) recoverCreate(ctx context.Context, s *assetScope, muxClient *mux.Client) error {
	final := r.searchIsFinal(s) // before the search, which may wait for the budget
	found, duplicate, err := r.search(ctx, s, muxClient)
	if err != nil {
		return err
	}
	if found != nil {
		if err := r.recordID(ctx, s, found.ID); err != nil {
			return err
		}
		noteDuplicate(s, duplicate)
		ctrl.LoggerFrom(ctx).Info("found the asset of an earlier create", "id", found.ID)
		return r.adoptFound(ctx, s, muxClient, found.ID)
	}
	if !final {
		return waiting(video.ReasonCreateOutcomeUnknown, searchEvery,
			"a create was sent at %s and nothing is known of its outcome; waiting for the webhook and searching before it is sent again",
			s.asset.Annotations[video.AnnotationCreateTime])
	}
	ctrl.LoggerFrom(ctx).Info("the earlier create left nothing at Mux; it is sent again")
	if err := r.takeBackIntent(ctx, s); err != nil {
		return err
	}
	return r.send(ctx, s, muxClient)
}

func (r *assetReconciler) adoptFound(ctx context.Context, s *assetScope, muxClient *mux.Client, id string) error {
	answer, err := muxClient.GetAsset(ctx, id)
	if err != nil {
		return fromMux(err, "read the asset "+id)
	}
	r.identified(s, id, projection.LiftAssetAnswer(&answer.Value, answer.Meta.AsOf(mux.GetMargin), projection.SourceGet, answer.Meta.Digest))
	return r.annotateCreated(ctx, s)
}

// noteDuplicate names a second asset in the status, from where it gets into the Synced condition.
func noteDuplicate(s *assetScope, id string) {
	if id == "" {
		return
	}
	s.edit(func(status *video.MuxAssetStatus) {
		if status.Creation != nil {
			status.Creation.DuplicateID = id
		}
	})
}

// search looks for an asset that bears the object's token among the newest, back to the time of the intent. The first that
// was made is it; a later one is the duplicate.
func (r *assetReconciler) search(ctx context.Context, s *assetScope, muxClient *mux.Client) (first *mux.Asset, duplicate string, err error) {
	token := s.asset.Annotations[video.AnnotationCreateToken]
	oldest := createTime(s.asset).Add(-searchMargin)
	cursor := ""
	for {
		page, err := muxClient.ListAssets(ctx, mux.ListAssetsOptions{Limit: listLimit, Cursor: cursor})
		if err != nil {
			return nil, "", fromMux(err, "search for the asset of an earlier create")
		}
		for i := range page.Value.Items {
			asset := &page.Value.Items[i]
			if asset.Meta != nil && asset.Meta.ExternalID == token {
				if first != nil {
					duplicate = first.ID
				}
				first = asset // newest first: the last match is the first that was made
			}
		}
		cursor = page.Value.NextCursor
		if cursor == "" || wentBackTo(page.Value.Items, oldest) {
			return first, duplicate, nil
		}
	}
}

// listLimit is the largest page that Mux gives.
const listLimit = 100

// wentBackTo says whether a page of newest-first assets reaches back before a time.
func wentBackTo(page []mux.Asset, oldest time.Time) bool {
	return len(page) == 0 || page[len(page)-1].CreatedAt.Time.Before(oldest)
}

// createTime is when the intent was written; the annotation outlives the status.
func createTime(asset *video.MuxAsset) time.Time {
	if at, err := time.Parse(time.RFC3339Nano, asset.Annotations[video.AnnotationCreateTime]); err == nil {
		return at
	}
	if asset.Status.Creation != nil {
		return asset.Status.Creation.StartedAt.Time
	}
	return asset.CreationTimestamp.Time
}

// searchIsFinal says whether a create that was not found by now does not exist.
func (r *assetReconciler) searchIsFinal(s *assetScope) bool {
	return r.options.Clock().Sub(createTime(s.asset)) > r.certainlyOver()
}
