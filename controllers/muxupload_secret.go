// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// uploadURLKey is the key of the upload URL in its Secret.
const uploadURLKey = "url"

// uploadURLSuffix makes the name of the Secret where the spec has none.
const uploadURLSuffix = "-upload-url"

// secretName is the Secret that the spec names. Unset, it follows from the object's name, but for an imported upload, whose URL
// somebody has already.
func (uploadKind) secretName(o commit.Followed) string {
	spec := &uploadOf(o).Spec
	switch {
	case spec.UploadURLSecret != nil:
		return spec.UploadURLSecret.Name
	case spec.Import != nil:
		return ""
	default:
		return projection.SuffixedName(o.GetName(), uploadURLSuffix)
	}
}

func (uploadKind) secretKeys() []string { return []string{uploadURLKey} }

// secretHeld is true while Mux waits for the file: the URL of an upload that has ended is of no use.
func (uploadKind) secretHeld(o commit.Followed) bool {
	return uploadOf(o).Status.State == projection.StateWaiting
}

func (uploadKind) secretLabels(o commit.Followed) map[string]string {
	return map[string]string{video.LabelOrigin: video.OriginUpload, video.LabelOriginName: projection.LabelValue(o.GetName())}
}

// secretTold sets URLReady, of an upload whose URL is asked for.
func (k uploadKind) secretTold(o commit.Followed, b *blocked, set setCondition) {
	name := k.secretName(o)
	switch {
	case name == "":
		meta.RemoveStatusCondition(&uploadOf(o).Status.Conditions, video.ConditionURLReady)
	case b != nil:
		set(video.ConditionURLReady, metav1.ConditionFalse, b.reason, b.Error())
	case !k.secretHeld(o):
		set(video.ConditionURLReady, metav1.ConditionFalse, video.ReasonNotWaiting, "the upload does not wait for a file any more; its URL is of no use")
	default:
		set(video.ConditionURLReady, metav1.ConditionTrue, video.ReasonURLPublished, "the Secret "+name+" has the upload URL, under the key "+uploadURLKey)
	}
}
