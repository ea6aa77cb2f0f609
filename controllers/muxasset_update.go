// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// update sends passthrough and metadata, and mends drift in what the spec owns of them.
func (assetKind) update(ctx context.Context, r *follower, s *scope) error {
	asset := assetOf(s.object)
	status := &asset.Status
	if status.State == projection.StateDeleted || status.State == projection.StateErrored {
		return nil
	}
	change, acknowledged := diffMetadata(&asset.Spec, status)
	if change == nil {
		return partsUnchanged(asset, status.Acknowledged)
	}
	request := digestOf(change)
	if err := r.refusals.check(s.object, request, r.options.Clock()); err != nil {
		return err
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	// The answer to our own change is no older than anything the status knew when the change was sent.
	newest := projection.NewestTime(status)
	answer, err := muxClient.UpdateAsset(ctx, status.ID, *change)
	if mux.IsNotFound(err) {
		return r.gone(ctx, s, muxClient, answer.Meta)
	}
	if err != nil {
		err = fromMux(err, "update the asset "+status.ID)
		r.refusals.keep(s.object, request, r.options.Clock(), err)
		return err
	}
	at := answer.Meta.AsOf(mux.GetMargin)
	if at.Before(newest) {
		at = newest
	}
	s.observe(toldAssetAt(&answer, at, projection.SourceWrite))
	s.find(func(o commit.Followed) { assetOf(o).Status.Acknowledged = acknowledged })
	return partsUnchanged(assetOf(s.object), acknowledged)
}

// partsUnchanged says so where the spec asks for other parts than the asset was created with, or than an adopted asset has:
// each takes calls of its own, which this release does not make.
func partsUnchanged(asset *video.MuxAsset, acknowledged *video.AssetAcknowledged) error {
	created := acknowledged != nil && acknowledged.Parts != ""
	if created && acknowledged.Parts == partsOf(&asset.Spec) {
		return nil
	}
	if !created && (asset.Status.State != projection.StateReady || !projection.LacksDeclared(asset)) {
		return nil
	}
	return terminal(video.ReasonUpdateUnsupported,
		"playbackPolicies, textTracks, generatedSubtitles, staticRenditions, mp4Support and masterAccess of an existing asset cannot be changed by this release; declare what the asset has, or make a new MuxAsset")
}

// partsOf is a digest of the spec's parts.
func partsOf(spec *video.MuxAssetSpec) string {
	parts, err := json.Marshal([]any{spec.PlaybackPolicies, spec.TextTracks, spec.GeneratedSubtitles, spec.StaticRenditions, spec.MP4Support, spec.MasterAccess})
	if err != nil {
		panic(err) // plain data always has a JSON form
	}
	sum := sha256.Sum256(parts)
	return hex.EncodeToString(sum[:8])
}

// diffMetadata compares spec, acknowledged and shown of the texts that PATCH /video/v1/assets can change. It returns nil
// when there is nothing to send.
func diffMetadata(spec *video.MuxAssetSpec, status *video.MuxAssetStatus) (*mux.UpdateAssetRequest, *video.AssetAcknowledged) {
	meta, shown, known := spec.Meta, status.Meta, status.Acknowledged
	if meta == nil {
		meta = &video.AssetMeta{}
	}
	if shown == nil {
		shown = &video.AssetMetaStatus{}
	}
	if known == nil {
		known = &video.AssetAcknowledged{}
	}
	own := status.Stamps != nil && projection.StampSource(status.Stamps.Snapshot) == projection.SourceWrite
	acknowledged := &video.AssetAcknowledged{Parts: known.Parts}
	var passthrough, title, creatorID, externalID *string
	passthrough, acknowledged.Passthrough = field{spec.Passthrough, known.Passthrough, status.Passthrough}.next(own)
	title, acknowledged.Title = field{meta.Title, known.Title, shown.Title}.next(own)
	creatorID, acknowledged.CreatorID = field{meta.CreatorID, known.CreatorID, shown.CreatorID}.next(own)
	externalID, acknowledged.ExternalID = field{meta.ExternalID, known.ExternalID, shown.ExternalID}.next(own)
	if passthrough == nil && title == nil && creatorID == nil && externalID == nil {
		return nil, nil
	}
	request := &mux.UpdateAssetRequest{Passthrough: passthrough}
	if title != nil || creatorID != nil || externalID != nil {
		// All of meta goes together: whether Mux merges or replaces it is not documented, and this is right either way.
		request.Meta = &mux.MetadataRequest{
			Title:      firstSet(title, shown.Title),
			CreatorID:  firstSet(creatorID, shown.CreatorID),
			ExternalID: firstSet(externalID, shown.ExternalID),
		}
	}
	return request, acknowledged
}

// firstSet is the value to send or, where there is none, what is shown, if anything.
func firstSet(send *string, shown string) *string {
	if send == nil && shown != "" {
		return &shown
	}
	return send
}
