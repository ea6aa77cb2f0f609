// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"net/http"
)

const (
	liveStreamsRoute = "/video/v1/live-streams"
	liveStreamRoute  = liveStreamsRoute + "/{id}"
	renditionsRoute  = liveStreamRoute + "/new-asset-settings/static-renditions"
)

func (l *LiveStream) id() string      { return l.ID }
func (s *SimulcastTarget) id() string { return s.ID }

// CreateLiveStream makes a live stream. After IsUnknownOutcome it may exist.
func (c *Client) CreateLiveStream(ctx context.Context, request CreateLiveStreamRequest) (Answer[LiveStream], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: liveStreamsRoute, body: request}, (*LiveStream).id)
}

// GetLiveStream reads a live stream, with its secrets.
func (c *Client) GetLiveStream(ctx context.Context, id string) (Answer[LiveStream], error) {
	return identified(ctx, c, &call{method: http.MethodGet, route: liveStreamRoute, ids: []string{id}}, (*LiveStream).id)
}

// ListLiveStreams reads a page of live streams, newest first; a page shorter than limit is the last.
func (c *Client) ListLiveStreams(ctx context.Context, limit, page int) (Answer[[]LiveStream], error) {
	return do[[]LiveStream](ctx, c, &call{method: http.MethodGet, route: liveStreamsRoute, query: pageQuery(limit, page)})
}

// UpdateLiveStream changes a live stream.
func (c *Client) UpdateLiveStream(ctx context.Context, id string, request UpdateLiveStreamRequest) (Answer[LiveStream], error) {
	return identified(ctx, c, &call{method: http.MethodPatch, route: liveStreamRoute, ids: []string{id}, body: request}, (*LiveStream).id)
}

// DeleteLiveStream deletes a live stream; its recordings stay.
func (c *Client) DeleteLiveStream(ctx context.Context, id string) error {
	return c.remove(ctx, liveStreamRoute, id)
}

// CompleteLiveStream ends the recording; the encoder is cut off 60 s later.
func (c *Client) CompleteLiveStream(ctx context.Context, id string) error {
	return c.act(ctx, http.MethodPut, liveStreamRoute+"/complete", id)
}

// EnableLiveStream lets encoders connect.
func (c *Client) EnableLiveStream(ctx context.Context, id string) error {
	return c.act(ctx, http.MethodPut, liveStreamRoute+"/enable", id)
}

// DisableLiveStream cuts the encoder off and refuses others.
func (c *Client) DisableLiveStream(ctx context.Context, id string) error {
	return c.act(ctx, http.MethodPut, liveStreamRoute+"/disable", id)
}

// ResetStreamKey makes a new stream key; the old one stops at once. Repeated, it makes another.
func (c *Client) ResetStreamKey(ctx context.Context, id string) (Answer[LiveStream], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: liveStreamRoute + "/reset-stream-key", ids: []string{id}}, (*LiveStream).id)
}

// CreateLiveStreamPlaybackID adds a playback id. Repeated, it adds another.
func (c *Client) CreateLiveStreamPlaybackID(ctx context.Context, id string, request PlaybackPolicyRequest) (Answer[PlaybackID], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: liveStreamRoute + "/playback-ids", ids: []string{id}, body: request}, (*PlaybackID).id)
}

// DeleteLiveStreamPlaybackID removes a playback id.
func (c *Client) DeleteLiveStreamPlaybackID(ctx context.Context, id, playbackID string) error {
	return c.remove(ctx, liveStreamRoute+"/playback-ids/{playback_id}", id, playbackID)
}

// CreateSimulcastTarget adds a target; the stream must be idle.
func (c *Client) CreateSimulcastTarget(ctx context.Context, id string, request SimulcastTargetRequest) (Answer[SimulcastTarget], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: liveStreamRoute + "/simulcast-targets", ids: []string{id}, body: request}, (*SimulcastTarget).id)
}

// GetSimulcastTarget reads a target.
func (c *Client) GetSimulcastTarget(ctx context.Context, id, targetID string) (Answer[SimulcastTarget], error) {
	return identified(ctx, c, &call{method: http.MethodGet, route: liveStreamRoute + "/simulcast-targets/{target_id}", ids: []string{id, targetID}}, (*SimulcastTarget).id)
}

// DeleteSimulcastTarget removes a target; the stream must be idle.
func (c *Client) DeleteSimulcastTarget(ctx context.Context, id, targetID string) error {
	return c.remove(ctx, liveStreamRoute+"/simulcast-targets/{target_id}", id, targetID)
}

// SetEmbeddedSubtitles replaces the embedded subtitles; an empty list clears them.
func (c *Client) SetEmbeddedSubtitles(ctx context.Context, id string, subtitles []EmbeddedSubtitlesRequest) (Answer[LiveStream], error) {
	body := map[string]any{"embedded_subtitles": orEmpty(subtitles)}
	return identified(ctx, c, &call{method: http.MethodPut, route: liveStreamRoute + "/embedded-subtitles", ids: []string{id}, body: body}, (*LiveStream).id)
}

// SetGeneratedSubtitles replaces the generated subtitles; an empty list clears them.
func (c *Client) SetGeneratedSubtitles(ctx context.Context, id string, subtitles []LiveSubtitlesRequest) (Answer[LiveStream], error) {
	body := map[string]any{"generated_subtitles": orEmpty(subtitles)}
	return identified(ctx, c, &call{method: http.MethodPut, route: liveStreamRoute + "/generated-subtitles", ids: []string{id}, body: body}, (*LiveStream).id)
}

// SetNewAssetStaticRenditions replaces the files that future recordings get.
func (c *Client) SetNewAssetStaticRenditions(ctx context.Context, id string, renditions []StaticRenditionRequest) (Answer[LiveStream], error) {
	body := map[string]any{"static_renditions": orEmpty(renditions)}
	return identified(ctx, c, &call{method: http.MethodPut, route: renditionsRoute, ids: []string{id}, body: body}, (*LiveStream).id)
}

// DeleteNewAssetStaticRenditions removes the files that future recordings get.
func (c *Client) DeleteNewAssetStaticRenditions(ctx context.Context, id string) error {
	return c.remove(ctx, renditionsRoute, id)
}

// orEmpty makes sure that a list is sent as [], which clears, and not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
