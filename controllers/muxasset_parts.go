// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// assetParts are the parts of an asset, in the order in which they are seen to.
var assetParts = []partKind{
	{
		name: "playback-id", noun: "playback id", addFirst: true,
		wanted: func(o commit.Followed) []part {
			return playbackParts(assetOf(o).Spec.PlaybackPolicies, (*mux.Client).CreateAssetPlaybackID)
		},
		shown: func(o commit.Followed) shownParts {
			return shownPlaybackIDs(assetOf(o).Status.PlaybackIDs, stampsOf(o).PlaybackIDs)
		},
		hold: func(commit.Followed) error { return nil },
		remove: func(ctx context.Context, c *mux.Client, id, child string) error {
			return c.DeleteAssetPlaybackID(ctx, id, child)
		},
	},
	{
		name: "text-track", noun: "text track",
		wanted: textTrackParts,
		shown:  func(o commit.Followed) shownParts { return shownTracks(o, false) },
		hold:   onceReady,
		remove: removeTrack,
	},
	{
		name: "generated-subtitles", noun: "generated subtitles",
		wanted: generatedParts,
		shown:  func(o commit.Followed) shownParts { return shownTracks(o, true) },
		hold:   onceHeard,
		remove: removeTrack,
	},
	{
		name: "static-rendition", noun: "static rendition",
		wanted: renditionParts,
		shown:  shownRenditions,
		hold:   onceReady,
		remove: func(ctx context.Context, c *mux.Client, id, child string) error {
			return c.DeleteStaticRendition(ctx, id, child)
		},
	},
}

// always readies a request that takes nothing from Secrets.
func always(send sendPart) func(context.Context, *follower) (sendPart, error) {
	return func(context.Context, *follower) (sendPart, error) { return send, nil }
}

// playbackKey is the key of a playback policy. A DRM configuration is part of it, since it cannot be changed.
func playbackKey(policy, drmConfigurationID string) string {
	if drmConfigurationID == "" {
		return policy
	}
	return policy + "/" + drmConfigurationID
}

// playbackParts are the playback ids that policies ask for, of whatever kind of object.
func playbackParts(policies []video.PlaybackPolicy,
	create func(*mux.Client, context.Context, string, mux.PlaybackPolicyRequest) (mux.Answer[mux.PlaybackID], error),
) []part {
	var parts []part
	for _, policy := range policies {
		parts = append(parts, part{
			key: playbackKey(policy.Policy, policy.DRMConfigurationID),
			send: always(func(ctx context.Context, c *mux.Client, id string) (string, mux.Meta, error) {
				answer, err := create(c, ctx, id, mux.PlaybackPolicyRequest(policy))
				return answer.Value.ID, answer.Meta, err
			}),
		})
	}
	return parts
}

func shownPlaybackIDs(ids []video.PlaybackIDStatus, stamp video.Stamp) shownParts {
	shown := shownParts{asOf: projection.StampTime(stamp), complete: stamp != ""}
	for _, id := range ids {
		shown.parts = append(shown.parts, shownPart{id: id.ID, label: playbackKey(id.Policy, id.DRMConfigurationID)})
	}
	return shown
}

// textTrackParts are the text tracks that the spec declares. Of a URL in a Secret the reference counts and not the value, which
// may be signed anew any time.
func textTrackParts(o commit.Followed) []part {
	var parts []part
	for _, track := range assetOf(o).Spec.TextTracks {
		parts = append(parts, part{
			key:      track.Name,
			content:  partDigest(o, track.URL, track.URLFrom),
			settings: partDigest(o, track.LanguageCode, track.ClosedCaptions, track.Passthrough),
			send: func(ctx context.Context, r *follower) (sendPart, error) {
				url, err := r.url(ctx, o.GetNamespace(), track.URL, track.URLFrom)
				return sendTrack(mux.CreateTrackRequest{
					URL: url, Type: "text", TextType: "subtitles", LanguageCode: track.LanguageCode, Name: track.Name,
					ClosedCaptions: track.ClosedCaptions, Passthrough: track.Passthrough,
				}), err
			},
			change: func(ctx context.Context, c *mux.Client, id, child string) error {
				closed := track.ClosedCaptions != nil && *track.ClosedCaptions
				_, err := c.UpdateTrack(ctx, id, child, mux.UpdateTrackRequest{
					LanguageCode: &track.LanguageCode, ClosedCaptions: &closed, Passthrough: &track.Passthrough,
				})
				return err
			},
		})
	}
	return parts
}

func sendTrack(request mux.CreateTrackRequest) sendPart {
	return func(ctx context.Context, c *mux.Client, id string) (string, mux.Meta, error) {
		answer, err := c.CreateTrack(ctx, id, request)
		return answer.Value.ID, answer.Meta, err
	}
}

func removeTrack(ctx context.Context, c *mux.Client, id, child string) error {
	return c.DeleteTrack(ctx, id, child)
}

// generatedParts are the subtitles that Mux is to write from the sound. Mux fills in a name that the spec leaves out, and the
// language where that is auto.
func generatedParts(o commit.Followed) []part {
	var parts []part
	for _, subtitles := range assetOf(o).Spec.GeneratedSubtitles {
		parts = append(parts, part{
			key:     subtitles.LanguageCode,
			content: partDigest(o, subtitles),
			is: func(s shownPart) bool {
				language := subtitles.LanguageCode == "auto" || s.label == subtitles.LanguageCode
				return language && (subtitles.Name == "" || s.name == subtitles.Name)
			},
			send: always(func(ctx context.Context, c *mux.Client, id string) (string, mux.Meta, error) {
				answer, err := c.GenerateSubtitles(ctx, id, soundOf(assetOf(o)), generatedSubtitles([]video.GeneratedSubtitles{subtitles}))
				if err != nil || len(answer.Value) == 0 {
					return "", answer.Meta, err
				}
				return answer.Value[0].ID, answer.Meta, nil
			}),
		})
	}
	return parts
}

// soundOf is the audio track that subtitles are written from, "" where there is none.
func soundOf(asset *video.MuxAsset) string {
	sound := ""
	for _, track := range asset.Status.Tracks {
		if track.Type == "audio" && (sound == "" || track.Primary) {
			sound = track.ID
		}
	}
	return sound
}

// onceHeard holds back subtitles of an asset that is not ready or has no sound.
func onceHeard(o commit.Followed) error {
	if err := onceReady(o); err != nil {
		return err
	}
	if soundOf(assetOf(o)) == "" {
		return terminal(video.ReasonInvalid, "the asset has no audio track, so there is nothing to generate subtitles from; remove generatedSubtitles from the spec")
	}
	return nil
}

// shownTracks are the text tracks that Mux has generated, or the others.
func shownTracks(o commit.Followed, generated bool) shownParts {
	status, stamps := &assetOf(o).Status, stampsOf(o)
	shown := shownParts{asOf: projection.StampTime(stamps.Tracks), complete: status.State == projection.StateReady}
	for _, track := range status.Tracks {
		if track.Type != "text" || strings.HasPrefix(track.TextSource, "generated") != generated {
			continue
		}
		label := track.Name
		if generated {
			label = track.LanguageCode
		}
		shown.parts = append(shown.parts, shownPart{id: track.ID, label: label, name: track.Name})
	}
	for _, track := range stamps.HiddenTracks {
		if track.Status == projection.StateDeleted {
			shown.gone = append(shown.gone, track.ID)
		}
	}
	return shown
}

// renditionParts are the files that the spec asks for.
func renditionParts(o commit.Followed) []part {
	var parts []part
	for _, rendition := range assetOf(o).Spec.StaticRenditions {
		parts = append(parts, part{
			key:     rendition.Resolution,
			content: partDigest(o, rendition.Passthrough),
			send: always(func(ctx context.Context, c *mux.Client, id string) (string, mux.Meta, error) {
				answer, err := c.CreateStaticRendition(ctx, id, mux.StaticRenditionRequest(rendition))
				return answer.Value.ID, answer.Meta, err
			}),
		})
	}
	return parts
}

func shownRenditions(o commit.Followed) shownParts {
	status, stamps := &assetOf(o).Status, stampsOf(o)
	shown := shownParts{asOf: projection.StampTime(stamps.StaticRenditions), complete: status.State == projection.StateReady}
	for _, rendition := range status.StaticRenditions {
		shown.parts = append(shown.parts, shownPart{id: rendition.ID, label: rendition.Resolution})
	}
	for _, rendition := range stamps.HiddenStaticRenditions {
		if rendition.Status == projection.StateDeleted {
			shown.gone = append(shown.gone, rendition.ID)
		}
	}
	return shown
}
