// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// assetRequest is the body of POST /video/v1/assets.
type assetRequest struct{ mux.CreateAssetRequest }

// send puts the token into meta.external_id, which comes back in webhooks and lists.
func (a *assetRequest) send(ctx context.Context, c *mux.Client, token string) (told, error) {
	a.SetExternalID(token)
	answer, err := c.CreateAsset(ctx, a.CreateAssetRequest)
	return toldAsset(&answer, projection.SourceWrite), err
}

// request turns the spec into a create. Values from Secrets go into it and nowhere else, and no master is asked for whose URL
// could not be given on.
func (k assetKind) request(ctx context.Context, r *follower, o commit.Followed) (createRequest, error) {
	if name := k.secretName(o); name != "" && assetOf(o).Spec.MasterAccess == masterTemporary {
		if err := r.secretIsFree(ctx, o, name); err != nil {
			return nil, err
		}
	}
	spec, namespace := &assetOf(o).Spec, o.GetNamespace()
	request := &assetRequest{mux.CreateAssetRequest{AssetSettings: assetSettings(&spec.AssetSettings), CopyOverlays: spec.CopyOverlays}}
	for i := range spec.Inputs {
		input, err := r.input(ctx, namespace, &spec.Inputs[i])
		if err != nil {
			return nil, err
		}
		request.Inputs = append(request.Inputs, input)
	}
	for i := range spec.TextTracks {
		track := &spec.TextTracks[i]
		url, err := r.url(ctx, namespace, track.URL, track.URLFrom)
		if err != nil {
			return nil, err
		}
		request.Inputs = append(request.Inputs, mux.Input{
			URL: url, Type: "text", TextType: "subtitles", LanguageCode: track.LanguageCode, Name: track.Name,
			ClosedCaptions: track.ClosedCaptions, Passthrough: track.Passthrough,
		})
	}
	if len(request.Inputs) > 0 {
		main := &request.Inputs[0]
		main.GeneratedSubtitles = append(main.GeneratedSubtitles, generatedSubtitles(spec.GeneratedSubtitles)...)
	}
	return request, nil
}

func (r *follower) input(ctx context.Context, namespace string, input *video.AssetInput) (mux.Input, error) {
	url, err := r.url(ctx, namespace, input.URL, input.URLFrom)
	return mux.Input{
		URL:                url,
		Type:               input.Type,
		TextType:           input.TextType,
		LanguageCode:       input.LanguageCode,
		Name:               input.Name,
		ClosedCaptions:     input.ClosedCaptions,
		Passthrough:        input.Passthrough,
		StartTime:          seconds(input.StartTime),
		EndTime:            seconds(input.EndTime),
		OverlaySettings:    overlaySettings(input.OverlaySettings),
		GeneratedSubtitles: generatedSubtitles(input.GeneratedSubtitles),
	}, err
}

// url is the plain URL or the one in the Secret.
func (r *follower) url(ctx context.Context, namespace, plain string, from *video.SecretKeyReference) (mux.Secret, error) {
	if from == nil {
		return mux.Secret(plain), nil
	}
	value, err := r.options.Secrets.ValueOnce(ctx, namespace, from.Name, from.Key)
	if err != nil {
		return "", fromSecret(err)
	}
	return mux.Secret(value), nil
}

func seconds(d *metav1.Duration) *float64 {
	if d == nil {
		return nil
	}
	s := d.Seconds()
	return &s
}

func overlaySettings(o *video.OverlaySettings) *mux.OverlaySettings {
	if o == nil {
		return nil
	}
	return &mux.OverlaySettings{
		VerticalAlign: o.VerticalAlign, VerticalMargin: o.VerticalMargin,
		HorizontalAlign: o.HorizontalAlign, HorizontalMargin: o.HorizontalMargin,
		Width: o.Width, Height: o.Height, Opacity: o.Opacity,
	}
}

func generatedSubtitles(subtitles []video.GeneratedSubtitles) []mux.GeneratedSubtitlesRequest {
	var requests []mux.GeneratedSubtitlesRequest
	for _, s := range subtitles {
		requests = append(requests, mux.GeneratedSubtitlesRequest{LanguageCode: s.LanguageCode, Name: s.Name, Passthrough: s.Passthrough})
	}
	return requests
}

// assetSettings turns the settings that assets, uploads and live streams share into Mux's form.
func assetSettings(settings *video.AssetSettings) mux.AssetSettings {
	request := mux.AssetSettings{
		Passthrough:       settings.Passthrough,
		VideoQuality:      settings.VideoQuality,
		MaxResolutionTier: settings.MaxResolutionTier,
		MP4Support:        settings.MP4Support,
		MasterAccess:      settings.MasterAccess,
		NormalizeAudio:    settings.NormalizeAudio,
		Test:              settings.Test,
		GenerateShots:     settings.GenerateShots,
	}
	if meta := settings.Meta; meta != nil {
		request.Meta = &mux.MetadataRequest{Title: meta.Title, CreatorID: meta.CreatorID, ExternalID: meta.ExternalID}
	}
	request.StaticRenditions = staticRenditions(settings.StaticRenditions)
	request.PlaybackPolicies, request.AdvancedPlaybackPolicies = playbackPolicies(settings.PlaybackPolicies)
	return request
}

// playbackPolicies uses Mux's plain list of policies, and the advanced form where one of them needs it.
func playbackPolicies(policies []video.PlaybackPolicy) (plain []string, advanced []mux.PlaybackPolicyRequest) {
	needed := false
	for _, p := range policies {
		needed = needed || p.DRMConfigurationID != ""
		plain = append(plain, p.Policy)
		advanced = append(advanced, mux.PlaybackPolicyRequest(p))
	}
	if needed {
		return nil, advanced
	}
	return plain, nil
}
