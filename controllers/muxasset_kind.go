// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// +kubebuilder:rbac:groups=video.mux.com,resources=muxassets,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=video.mux.com,resources=muxassets/status,verbs=patch

// assetKind is MuxAsset.
type assetKind struct{}

func (assetKind) name() string                  { return "muxasset" }
func (assetKind) noun() string                  { return "asset" }
func (assetKind) newObject() commit.Followed    { return &video.MuxAsset{} }
func (assetKind) newList() client.ObjectList    { return &video.MuxAssetList{} }
func assetOf(o commit.Followed) *video.MuxAsset { return o.(*video.MuxAsset) }

// changed passes a new state, a change of what the spec owns, and a part or a master that has come or gone.
func (assetKind) changed(before, after commit.Followed) bool {
	was, is := &assetOf(before).Status, &assetOf(after).Status
	return was.State != is.State || was.Passthrough != is.Passthrough || !equality.Semantic.DeepEqual(was.Meta, is.Meta) ||
		masterChanged(before, after) || partsChanged(assetParts, before, after)
}

func (assetKind) takesFrom(o commit.Followed, secret string) bool {
	names := func(from *video.SecretKeyReference) bool { return from != nil && from.Name == secret }
	spec := &assetOf(o).Spec
	return slices.ContainsFunc(spec.Inputs, func(i video.AssetInput) bool { return names(i.URLFrom) }) ||
		slices.ContainsFunc(spec.TextTracks, func(t video.TextTrack) bool { return names(t.URLFrom) })
}

func (assetKind) get(ctx context.Context, c *mux.Client, id string) (told, error) {
	answer, err := c.GetAsset(ctx, id)
	return toldAsset(&answer, projection.SourceGet), err
}

// toldAsset is what an answer tells of an asset, with what goes into its Secret.
func toldAsset(answer *mux.Answer[mux.Asset], source string) told {
	return toldAssetAt(answer, answer.Meta.AsOf(mux.GetMargin), source)
}

func toldAssetAt(answer *mux.Answer[mux.Asset], at time.Time, source string) told {
	t := toldOfAsset(projection.LiftAssetAnswer(&answer.Value, at, source, answer.Meta.Digest))
	t.id, t.meta = answer.Value.ID, answer.Meta
	t.secrets = masterSecrets(&answer.Value)
	return t
}

func toldOfAsset(lifted projection.Asset) told {
	return told{
		snapshot: lifted.SnapshotStamp(),
		join: func(o commit.Followed) {
			status := &assetOf(o).Status
			projection.ReadAsset(status).Join(lifted).Write(status)
		},
	}
}

func (assetKind) absent(at time.Time) told { return toldOfAsset(projection.LiftAssetAbsence(at)) }

func (assetKind) delete(ctx context.Context, c *mux.Client, id string) error {
	return c.DeleteAsset(ctx, id)
}

func (assetKind) ended(o commit.Followed) bool { return projection.DeletedForGood(&assetOf(o).Status) }

func (assetKind) known(o commit.Followed) bool { return assetOf(o).Status.State != "" }

// settled is true once an event has told that the asset is no longer preparing.
func (assetKind) settled(o commit.Followed) bool {
	status := &assetOf(o).Status
	return status.State != projection.StatePreparing && toldByEvent(status.Stamps.Snapshot)
}

// due asks for a GET where webhooks have not shown a part that was added.
func (assetKind) due(o commit.Followed, now time.Time) (time.Duration, bool) {
	return partsDue(assetParts, o, projection.StampTime(stampsOf(o).Snapshot), now)
}

func stampsOf(o commit.Followed) video.AssetStamps {
	if stamps := assetOf(o).Status.Stamps; stamps != nil {
		return *stamps
	}
	return video.AssetStamps{}
}

// awaited is true while an asset is prepared or its recording grows.
func (assetKind) awaited(o commit.Followed) bool {
	status := &assetOf(o).Status
	return status.State == projection.StatePreparing || (status.State == projection.StateReady && status.IsLive)
}

func (assetKind) createdAt(o commit.Followed) time.Time { return timeOf(assetOf(o).Status.CreatedAt) }

func (assetKind) page(ctx context.Context, c *mux.Client, cursor string) (page []told, next string, err error) {
	answer, err := c.ListAssets(ctx, mux.ListAssetsOptions{Limit: listLimit, Cursor: cursor})
	if err != nil {
		return nil, "", err
	}
	at := answer.Meta.AsOf(mux.ListMargin)
	for i := range answer.Value.Items {
		asset := &answer.Value.Items[i]
		t := toldOfAsset(projection.LiftAssetAnswer(asset, at, projection.SourceList, answer.Meta.Digest))
		t.id, t.created = asset.ID, asset.CreatedAt.Time
		page = append(page, t)
	}
	return page, answer.Value.NextCursor, nil
}

// toldByEvent says that a stamp is of a webhook's event.
func toldByEvent(stamp video.Stamp) bool { return !byReading(stamp) && !byOurChange(stamp) }

// acknowledge records what the create will have told Mux. meta.external_id carries the token, so a value of the user's own is
// sent by the update phase.
func (assetKind) acknowledge(o commit.Followed) {
	asset := assetOf(o)
	acknowledged := &video.AssetAcknowledged{
		Passthrough: asset.Spec.Passthrough, MP4Support: unlessEmpty(asset.Spec.MP4Support), MasterAccess: unlessEmpty(asset.Spec.MasterAccess),
	}
	if meta := asset.Spec.Meta; meta != nil {
		acknowledged.Title, acknowledged.CreatorID = meta.Title, meta.CreatorID
	}
	asset.Status.Acknowledged = acknowledged
	asset.Status.Children = askedFor(assetParts, o)
}

func (assetKind) forget(o commit.Followed) {
	assetOf(o).Status.Acknowledged, assetOf(o).Status.Children = nil, nil
}

// search reads assets, newest first, back to a time. The first that was made with the token is it; a later one is the duplicate.
func (assetKind) search(ctx context.Context, c *mux.Client, token string, oldest time.Time) (id, duplicate string, err error) {
	err = eachAsset(ctx, c, oldest, func(asset *mux.Asset) {
		if asset.Meta != nil && asset.Meta.ExternalID == token {
			duplicate, id = id, asset.ID
		}
	})
	return id, duplicate, err
}

// eachAsset shows all assets, newest first, on pages that go back to a time.
func eachAsset(ctx context.Context, c *mux.Client, oldest time.Time, show func(*mux.Asset)) error {
	for cursor := ""; ; {
		page, err := c.ListAssets(ctx, mux.ListAssetsOptions{Limit: listLimit, Cursor: cursor})
		if err != nil {
			return err
		}
		for i := range page.Value.Items {
			show(&page.Value.Items[i])
		}
		cursor = page.Value.NextCursor
		if cursor == "" || wentBackTo(page.Value.Items, oldest) {
			return nil
		}
	}
}

// wentBackTo says whether a page of newest-first assets reaches back before a time.
func wentBackTo(page []mux.Asset, oldest time.Time) bool {
	return len(page) == 0 || page[len(page)-1].CreatedAt.Time.Before(oldest)
}

// searchOwn finds those with the spec's own external id.
func (assetKind) searchOwn(ctx context.Context, c *mux.Client, o commit.Followed, from, until time.Time) (found []string, err error) {
	own := assetOf(o).Spec.Meta
	if own == nil || own.ExternalID == nil || *own.ExternalID == "" {
		return nil, nil
	}
	err = eachAsset(ctx, c, from, func(asset *mux.Asset) {
		if asset.Meta != nil && asset.Meta.ExternalID == *own.ExternalID && between(asset.CreatedAt.Time, from, until) {
			found = append(found, asset.ID)
		}
	})
	return found, err
}

// once is the master, which is then downloadable for another 24 hours.
func (assetKind) once() map[string]func(commit.Followed) *string {
	return map[string]func(commit.Followed) *string{
		video.AnnotationRequestMaster: func(o commit.Followed) *string { return &assetOf(o).Status.LastHandledMaster },
	}
}

func (assetKind) assume(o commit.Followed) {
	asset := assetOf(o)
	if asset.Status.Acknowledged == nil {
		asset.Status.Acknowledged = &video.AssetAcknowledged{
			MP4Support: unlessEmpty(asset.Spec.MP4Support), MasterAccess: unlessEmpty(asset.Spec.MasterAccess),
		}
	}
}
