// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// SummarizeAsset sets the conditions that follow from the asset's spec, its observed status and the Synced condition,
// which is the leader's alone. Both writers call it, so the conditions are right whoever writes. It never raises an
// observedGeneration.
func SummarizeAsset(asset *video.MuxAsset, now metav1.Time) {
	status := &asset.Status
	Conclude(&status.Conditions, status.ObservedGeneration, now, assetVerdict(asset))
	for _, s := range []stage{
		playable(status).as(video.ConditionPlayable),
		finalized(status).as(video.ConditionFinalized),
		textTracksReady(status).as(video.ConditionTextTracksReady),
		staticRenditionsReady(status).as(video.ConditionStaticRenditionsReady),
		masterReady(status).as(video.ConditionMasterReady),
	} {
		s.set(&status.Conditions, status.ObservedGeneration, now)
	}
	order(status.Conditions)
}

// assetVerdict decides on Ready: what Mux said last comes first, then whether the spec has reached Mux, then whether
// what the spec declares has settled.
func assetVerdict(asset *video.MuxAsset) Verdict {
	status := &asset.Status
	synced := meta.FindStatusCondition(status.Conditions, video.ConditionSynced)
	switch {
	case !asset.DeletionTimestamp.IsZero():
		return deletingVerdict(synced)
	case status.State == StateDeleted:
		return stalled(video.ReasonDeletedAtMux, "Mux no longer has the asset; delete this object, or make a new one to ingest again")
	case status.State == StateErrored:
		return stalled(video.ReasonErrored, "Mux could not make the asset"+inMuxWords(status.Error))
	case asset.Spec.ManagementPolicy == video.ManagementPolicyObserve && status.State != "":
		return observedVerdict(status.State)
	case synced == nil:
		return reconciling(video.ReasonPending, "the controller has not looked at the object yet")
	case synced.Status != metav1.ConditionTrue:
		return Verdict{Ready: metav1.ConditionFalse, Reason: synced.Reason, Message: synced.Message, Stalled: IsStalled(synced.Reason)}
	case status.State != StateReady:
		return reconciling(video.ReasonPreparing, "Mux is preparing the asset; a webhook will tell when it is ready")
	default:
		return settledVerdict(asset)
	}
}

func deletingVerdict(synced *metav1.Condition) Verdict {
	if synced != nil && synced.Status != metav1.ConditionTrue {
		return Verdict{Ready: metav1.ConditionFalse, Reason: synced.Reason, Message: synced.Message, Stalled: IsStalled(synced.Reason)}
	}
	return reconciling(video.ReasonDeleting, "the object is being deleted")
}

func observedVerdict(state string) Verdict {
	if state != StateReady {
		return reconciling(video.ReasonPreparing, "Mux is preparing the asset; a webhook will tell when it is ready")
	}
	return ready("the asset is ready")
}

func ready(message string) Verdict {
	return Verdict{Ready: metav1.ConditionTrue, Reason: video.ReasonReady, Message: message}
}

func reconciling(reason, message string) Verdict {
	return Verdict{Ready: metav1.ConditionFalse, Reason: reason, Message: message}
}

func stalled(reason, message string) Verdict {
	return Verdict{Ready: metav1.ConditionFalse, Reason: reason, Message: message, Stalled: true}
}

// inMuxWords appends an error as Mux told it.
func inMuxWords(e *video.ErrorStatus) string {
	if e == nil {
		return ""
	}
	words := strings.Join(e.Messages, "; ")
	if e.Type != "" {
		words = strings.TrimSuffix(e.Type+": "+words, ": ")
	}
	return ": " + words
}

// stage is the state of one stage condition; an empty reason means that the condition is not there.
type stage struct {
	kind            string
	status          metav1.ConditionStatus
	reason, message string
}

// as names the condition.
func (s stage) as(kind string) stage {
	s.kind = kind
	return s
}

// set writes the stage as a condition, or removes it.
func (s stage) set(conditions *[]metav1.Condition, generation int64, now metav1.Time) {
	if s.reason == "" {
		meta.RemoveStatusCondition(conditions, s.kind)
		return
	}
	SetCondition(conditions, generation, now, s.kind, s.status, s.reason, s.message)
}

func reached(reason, message string) stage {
	return stage{status: metav1.ConditionTrue, reason: reason, message: message}
}

func notYet(reason, format string, args ...any) stage {
	return stage{status: metav1.ConditionFalse, reason: reason, message: fmt.Sprintf(format, args...)}
}

func playable(status *video.MuxAssetStatus) stage {
	switch {
	case status.State == "":
		return stage{}
	case status.State != StateReady:
		return notYet(stateReason(status.State), "the asset is %s", status.State)
	case len(status.PlaybackIDs) == 0:
		return notYet(video.ReasonNoPlaybackID, "the asset has no playback id; declare spec.playbackPolicies")
	default:
		return reached(video.ReasonReady, "the asset can be played")
	}
}

func finalized(status *video.MuxAssetStatus) stage {
	switch {
	case status.State == "":
		return stage{}
	case status.State != StateReady:
		return notYet(stateReason(status.State), "the asset is %s", status.State)
	case status.IsLive:
		return notYet(video.ReasonLive, "the broadcast that the asset records still runs")
	default:
		return reached(video.ReasonReady, "the asset's media will not change any more")
	}
}

func stateReason(state string) string {
	switch state {
	case StateErrored:
		return video.ReasonErrored
	case StateDeleted:
		return video.ReasonDeletedAtMux
	default:
		return video.ReasonPreparing
	}
}

func textTracksReady(status *video.MuxAssetStatus) stage {
	count := counter{}
	for i := range status.Tracks {
		if track := &status.Tracks[i]; track.Type == "text" {
			count.add(track.Status, track.Name)
		}
	}
	return count.stage("text track", video.ReasonTrackErrored)
}

func staticRenditionsReady(status *video.MuxAssetStatus) stage {
	count := counter{}
	for i := range status.StaticRenditions {
		count.add(status.StaticRenditions[i].Status, status.StaticRenditions[i].Name)
	}
	return count.stage("static rendition", video.ReasonRenditionErrored)
}

// counter counts the elements of a collection by how far they are.
type counter struct {
	total            int
	pending, errored []string
}

func (c *counter) add(status, name string) {
	c.total++
	switch status {
	case StateErrored:
		c.errored = append(c.errored, name)
	case StatePreparing:
		c.pending = append(c.pending, name)
	}
}

// maxNamed is how many elements a message names.
const maxNamed = 5

func (c *counter) stage(noun, erroredReason string) stage {
	switch {
	case c.total == 0:
		return stage{}
	case len(c.errored) > 0:
		return notYet(erroredReason, "%d of %d %ss errored: %s", len(c.errored), c.total, noun, names(c.errored))
	case len(c.pending) > 0:
		return notYet(video.ReasonPreparing, "%d of %d %ss are not ready: %s", len(c.pending), c.total, noun, names(c.pending))
	default:
		return reached(video.ReasonReady, fmt.Sprintf("%d of %d %ss are settled", c.total, c.total, noun))
	}
}

func names(all []string) string { return strings.Join(all[:min(len(all), maxNamed)], ", ") }

func masterReady(status *video.MuxAssetStatus) stage {
	if status.Master == nil {
		return stage{}
	}
	switch status.Master.Status {
	case StateReady:
		return reached(video.ReasonReady, "the master can be downloaded")
	case StatePreparing:
		return notYet(video.ReasonPreparing, "Mux is preparing the master")
	case StateErrored:
		return notYet(video.ReasonErrored, "Mux could not make the master")
	default:
		return notYet(video.ReasonDeletedAtMux, "access to the master has ended; Mux gives it for 24 hours")
	}
}
