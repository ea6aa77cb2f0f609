// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// liveStreamRequest is the body of POST /video/v1/live-streams.
type liveStreamRequest struct{ mux.CreateLiveStreamRequest }

// send puts the token into passthrough, which comes back in webhooks and lists. A text of the user's own is set by the update phase.
func (l *liveStreamRequest) send(ctx context.Context, c *mux.Client, token string) (told, error) {
	request := l.CreateLiveStreamRequest
	request.Passthrough = &token
	answer, err := c.CreateLiveStream(ctx, request)
	return toldLiveStreamAt(&answer, answer.Meta.AsOf(mux.GetMargin), projection.SourceWrite), err
}

// request turns the spec into a create. Values from Secrets go into it and nowhere else, and nothing is created whose stream key
// could not be given on.
func (k liveStreamKind) request(ctx context.Context, r *follower, o commit.Followed) (createRequest, error) {
	if name := k.secretName(o); name != "" {
		if err := r.secretIsFree(ctx, o, name); err != nil {
			return nil, err
		}
	}
	spec := &liveStreamOf(o).Spec
	request := newLiveStreamRequest(spec)
	for i := range spec.SimulcastTargets {
		target, err := r.simulcastTarget(ctx, o.GetNamespace(), &spec.SimulcastTargets[i])
		if err != nil {
			return nil, err
		}
		request.SimulcastTargets = append(request.SimulcastTargets, target)
	}
	return request, nil
}

// newLiveStreamRequest is the create without what it takes from Secrets.
func newLiveStreamRequest(spec *video.MuxLiveStreamSpec) *liveStreamRequest {
	request := &liveStreamRequest{mux.CreateLiveStreamRequest{
		LatencyMode:                spec.LatencyMode,
		UseSlateForStandardLatency: spec.UseSlateForStandardLatency,
		AudioOnly:                  spec.AudioOnly,
		Test:                       spec.Test,
		EmbeddedSubtitles:          embeddedSubtitles(spec.EmbeddedSubtitles),
		GeneratedSubtitles:         liveSubtitles(spec.GeneratedSubtitles),
		ReconnectWindow:            inSeconds[float64](spec.ReconnectWindowSeconds),
		MaxContinuousDuration:      inSeconds[int64](spec.MaxContinuousDurationSeconds),
	}}
	request.PlaybackPolicies, request.AdvancedPlaybackPolicies = playbackPolicies(spec.PlaybackPolicies)
	if spec.ReconnectSlateURL != nil {
		request.ReconnectSlateURL = new(mux.Secret(*spec.ReconnectSlateURL))
	}
	if spec.Meta != nil && spec.Meta.Title != nil {
		request.Meta = &mux.MetadataRequest{Title: spec.Meta.Title}
	}
	if spec.NewAssetSettings != nil {
		request.NewAssetSettings = new(assetSettings(spec.NewAssetSettings))
	}
	return request
}

// inSeconds is an optional number of seconds in Mux's type.
func inSeconds[T int64 | float64](value *int32) *T {
	if value == nil {
		return nil
	}
	return new(T(*value))
}

func (r *follower) simulcastTarget(ctx context.Context, namespace string, target *video.SimulcastTarget) (mux.SimulcastTargetRequest, error) {
	url, err := r.url(ctx, namespace, target.URL, target.URLFrom)
	if err != nil {
		return mux.SimulcastTargetRequest{}, err
	}
	key, err := r.url(ctx, namespace, "", target.StreamKeySecretRef)
	return mux.SimulcastTargetRequest{URL: url, StreamKey: key, Passthrough: target.Name}, err
}

func embeddedSubtitles(subtitles []video.EmbeddedSubtitles) []mux.EmbeddedSubtitlesRequest {
	var requests []mux.EmbeddedSubtitlesRequest
	for _, s := range subtitles {
		requests = append(requests, mux.EmbeddedSubtitlesRequest{
			Name: s.Name, LanguageCode: s.LanguageCode, LanguageChannel: s.LanguageChannel, Passthrough: s.Passthrough,
		})
	}
	return requests
}

func liveSubtitles(subtitles []video.LiveGeneratedSubtitles) []mux.LiveSubtitlesRequest {
	var requests []mux.LiveSubtitlesRequest
	for _, s := range subtitles {
		requests = append(requests, mux.LiveSubtitlesRequest{
			Name: s.Name, LanguageCode: s.LanguageCode, Passthrough: s.Passthrough, TranscriptionVocabularyIDs: s.TranscriptionVocabularyIDs,
		})
	}
	return requests
}

func staticRenditions(renditions []video.StaticRendition) []mux.StaticRenditionRequest {
	var requests []mux.StaticRenditionRequest
	for _, rendition := range renditions {
		requests = append(requests, mux.StaticRenditionRequest(rendition))
	}
	return requests
}
