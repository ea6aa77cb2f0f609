// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

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
			send: always(func(ctx context.Context, c *mux.Client, id string) (shownPart, mux.Meta, error) {
				answer, err := create(c, ctx, id, mux.PlaybackPolicyRequest(policy))
				return shownPart{id: answer.Value.ID}, answer.Meta, err
			}),
		})
	}
	return parts
}

func shownPlaybackIDs(ids []video.PlaybackIDStatus, stamp video.Stamp) shownParts {
	shown := shownParts{asOf: projection.StampTime(stamp), complete: stamp != "", clipped: len(ids) >= projection.MaxPlaybackIDs}
	for _, id := range ids {
		shown.parts = append(shown.parts, shownPart{id: id.ID, label: playbackKey(id.Policy, id.DRMConfigurationID)})
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
			send: always(func(ctx context.Context, c *mux.Client, id string) (shownPart, mux.Meta, error) {
				answer, err := c.CreateStaticRendition(ctx, id, mux.StaticRenditionRequest(rendition))
				return shownPart{id: answer.Value.ID}, answer.Meta, err
			}),
		})
	}
	return parts
}

func shownRenditions(o commit.Followed) shownParts {
	status, stamps := &assetOf(o).Status, stampsOf(o)
	shown := shownParts{asOf: projection.StampTime(stamps.StaticRenditions), complete: status.State == projection.StateReady, clipped: len(status.StaticRenditions) >= projection.MaxStaticRenditions}
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
