// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// awaited is what makes a condition True, of any kind that has it.
var awaited = map[string]string{
	video.ConditionPlayable:              "the event video.asset.ready, and a playback id",
	video.ConditionFinalized:             "the event video.asset.live_stream_completed of a recording, video.asset.ready of a file",
	video.ConditionTextTracksReady:       "the event video.asset.track.ready of each text track",
	video.ConditionStaticRenditionsReady: "the event video.asset.static_rendition.ready of each file",
	video.ConditionMasterReady:           "the event video.asset.master.ready",
	video.ConditionConnected:             "the event video.live_stream.connected, when an encoder connects",
	video.ConditionRecording:             "the event video.live_stream.recording",
	video.ConditionActive:                "the event video.live_stream.active",
	video.ConditionSimulcastHealthy:      "the event video.live_stream.simulcast_target.broadcasting or .idle of each target",
	video.ConditionSynced:                "the operator's leader, which tries again by itself",
	video.ConditionURLReady:              "the operator's leader, which writes the Secret",
	video.ConditionStreamKeyReady:        "the operator's leader, which writes the Secret",
	video.ConditionMasterURLReady:        "the operator's leader, which writes the Secret",
	video.ConditionWebhookVerified:       "a webhook of Mux with a valid signature",
	video.ConditionWebhookHealthy:        "a repair sweep that finds nothing that a webhook should have told",
	video.ConditionWebhookRegistered:     "the operator's leader, which looks with each sweep and after each change",
}

// awaitedReady is what makes an object Ready that Mux is at work on.
var awaitedReady = map[string]string{
	video.ReasonPreparing:            "the event video.asset.ready",
	video.ReasonWaitingForTracks:     "the event video.asset.track.ready of what the spec declares",
	video.ReasonWaitingForRenditions: "the event video.asset.static_rendition.ready of what the spec declares",
	video.ReasonWaitingForUpload:     "the file, then the event video.upload.asset_created",
	video.ReasonPending:              "the operator's leader, or the first webhook",
}

// waitsFor is what would make a condition as it should be; "" where nothing comes by itself, so that the remedy is all.
func waitsFor(k kind, c metav1.Condition) string {
	switch {
	case projection.IsStalled(c.Reason):
		return ""
	case c.Type == video.ConditionReady && k.name == "MuxEnvironment":
		return awaited[video.ConditionSynced]
	case c.Type == video.ConditionReady:
		if event := awaitedReady[c.Reason]; event != "" {
			return event
		}
		return awaited[video.ConditionSynced]
	case c.Reason == video.ReasonNotWaiting, c.Reason == video.ReasonMasterOver, c.Reason == video.ReasonNoPlaybackID, c.Reason == video.ReasonDisabled:
		return ""
	default:
		return awaited[c.Type]
	}
}
