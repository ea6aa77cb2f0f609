// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

const (
	assetsRoute = "/video/v1/assets"
	assetRoute  = assetsRoute + "/{id}"
)

// WhoAmI says who the access token is. It works with every token.
func (c *Client) WhoAmI(ctx context.Context) (Answer[Identity], error) {
	return identified(ctx, c, &call{method: http.MethodGet, route: "/system/v1/whoami"}, (*Identity).id)
}

// CreateAsset makes an asset. After IsUnknownOutcome it may exist.
func (c *Client) CreateAsset(ctx context.Context, request CreateAssetRequest) (Answer[Asset], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: assetsRoute, body: request}, (*Asset).id)
}

func (a *Asset) id() string           { return a.ID }
func (p *PlaybackID) id() string      { return p.ID }
func (t *Track) id() string           { return t.ID }
func (r *StaticRendition) id() string { return r.ID }

// GetAsset reads an asset.
func (c *Client) GetAsset(ctx context.Context, id string) (Answer[Asset], error) {
	return identified(ctx, c, &call{method: http.MethodGet, route: assetRoute, ids: []string{id}}, (*Asset).id)
}

// ListAssetsOptions choose a page of assets. Zero values are left to Mux.
type ListAssetsOptions struct {
	Limit        int // at most 100
	Page         int // from 1; or Cursor
	Cursor       string
	LiveStreamID string
	UploadID     string
}

func (o ListAssetsOptions) query() url.Values {
	query := pageQuery(o.Limit, o.Page)
	setText(query, "cursor", o.Cursor)
	setText(query, "live_stream_id", o.LiveStreamID)
	setText(query, "upload_id", o.UploadID)
	return query
}

func pageQuery(limit, page int) url.Values {
	query := url.Values{}
	if limit > 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	if page > 0 {
		query.Set("page", strconv.Itoa(page))
	}
	return query
}

func setText(query url.Values, key, value string) {
	if value != "" {
		query.Set(key, value)
	}
}

// AssetPage is a page of assets, newest first.
type AssetPage struct {
	Items []Asset
	// NextCursor leads to the next page; "" on the last.
	NextCursor string
}

// ListAssets reads a page of assets, newest first. Assets may be missing that were made within the last minute.
func (c *Client) ListAssets(ctx context.Context, o ListAssetsOptions) (Answer[AssetPage], error) {
	found, next, err := page[[]Asset](ctx, c, &call{method: http.MethodGet, route: assetsRoute, query: o.query()})
	return Answer[AssetPage]{Value: AssetPage{Items: found.Value, NextCursor: next}, Meta: found.Meta}, err
}

// UpdateAsset changes an asset's passthrough and metadata.
func (c *Client) UpdateAsset(ctx context.Context, id string, request UpdateAssetRequest) (Answer[Asset], error) {
	return identified(ctx, c, &call{method: http.MethodPatch, route: assetRoute, ids: []string{id}, body: request}, (*Asset).id)
}

// DeleteAsset deletes an asset with all that belongs to it.
func (c *Client) DeleteAsset(ctx context.Context, id string) error {
	return c.remove(ctx, assetRoute, id)
}

func (c *Client) remove(ctx context.Context, route string, ids ...string) error {
	return c.act(ctx, http.MethodDelete, route, ids...)
}

// CreateAssetPlaybackID adds a playback id. Repeated, it adds another.
func (c *Client) CreateAssetPlaybackID(ctx context.Context, assetID string, request PlaybackPolicyRequest) (Answer[PlaybackID], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: assetRoute + "/playback-ids", ids: []string{assetID}, body: request}, (*PlaybackID).id)
}

// DeleteAssetPlaybackID removes a playback id.
func (c *Client) DeleteAssetPlaybackID(ctx context.Context, assetID, id string) error {
	return c.remove(ctx, assetRoute+"/playback-ids/{playback_id}", assetID, id)
}

// CreateTrack adds a text or audio track to a ready asset.
func (c *Client) CreateTrack(ctx context.Context, assetID string, request CreateTrackRequest) (Answer[Track], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: assetRoute + "/tracks", ids: []string{assetID}, body: request}, (*Track).id)
}

// UpdateTrack changes the names of a track; its content cannot be changed.
func (c *Client) UpdateTrack(ctx context.Context, assetID, id string, request UpdateTrackRequest) (Answer[Track], error) {
	return identified(ctx, c, &call{method: http.MethodPatch, route: assetRoute + "/tracks/{track_id}", ids: []string{assetID, id}, body: request}, (*Track).id)
}

// DeleteTrack removes a text track or an additional audio track.
func (c *Client) DeleteTrack(ctx context.Context, assetID, id string) error {
	return c.remove(ctx, assetRoute+"/tracks/{track_id}", assetID, id)
}

// GenerateSubtitles asks for subtitles from the sound of an audio track.
func (c *Client) GenerateSubtitles(ctx context.Context, assetID, audioTrackID string, subtitles []GeneratedSubtitlesRequest) (Answer[[]Track], error) {
	body := map[string]any{"generated_subtitles": orEmpty(subtitles)}
	return do[[]Track](ctx, c, &call{method: http.MethodPost, route: assetRoute + "/tracks/{track_id}/generate-subtitles", ids: []string{assetID, audioTrackID}, body: body})
}

// CreateStaticRendition asks for a file of an asset.
func (c *Client) CreateStaticRendition(ctx context.Context, assetID string, request StaticRenditionRequest) (Answer[StaticRendition], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: assetRoute + "/static-renditions", ids: []string{assetID}, body: request}, (*StaticRendition).id)
}

// DeleteStaticRendition removes a file of an asset.
func (c *Client) DeleteStaticRendition(ctx context.Context, assetID, id string) error {
	return c.remove(ctx, assetRoute+"/static-renditions/{rendition_id}", assetID, id)
}

// SetMasterAccess is temporary or none.
func (c *Client) SetMasterAccess(ctx context.Context, assetID, access string) (Answer[Asset], error) {
	body := map[string]string{"master_access": access}
	return identified(ctx, c, &call{method: http.MethodPut, route: assetRoute + "/master-access", ids: []string{assetID}, body: body}, (*Asset).id)
}

// SetMP4Support is Mux's older way to ask for files.
func (c *Client) SetMP4Support(ctx context.Context, assetID, support string) (Answer[Asset], error) {
	body := map[string]string{"mp4_support": support}
	return identified(ctx, c, &call{method: http.MethodPut, route: assetRoute + "/mp4-support", ids: []string{assetID}, body: body}, (*Asset).id)
}
