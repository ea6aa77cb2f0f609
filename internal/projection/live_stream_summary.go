// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// SummarizeLiveStream sets the conditions that follow from the live stream's spec, its observed status and the Synced
// condition, which is the leader's alone. Both writers call it. It never raises an observedGeneration.
func SummarizeLiveStream(stream *video.MuxLiveStream, now metav1.Time) {
	status := &stream.Status
	Conclude(&status.Conditions, status.ObservedGeneration, now, liveVerdict(stream))
	for _, s := range []stage{
		connected(status).as(video.ConditionConnected),
		recording(status).as(video.ConditionRecording),
		active(stream).as(video.ConditionActive),
		simulcastHealthy(status).as(video.ConditionSimulcastHealthy),
	} {
		s.set(&status.Conditions, status.ObservedGeneration, now)
	}
	order(status.Conditions)
}

// liveVerdict decides on Ready: a live stream is ready when it is provisioned, whether or not anybody broadcasts.
func liveVerdict(stream *video.MuxLiveStream) Verdict {
	status := &stream.Status
	synced := meta.FindStatusCondition(status.Conditions, video.ConditionSynced)
	switch {
	case !stream.DeletionTimestamp.IsZero():
		return deletingVerdict(synced)
	case status.State == StateDeleted:
		return stalled(video.ReasonDeletedAtMux, "Mux no longer has the live stream; delete this object, or make a new one")
	case stream.Spec.ManagementPolicy == video.ManagementPolicyObserve && status.State != "":
		return ready("the live stream is " + status.State)
	case synced == nil:
		return reconciling(video.ReasonPending, "the controller has not looked at the object yet")
	case synced.Status != metav1.ConditionTrue:
		return Verdict{Ready: metav1.ConditionFalse, Reason: synced.Reason, Message: synced.Message, Stalled: IsStalled(synced.Reason)}
	case status.State == "":
		return reconciling(video.ReasonPending, "nothing has been heard of the live stream yet")
	default:
		return ready("the live stream is " + status.State)
	}
}

func connected(status *video.MuxLiveStreamStatus) stage {
	switch {
	case status.State == "":
		return stage{}
	case status.State == StateDeleted:
		return notYet(video.ReasonDeletedAtMux, "the live stream is deleted")
	case status.Connected:
		return reached(video.ReasonConnected, "an encoder is connected")
	default:
		return notYet(video.ReasonNotConnected, "no encoder is connected")
	}
}

func recording(status *video.MuxLiveStreamStatus) stage {
	switch {
	case status.State == "":
		return stage{}
	case status.State == StateDeleted:
		return notYet(video.ReasonDeletedAtMux, "the live stream is deleted")
	case status.Recording:
		return reached(video.ReasonRecording, "Mux records what the encoder sends")
	default:
		return notYet(video.ReasonNotRecording, "nothing is recorded")
	}
}

func active(stream *video.MuxLiveStream) stage {
	switch stream.Status.State {
	case "":
		return stage{}
	case StateActive:
		return reached(video.ReasonBroadcasting, "viewers can watch")
	case StateDisabled:
		if acknowledged := stream.Status.Acknowledged; acknowledged != nil && acknowledged.Enabled != nil && *acknowledged.Enabled {
			return notYet(video.ReasonDisabled, "the live stream refuses encoders: it was disabled at Mux after spec.enabled was carried out; enable it there, or set spec.enabled to false and then to true again")
		}
		return notYet(video.ReasonDisabled, "the live stream refuses encoders; set spec.enabled to true to admit them")
	case StateDeleted:
		return notYet(video.ReasonDeletedAtMux, "the live stream is deleted")
	default:
		return notYet(video.ReasonIdle, "nothing is broadcast")
	}
}

// simulcastHealthy is absent while there is no target.
func simulcastHealthy(status *video.MuxLiveStreamStatus) stage {
	if len(status.SimulcastTargets) == 0 {
		return stage{}
	}
	var errored []string
	for i := range status.SimulcastTargets {
		if target := &status.SimulcastTargets[i]; target.Status == StateErrored {
			errored = append(errored, targetLabel(target))
		}
	}
	if len(errored) > 0 {
		return notYet(video.ReasonTargetErrored, "%d of %d simulcast targets are errored: %s", len(errored), len(status.SimulcastTargets), names(errored))
	}
	return reached(video.ReasonReady, "no simulcast target is errored")
}

// targetLabel names a target, and says where Mux has given it up for this broadcast.
func targetLabel(target *video.SimulcastTargetStatus) string {
	label := target.Name
	if label == "" {
		label = target.ID
	}
	if target.ErrorSeverity == "fatal" {
		label += " (until the next broadcast)"
	}
	return label
}
