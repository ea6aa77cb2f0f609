// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// SummarizeUpload sets the conditions that follow from the upload's spec, its observed status and the Synced condition,
// which is the leader's alone, as is URLReady. Both writers call it. It never raises an observedGeneration.
func SummarizeUpload(upload *video.MuxUpload, now metav1.Time) {
	status := &upload.Status
	status.AssetRef = nil
	if status.AssetID != "" {
		status.AssetRef = &video.AssetReference{Name: MadeName(upload.Name, status.AssetID)}
	}
	Conclude(&status.Conditions, status.ObservedGeneration, now, uploadVerdict(upload))
	order(status.Conditions)
}

// uploadVerdict decides on Ready: the upload has done its work when Mux has made an asset of it.
func uploadVerdict(upload *video.MuxUpload) Verdict {
	status := &upload.Status
	synced := meta.FindStatusCondition(status.Conditions, video.ConditionSynced)
	switch {
	case !upload.DeletionTimestamp.IsZero():
		return deletingVerdict(synced)
	case status.State == StateAssetCreated:
		return ready("Mux has made the asset " + status.AssetID)
	case status.State == StateErrored:
		return stalled(video.ReasonErrored, "Mux could not make an asset of the upload"+inMuxWords(status.Error)+"; make a new MuxUpload")
	case status.State == StateTimedOut:
		return stalled(video.ReasonTimedOut, "the file did not come in time; make a new MuxUpload")
	case status.State == StateCancelled:
		return stalled(video.ReasonCancelled, "the upload was cancelled; make a new MuxUpload")
	case status.State == StateDeleted:
		return stalled(video.ReasonDeletedAtMux, "Mux no longer has the upload; make a new MuxUpload")
	case upload.Spec.ManagementPolicy != video.ManagementPolicyObserve && synced == nil:
		return reconciling(video.ReasonPending, "the controller has not looked at the object yet")
	case upload.Spec.ManagementPolicy != video.ManagementPolicyObserve && synced.Status != metav1.ConditionTrue:
		return Verdict{Ready: metav1.ConditionFalse, Reason: synced.Reason, Message: synced.Message, Stalled: IsStalled(synced.Reason)}
	case status.State == "":
		return observePending(synced)
	default:
		return reconciling(video.ReasonWaitingForUpload, "Mux waits for the file")
	}
}

// observePending is the verdict of an object that follows an upload of which nothing is known yet.
func observePending(synced *metav1.Condition) Verdict {
	if synced != nil && synced.Status != metav1.ConditionTrue {
		return Verdict{Ready: metav1.ConditionFalse, Reason: synced.Reason, Message: synced.Message, Stalled: IsStalled(synced.Reason)}
	}
	return reconciling(video.ReasonPending, "nothing has been heard of the upload yet")
}
