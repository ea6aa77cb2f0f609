// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// masterURLKey is the key of the master's URL in its Secret.
const masterURLKey = "url"

// masterSuffix makes the name of the Secret where the spec has none.
const masterSuffix = "-master"

// masterSecrets is what an answer tells of the master; nil where it cannot be downloaded.
func masterSecrets(asset *mux.Asset) map[string]mux.Secret {
	if asset.Master == nil || asset.Master.Status != projection.StateReady || asset.Master.URL == "" {
		return nil
	}
	return map[string]mux.Secret{masterURLKey: asset.Master.URL}
}

// secretName is the Secret that the spec names. Unset, it follows from the object's name, but for an imported asset, whose master
// nobody has asked for here.
func (assetKind) secretName(o commit.Followed) string {
	spec := &assetOf(o).Spec
	switch {
	case spec.MasterSecret != nil:
		return spec.MasterSecret.Name
	case spec.Import != nil:
		return ""
	default:
		return projection.SuffixedName(o.GetName(), masterSuffix)
	}
}

func (assetKind) secretKeys() []string { return []string{masterURLKey} }

// secretHeld is true while the master can be downloaded: after 24 hours its URL is of no use.
func (assetKind) secretHeld(o commit.Followed) bool {
	return assetOf(o).Status.State != projection.StateDeleted && masterOf(o) == projection.StateReady
}

// masterOf is the state of the master; "" where it was never asked for.
func masterOf(o commit.Followed) string {
	if master := assetOf(o).Status.Master; master != nil {
		return master.Status
	}
	return ""
}

func (assetKind) secretLabels(commit.Followed) map[string]string { return nil }

// staleSince is when an event told that there is a master, perhaps another than before: the event has no URL that could be given
// on, since the receiver keeps none.
func (assetKind) staleSince(o commit.Followed) time.Time {
	return projection.StampTime(stampsOf(o).MasterReady)
}

// masterChanged says whether a master has come or gone.
func masterChanged(before, after commit.Followed) bool {
	return masterOf(before) != masterOf(after) || (assetKind{}).staleSince(before).Before((assetKind{}).staleSince(after))
}

// secretTold sets MasterURLReady, of an asset whose master was asked for.
func (k assetKind) secretTold(o commit.Followed, b *blocked, set setCondition) {
	name, master := k.secretName(o), masterOf(o)
	switch {
	case name == "" || master == "":
		meta.RemoveStatusCondition(&assetOf(o).Status.Conditions, video.ConditionMasterURLReady)
	case b != nil:
		set(video.ConditionMasterURLReady, metav1.ConditionFalse, b.reason, b.Error())
	case master == projection.StatePreparing:
		set(video.ConditionMasterURLReady, metav1.ConditionFalse, video.ReasonPreparing, "Mux is making the master")
	case master == projection.StateErrored:
		set(video.ConditionMasterURLReady, metav1.ConditionFalse, video.ReasonErrored, "Mux could not make the master; ask for it again with "+video.AnnotationRequestMaster)
	case !k.secretHeld(o):
		set(video.ConditionMasterURLReady, metav1.ConditionFalse, video.ReasonMasterOver, "the 24 hours of master access are over; ask for it again with "+video.AnnotationRequestMaster)
	default:
		set(video.ConditionMasterURLReady, metav1.ConditionTrue, video.ReasonMasterURLPublished, "the Secret "+name+" has the master's URL, under the key "+masterURLKey)
	}
}
