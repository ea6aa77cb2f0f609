// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// update sends what the spec says and Mux has not acknowledged, one call for each group of values, and mends drift in what the
// spec owns. What holds up one group does not hold up the others.
func (k assetKind) update(ctx context.Context, r *follower, s *scope) error {
	var first error
	for _, group := range []func(context.Context, *follower, *scope) error{
		k.updateMetadata, k.updateMP4Support, k.updateMasterAccess, k.requestMaster,
		func(ctx context.Context, r *follower, s *scope) error {
			return r.seeParts(ctx, s, assetParts, projection.StampTime(stampsOf(s.object).Snapshot))
		},
		func(ctx context.Context, r *follower, s *scope) error { return r.syncParts(ctx, s, assetParts) },
	} {
		if state := assetOf(s.object).Status.State; state == projection.StateDeleted || state == projection.StateErrored {
			return first
		}
		err := group(ctx, r, s)
		if !goesOn(err) {
			return err
		}
		first = cmp.Or(first, err)
	}
	return first
}

// updateMetadata sends passthrough and metadata.
func (assetKind) updateMetadata(ctx context.Context, r *follower, s *scope) error {
	asset := assetOf(s.object)
	change, acknowledged := diffMetadata(&asset.Spec, &asset.Status)
	if change == nil {
		return nil
	}
	return r.changeAsset(ctx, s, "update", change, func(c *mux.Client, id string) (mux.Answer[mux.Asset], error) {
		return c.UpdateAsset(ctx, id, *change)
	}, func(a *video.AssetAcknowledged) {
		a.Passthrough, a.Title, a.CreatorID, a.ExternalID = acknowledged.Passthrough, acknowledged.Title, acknowledged.CreatorID, acknowledged.ExternalID
	})
}

// updateMP4Support sends mp4Support. Mux shows what has become of it, and not what was asked for, so only a change of the spec
// counts.
func (assetKind) updateMP4Support(ctx context.Context, r *follower, s *scope) error {
	asset := assetOf(s.object)
	send, acknowledged := asked(asset.Spec.MP4Support, acknowledgedOf(asset).MP4Support)
	if send == nil {
		return nil
	}
	if err := onceReady(s.object); err != nil {
		return err
	}
	return r.changeAsset(ctx, s, "change mp4Support of", []any{"mp4", send}, func(c *mux.Client, id string) (mux.Answer[mux.Asset], error) {
		return c.SetMP4Support(ctx, id, *send)
	}, func(a *video.AssetAcknowledged) { a.MP4Support = acknowledged })
}

// updateMasterAccess sends masterAccess where the spec has changed. That it ends by itself after 24 hours is no drift.
func (assetKind) updateMasterAccess(ctx context.Context, r *follower, s *scope) error {
	asset := assetOf(s.object)
	send, acknowledged := asked(asset.Spec.MasterAccess, acknowledgedOf(asset).MasterAccess)
	if send == nil {
		return nil
	}
	if err := onceReady(s.object); err != nil {
		return err
	}
	return r.changeAsset(ctx, s, "change masterAccess of", []any{"master", send}, func(c *mux.Client, id string) (mux.Answer[mux.Asset], error) {
		return c.SetMasterAccess(ctx, id, *send)
	}, func(a *video.AssetAcknowledged) { a.MasterAccess = acknowledged })
}

// requestMaster carries out video.mux.com/request-master: the master for another 24 hours. Repeated, it does no more than that.
func (assetKind) requestMaster(ctx context.Context, r *follower, s *scope) error {
	token := s.object.GetAnnotations()[video.AnnotationRequestMaster]
	if token == "" || token == assetOf(s.object).Status.LastHandledMaster {
		return nil
	}
	if err := onceReady(s.object); err != nil {
		return err
	}
	err := r.changeAsset(ctx, s, "request the master of", []any{"request", token}, func(c *mux.Client, id string) (mux.Answer[mux.Asset], error) {
		return c.SetMasterAccess(ctx, id, masterTemporary)
	}, func(*video.AssetAcknowledged) {})
	if err == nil {
		s.find(func(o commit.Followed) { assetOf(o).Status.LastHandledMaster = token })
	}
	return err
}

// masterTemporary is the masterAccess that makes the master downloadable for 24 hours.
const masterTemporary = "temporary"

// asked is what to send of a value that Mux does not show as it was asked for, and what will then be acknowledged. "none" is what
// one that was set goes back to.
func asked(spec string, acknowledged *string) (send, next *string) {
	wanted := value[string]{acknowledged: acknowledged, cleared: none}
	if spec != "" {
		wanted.spec, wanted.shown = &spec, spec
	}
	return wanted.next(true)
}

func acknowledgedOf(asset *video.MuxAsset) *video.AssetAcknowledged {
	if asset.Status.Acknowledged == nil {
		return &video.AssetAcknowledged{}
	}
	return asset.Status.Acknowledged
}

// onceReady holds back what Mux takes of a ready asset alone; the event that tells of it starts the next reconcile.
func onceReady(o commit.Followed) error {
	if assetOf(o).Status.State == projection.StateReady {
		return nil
	}
	return waiting(video.ReasonPreparing, 0, "Mux is preparing the asset; what is left of the spec is sent when it is ready")
}

// changeAsset sends one change and takes its answer in. call says what it is, for messages, and request is what tells it from
// another.
func (r *follower) changeAsset(ctx context.Context, s *scope, call string, request any,
	send func(*mux.Client, string) (mux.Answer[mux.Asset], error), acknowledge func(*video.AssetAcknowledged),
) error {
	digest := digestOf(request)
	if err := r.refusals.check(s.object, digest, r.options.Clock()); err != nil {
		return err
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	status := &assetOf(s.object).Status
	// The answer to our own change is no older than anything the status knew when the change was sent.
	newest := projection.NewestTime(status)
	answer, err := send(muxClient, status.ID)
	if mux.IsNotFound(err) {
		return r.gone(ctx, s, muxClient, answer.Meta)
	}
	if err != nil {
		err = fromMux(err, call+" the asset "+status.ID)
		r.refusals.keep(s.object, digest, r.options.Clock(), err)
		return err
	}
	s.observe(toldAssetAt(&answer, laterOf(answer.Meta.AsOf(mux.GetMargin), newest), projection.SourceWrite))
	s.find(func(o commit.Followed) {
		acknowledged := *acknowledgedOf(assetOf(o))
		acknowledge(&acknowledged)
		assetOf(o).Status.Acknowledged = &acknowledged
	})
	return nil
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
	acknowledged := &video.AssetAcknowledged{MP4Support: known.MP4Support, MasterAccess: known.MasterAccess}
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
