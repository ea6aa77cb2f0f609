// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// AssetInput is one source of an asset.
// +kubebuilder:validation:XValidation:rule="has(self.url) != has(self.urlFrom)",message="an input needs either url or urlFrom"
// +kubebuilder:validation:XValidation:rule="!has(self.type) || self.type != 'text' || has(self.languageCode)",message="an input of type text needs languageCode"
// +kubebuilder:validation:XValidation:rule="!has(self.type) || self.type != 'audio' || has(self.languageCode)",message="an input of type audio needs languageCode"
type AssetInput struct {
	// url of the file, http or https, or mux://assets/ID to clip an existing asset. Use urlFrom for a URL that holds a
	// token.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^(https?|mux)://`
	// +optional
	URL string `json:"url,omitempty"`

	// urlFrom takes the URL from a Secret, for presigned URLs.
	// +optional
	URLFrom *SecretKeyReference `json:"urlFrom,omitempty"`

	// type is video, audio or text; Mux finds out for the first input when unset.
	// +kubebuilder:validation:Enum=video;audio;text
	// +optional
	Type string `json:"type,omitempty"`

	// textType is subtitles; for the type text.
	// +kubebuilder:validation:Enum=subtitles
	// +optional
	TextType string `json:"textType,omitempty"`

	// languageCode is a BCP 47 code; for the types audio and text.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=35
	// +optional
	LanguageCode string `json:"languageCode,omitempty"`

	// name as shown in players; Mux takes the language's name when unset.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`

	// closedCaptions marks captions for the hard of hearing.
	// +optional
	ClosedCaptions *bool `json:"closedCaptions,omitempty"`

	// passthrough of the track, at most 255 characters.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough string `json:"passthrough,omitempty"`

	// startTime of a clip within its source.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +optional
	StartTime *metav1.Duration `json:"startTime,omitempty"`

	// endTime of a clip within its source.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +optional
	EndTime *metav1.Duration `json:"endTime,omitempty"`

	// overlaySettings place this input as an image over the video.
	// +optional
	OverlaySettings *OverlaySettings `json:"overlaySettings,omitempty"`

	// generatedSubtitles ask Mux to write subtitles from this input's sound.
	// +listType=map
	// +listMapKey=languageCode
	// +kubebuilder:validation:MaxItems=22
	// +optional
	GeneratedSubtitles []GeneratedSubtitles `json:"generatedSubtitles,omitempty"`
}

// OverlaySettings place an image over the video. Sizes are a percentage such as 10% or pixels such as 100px.
type OverlaySettings struct {
	// verticalAlign is top, middle or bottom.
	// +kubebuilder:validation:Enum=top;middle;bottom
	// +optional
	VerticalAlign string `json:"verticalAlign,omitempty"`
	// verticalMargin from the aligned edge.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	VerticalMargin string `json:"verticalMargin,omitempty"`
	// horizontalAlign is left, center or right.
	// +kubebuilder:validation:Enum=left;center;right
	// +optional
	HorizontalAlign string `json:"horizontalAlign,omitempty"`
	// horizontalMargin from the aligned edge.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	HorizontalMargin string `json:"horizontalMargin,omitempty"`
	// width of the image.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Width string `json:"width,omitempty"`
	// height of the image.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Height string `json:"height,omitempty"`
	// opacity as a percentage.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Opacity string `json:"opacity,omitempty"`
}

// TextTrack is a file with subtitles.
// +kubebuilder:validation:XValidation:rule="has(self.url) != has(self.urlFrom)",message="a text track needs either url or urlFrom"
type TextTrack struct {
	// name as shown in players; it identifies the track within the asset.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name"`

	// languageCode is a BCP 47 code.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=35
	LanguageCode string `json:"languageCode"`

	// url of the file. Use urlFrom for a URL that holds a token.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://`
	// +optional
	URL string `json:"url,omitempty"`

	// urlFrom takes the URL from a Secret.
	// +optional
	URLFrom *SecretKeyReference `json:"urlFrom,omitempty"`

	// closedCaptions marks captions for the hard of hearing.
	// +optional
	ClosedCaptions *bool `json:"closedCaptions,omitempty"`

	// passthrough of the track, at most 255 characters.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough string `json:"passthrough,omitempty"`
}

// MuxAssetSpec is the video that is asked for.
//
// What Mux fixes when it creates the asset cannot be changed once an id or an intent to create exists; before that a typo
// can be mended.
// +kubebuilder:validation:XValidation:rule="self.managementPolicy != 'Observe' || has(self.import)",message="managementPolicy Observe needs import.id"
// +kubebuilder:validation:XValidation:rule="self.managementPolicy == 'Observe' || has(self.inputs) != has(self.import)",message="a managed asset needs either inputs to create it from or import.id to adopt it"
type MuxAssetSpec struct {
	FollowedSpec `json:",inline"`

	// inputs are the files that the asset is made of; the first is the main one. Their order matters.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Inputs []AssetInput `json:"inputs,omitempty"`

	AssetSettings `json:",inline"`

	// copyOverlays copies the overlays of the source; for clips only. true when unset.
	// +optional
	CopyOverlays *bool `json:"copyOverlays,omitempty"`

	// textTracks are files with subtitles.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	// +optional
	TextTracks []TextTrack `json:"textTracks,omitempty"`

	// generatedSubtitles ask Mux to write subtitles from the sound of the main input.
	// +listType=map
	// +listMapKey=languageCode
	// +kubebuilder:validation:MaxItems=22
	// +optional
	GeneratedSubtitles []GeneratedSubtitles `json:"generatedSubtitles,omitempty"`

	// masterSecret is the Secret that the operator writes the URL of the master into, under the key url, while it can be
	// downloaded: NAME-master when unset, and none for an imported asset.
	// +optional
	MasterSecret *SecretReference `json:"masterSecret,omitempty"`
}

// MuxAsset is a video at Mux.
//
// +genclient
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
// +kubebuilder:validation:XValidation:rule="self.spec.environmentRef == oldSelf.spec.environmentRef",message="environmentRef cannot be changed; make a new MuxAsset",fieldPath=".spec.environmentRef"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.__import__) == has(oldSelf.spec.__import__) && (!has(self.spec.__import__) || self.spec.__import__ == oldSelf.spec.__import__)) || !has(oldSelf.status) || !has(oldSelf.status.id)",message="import cannot be changed once the asset is known; make a new MuxAsset",fieldPath=".spec.import"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.inputs) == has(oldSelf.spec.inputs) && (!has(self.spec.inputs) || self.spec.inputs == oldSelf.spec.inputs)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="inputs is fixed when Mux creates the asset; make a new MuxAsset for another value",fieldPath=".spec.inputs"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.videoQuality) == has(oldSelf.spec.videoQuality) && (!has(self.spec.videoQuality) || self.spec.videoQuality == oldSelf.spec.videoQuality)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="videoQuality is fixed when Mux creates the asset; make a new MuxAsset for another value",fieldPath=".spec.videoQuality"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.maxResolutionTier) == has(oldSelf.spec.maxResolutionTier) && (!has(self.spec.maxResolutionTier) || self.spec.maxResolutionTier == oldSelf.spec.maxResolutionTier)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="maxResolutionTier is fixed when Mux creates the asset; make a new MuxAsset for another value",fieldPath=".spec.maxResolutionTier"
// +kubebuilder:validation:XValidation:rule="self.spec.?normalizeAudio == oldSelf.spec.?normalizeAudio || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="normalizeAudio is fixed when Mux creates the asset; make a new MuxAsset for another value",fieldPath=".spec.normalizeAudio"
// +kubebuilder:validation:XValidation:rule="self.spec.?copyOverlays == oldSelf.spec.?copyOverlays || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="copyOverlays is fixed when Mux creates the asset; make a new MuxAsset for another value",fieldPath=".spec.copyOverlays"
// +kubebuilder:validation:XValidation:rule="self.spec.?test == oldSelf.spec.?test || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="test is fixed when Mux creates the asset; make a new MuxAsset for another value",fieldPath=".spec.test"
// +kubebuilder:validation:XValidation:rule="self.spec.?generateShots == oldSelf.spec.?generateShots || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="generateShots is fixed when Mux creates the asset; make a new MuxAsset for another value",fieldPath=".spec.generateShots"
// +kubebuilder:resource:shortName=mxa,categories=mux
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Duration",type=string,JSONPath=`.status.duration`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Playable",type=string,JSONPath=`.status.conditions[?(@.type=="Playable")].status`,priority=1
// +kubebuilder:printcolumn:name="Finalized",type=string,JSONPath=`.status.conditions[?(@.type=="Finalized")].status`,priority=1
// +kubebuilder:printcolumn:name="Aspect",type=string,JSONPath=`.status.aspectRatio`,priority=1
// +kubebuilder:printcolumn:name="Tier",type=string,JSONPath=`.status.resolutionTier`,priority=1
// +kubebuilder:printcolumn:name="ID",type=string,JSONPath=`.status.id`,priority=1
// +kubebuilder:printcolumn:name="Environment",type=string,JSONPath=`.spec.environmentRef.name`,priority=1
type MuxAsset struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the video that is asked for.
	Spec MuxAssetSpec `json:"spec"`

	// status is what Mux said about it.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	// +structType=atomic
	Status MuxAssetStatus `json:"status,omitempty"`
}

// MuxAssetList is a list of MuxAssets.
// +kubebuilder:object:root=true
type MuxAssetList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MuxAsset `json:"items"`
}
