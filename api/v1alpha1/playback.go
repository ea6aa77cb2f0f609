// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Where Mux serves streams and images, by playback id.
const (
	streamHost = "https://stream.mux.com/"
	imageHost  = "https://image.mux.com/"
)

// PlaybackPolicyPublic is the policy of playback ids that need no token.
const PlaybackPolicyPublic = "public"

// Conditioned is an object with conditions, as every kind of this package is.
// +kubebuilder:object:generate=false
// +kubebuilder:ac:generate=false
type Conditioned interface {
	metav1.Object
	GetConditions() []metav1.Condition
}

// IsReady says whether Ready is True of the newest spec. Right after a change of the spec, Ready may still speak of the spec
// before; kubectl wait does not look at that, so a controller that has changed a spec itself asks here.
func IsReady(o Conditioned) bool { return isCurrent(o, ConditionReady) }

// IsStalled says whether nothing will change about the newest spec until a person acts; the condition's message says what to do.
func IsStalled(o Conditioned) bool { return isCurrent(o, ConditionStalled) }

func isCurrent(o Conditioned, kind string) bool {
	condition := meta.FindStatusCondition(o.GetConditions(), kind)
	return condition != nil && condition.Status == metav1.ConditionTrue && condition.ObservedGeneration >= o.GetGeneration()
}

// IsPlayable says whether the asset can be played. That is before it is Ready where the spec asks for text tracks or static
// renditions, and before the end of the broadcast where it is a recording. Once True it ends only with the asset at Mux, or
// with its last playback id.
func (a *MuxAsset) IsPlayable() bool {
	return meta.IsStatusConditionTrue(a.Status.Conditions, ConditionPlayable)
}

// IsActive says whether viewers can watch the live stream now.
func (l *MuxLiveStream) IsActive() bool {
	return meta.IsStatusConditionTrue(l.Status.Conditions, ConditionActive)
}

// PlaybackID is the first playback id with the policy: public, signed or drm; "" for none.
func (a *MuxAsset) PlaybackID(policy string) string {
	return playbackID(a.Status.PlaybackIDs, policy)
}

// PlaybackID is the first playback id with the policy: public, signed or drm; "" for none.
func (l *MuxLiveStream) PlaybackID(policy string) string {
	return playbackID(l.Status.PlaybackIDs, policy)
}

// PlaybackURL is the address of the HLS playlist; "" without a public playback id, since the others take a token that only
// their signing key makes. It answers with the video once the asset is Playable.
func (a *MuxAsset) PlaybackURL() string { return public(a.Status.PlaybackIDs).PlaybackURL() }

// PlaybackURL is the address of the HLS playlist; "" without a public playback id, since the others take a token that only
// their signing key makes. It answers with the video while the live stream is Active.
func (l *MuxLiveStream) PlaybackURL() string { return public(l.Status.PlaybackIDs).PlaybackURL() }

// ThumbnailURL is the address of an image of the asset; "" without a public playback id.
func (a *MuxAsset) ThumbnailURL() string { return public(a.Status.PlaybackIDs).ThumbnailURL() }

// ThumbnailURL is the address of an image of the live stream; "" without a public playback id.
func (l *MuxLiveStream) ThumbnailURL() string { return public(l.Status.PlaybackIDs).ThumbnailURL() }

func playbackID(ids []PlaybackIDStatus, policy string) string {
	for _, id := range ids {
		if id.Policy == policy {
			return id.ID
		}
	}
	return ""
}

// public is the first public playback id, and an empty one where there is none.
func public(ids []PlaybackIDStatus) PlaybackIDStatus {
	return PlaybackIDStatus{ID: playbackID(ids, PlaybackPolicyPublic)}
}

// PlaybackURL is the address of the HLS playlist; a playback id that is not public needs a token as well. It is "" without an id.
func (p PlaybackIDStatus) PlaybackURL() string {
	if p.ID == "" {
		return ""
	}
	return streamHost + p.ID + ".m3u8"
}

// ThumbnailURL is the address of an image of what the playback id plays; one that is not public needs a token as well. It is ""
// without an id.
func (p PlaybackIDStatus) ThumbnailURL() string {
	if p.ID == "" {
		return ""
	}
	return imageHost + p.ID + "/thumbnail.jpg"
}
