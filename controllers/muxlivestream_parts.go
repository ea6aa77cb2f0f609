// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// liveParts are the parts of a live stream, in the order in which they are seen to.
var liveParts = []partKind{
	{
		name: "playback-id", noun: "playback id", addFirst: true,
		wanted: func(o commit.Followed) []part {
			return playbackParts(liveStreamOf(o).Spec.PlaybackPolicies, (*mux.Client).CreateLiveStreamPlaybackID)
		},
		shown: func(o commit.Followed) shownParts {
			return shownPlaybackIDs(liveStreamOf(o).Status.PlaybackIDs, liveStampsOf(o).PlaybackIDs)
		},
		hold: func(commit.Followed) error { return nil },
		remove: func(ctx context.Context, c *mux.Client, id, child string) error {
			return c.DeleteLiveStreamPlaybackID(ctx, id, child)
		},
	},
	{
		name: "simulcast-target", noun: "simulcast target",
		wanted: targetParts,
		shown:  shownTargets,
		hold: func(o commit.Followed) error {
			return onceIdle(&liveStreamOf(o).Status, "simulcastTargets")
		},
		remove: func(ctx context.Context, c *mux.Client, id, child string) error {
			return c.DeleteSimulcastTarget(ctx, id, child)
		},
	},
}

// targetParts are the simulcast targets that the spec declares. Mux changes nothing about one, so another URL or key makes
// another target. Of what is in a Secret the reference counts and not the value.
func targetParts(o commit.Followed) []part {
	var parts []part
	for i := range liveStreamOf(o).Spec.SimulcastTargets {
		target := &liveStreamOf(o).Spec.SimulcastTargets[i]
		parts = append(parts, part{
			key:     target.Name,
			content: partDigest(o, target.URL, target.URLFrom, target.StreamKeySecretRef),
			send: func(ctx context.Context, r *follower) (sendPart, error) {
				request, err := r.simulcastTarget(ctx, o.GetNamespace(), target)
				return func(ctx context.Context, c *mux.Client, id string) (shownPart, mux.Meta, error) {
					answer, err := c.CreateSimulcastTarget(ctx, id, request)
					return shownPart{id: answer.Value.ID}, answer.Meta, err
				}, err
			},
		})
	}
	return parts
}

func shownTargets(o commit.Followed) shownParts {
	stamps := liveStampsOf(o)
	shown := shownParts{asOf: projection.StampTime(stamps.SimulcastTargets), complete: stamps.SimulcastTargets != "", clipped: len(liveStreamOf(o).Status.SimulcastTargets) >= projection.MaxSimulcastTargets}
	for _, target := range liveStreamOf(o).Status.SimulcastTargets {
		shown.parts = append(shown.parts, shownPart{id: target.ID, label: target.Name})
	}
	for _, target := range stamps.HiddenSimulcastTargets {
		if target.Status == projection.StateDeleted {
			shown.gone = append(shown.gone, target.ID)
		}
	}
	return shown
}

func liveStampsOf(o commit.Followed) video.LiveStreamStamps {
	if stamps := liveStreamOf(o).Status.Stamps; stamps != nil {
		return *stamps
	}
	return video.LiveStreamStamps{}
}

// onceIdle holds back what Mux changes only while nothing of a broadcast is under way; the event that tells of its end starts the
// next reconcile.
func onceIdle(status *video.MuxLiveStreamStatus, what string) error {
	switch {
	case isIdle(status):
		return nil
	case status.State == projection.StateDisabled:
		return waiting(video.ReasonWaitingForIdle, 0,
			"Mux changes %s only while the live stream is idle; it is disabled: set spec.enabled to true, or enable it in Mux's dashboard", what)
	default:
		return waiting(video.ReasonWaitingForIdle, 0,
			"Mux changes %s only while the live stream is idle; it goes on by itself when the broadcast has ended", what)
	}
}
