// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// expire deletes an upload whose time after its end is over. The MuxAsset of its file belongs to nobody and stays. It is made
// by the first webhook of the asset, which needs the MuxUpload for that, so this waits for it as long as Mux may redeliver.
func (r *follower) expire(ctx context.Context, s *scope) error {
	upload, ok := s.object.(*video.MuxUpload)
	if !ok || upload.Spec.TTLSecondsAfterFinished == nil {
		return nil
	}
	ended := endOf(upload)
	if ended.IsZero() {
		return nil
	}
	now := r.options.Clock()
	due := ended.Add(time.Duration(*upload.Spec.TTLSecondsAfterFinished) * time.Second)
	if wait := due.Sub(now); wait > 0 {
		s.lookAgain(wait)
		return nil
	}
	if now.Sub(ended) < minRetention {
		if there, err := r.assetIsThere(ctx, upload); err != nil {
			return err
		} else if !there {
			s.lookAgain(min(max(now.Sub(due), time.Second), time.Minute)) // in the cache, which costs nothing
			return nil
		}
	}
	uid, version := s.stored.GetUID(), s.stored.GetResourceVersion()
	if err := r.client.Delete(ctx, copyOf(s.stored), client.Preconditions{UID: &uid, ResourceVersion: &version}); err != nil {
		return staleOr(err)
	}
	ctrl.LoggerFrom(ctx).Info("deleted the object, which has ended", "ended", ended)
	return errDone
}

// endOf is when the upload ended, on Mux's clock; zero while it has not. Where the event that told of it has no time, it is when
// that was written.
func endOf(upload *video.MuxUpload) time.Time {
	status := &upload.Status
	var at time.Time
	switch {
	case status.State == "" || status.State == projection.StateWaiting || status.Stamps == nil:
		return time.Time{}
	case status.State == projection.StateDeleted:
		at = projection.StampTime(status.Stamps.Absent)
	default:
		at = projection.StampTime(status.Stamps.State)
	}
	for _, kind := range []string{video.ConditionStalled, video.ConditionReady} {
		if c := meta.FindStatusCondition(status.Conditions, kind); at.IsZero() && c != nil {
			at = c.LastTransitionTime.Time
		}
	}
	return at
}

// assetIsThere says whether an object follows the asset of the upload, or Mux made none.
func (r *follower) assetIsThere(ctx context.Context, upload *video.MuxUpload) (bool, error) {
	id := upload.Status.AssetID
	if id == "" {
		return true, nil
	}
	key := environment.Key(upload.Spec.EnvironmentRef, upload.Namespace)
	found, err := commit.Find(ctx, r.client, &video.MuxAssetList{}, commit.FieldID, key.String()+"/"+id)
	return len(found) > 0, err
}
