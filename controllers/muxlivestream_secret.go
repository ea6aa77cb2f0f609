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

// Keys of the Secret of a live stream.
const (
	streamKeyKey     = "streamKey"
	rtmpURLKey       = "rtmpURL"
	rtmpsURLKey      = "rtmpsURL"
	srtURLKey        = "srtURL"
	srtPassphraseKey = "srtPassphrase"
)

// streamKeySuffix makes the name of the Secret where the spec has none.
const streamKeySuffix = "-stream-key"

// ingestSecrets is what an encoder needs; nil where Mux does not tell the stream key. The SRT URL has both its values in it, as SRT
// takes them; the others are without the stream key, as encoders ask for it beside the URL.
func ingestSecrets(stream *mux.LiveStream) map[string]mux.Secret {
	if stream.StreamKey == "" {
		return nil
	}
	secrets := map[string]mux.Secret{
		streamKeyKey: stream.StreamKey, rtmpURLKey: mux.RTMPIngest, rtmpsURLKey: mux.RTMPSIngest,
		srtURLKey: mux.SRTURL(stream.StreamKey, stream.SRTPassphrase),
	}
	if stream.SRTPassphrase != "" {
		secrets[srtPassphraseKey] = stream.SRTPassphrase
	}
	return secrets
}

// secretName is the Secret that the spec names. Unset, it follows from the object's name, but for an imported live stream, whose key
// somebody has already.
func (liveStreamKind) secretName(o commit.Followed) string {
	spec := &liveStreamOf(o).Spec
	switch {
	case spec.StreamKeySecret != nil:
		return spec.StreamKeySecret.Name
	case spec.Import != nil:
		return ""
	default:
		return projection.SuffixedName(o.GetName(), streamKeySuffix)
	}
}

// secretKeys are those that every live stream has; Mux need not tell a passphrase.
func (liveStreamKind) secretKeys() []string {
	return []string{streamKeyKey, rtmpURLKey, rtmpsURLKey, srtURLKey}
}

func (liveStreamKind) secretHeld(o commit.Followed) bool {
	state := liveStreamOf(o).Status.State
	return state != "" && state != projection.StateDeleted
}

func (liveStreamKind) secretLabels(commit.Followed) map[string]string { return nil }

// staleSince is when somebody has changed the live stream, perhaps its stream key: an event that says so has no key that could be
// given on, since the receiver keeps none.
func (liveStreamKind) staleSince(o commit.Followed) time.Time {
	status := &liveStreamOf(o).Status
	at := updatedAt(status)
	if reset := status.StreamKeyResetAt; reset != nil && reset.After(at) {
		at = reset.Time
	}
	return at
}

// secretTold sets StreamKeyReady, of a live stream whose stream key is asked for.
func (k liveStreamKind) secretTold(o commit.Followed, b *blocked, set setCondition) {
	name := k.secretName(o)
	switch {
	case name == "":
		meta.RemoveStatusCondition(&liveStreamOf(o).Status.Conditions, video.ConditionStreamKeyReady)
	case b != nil:
		set(video.ConditionStreamKeyReady, metav1.ConditionFalse, b.reason, b.Error())
	case liveStreamOf(o).Status.State == projection.StateDeleted:
		set(video.ConditionStreamKeyReady, metav1.ConditionFalse, video.ReasonDeletedAtMux, "the live stream is deleted; its stream key is of no use")
	case !k.secretHeld(o):
		set(video.ConditionStreamKeyReady, metav1.ConditionFalse, video.ReasonPending, "nothing has been heard of the live stream yet")
	default:
		set(video.ConditionStreamKeyReady, metav1.ConditionTrue, video.ReasonStreamKeyPublished, "the Secret "+name+" has the stream key and the ingest URLs")
	}
}
