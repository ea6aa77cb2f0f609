// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SimulcastTarget sends the broadcast on to another service.
// +kubebuilder:validation:XValidation:rule="has(self.url) != has(self.urlFrom)",message="a simulcast target needs either url or urlFrom"
type SimulcastTarget struct {
	// name identifies the target within the live stream; it is the target's passthrough at Mux.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name"`

	// url of the service's ingest, rtmp, rtmps or srt, without a key.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^(rtmps?|srt)://`
	// +optional
	URL string `json:"url,omitempty"`

	// urlFrom takes the URL from a Secret, for URLs that hold a key or a passphrase.
	// +optional
	URLFrom *SecretKeyReference `json:"urlFrom,omitempty"`

	// streamKeySecretRef takes the stream key from a Secret.
	// +optional
	StreamKeySecretRef *SecretKeyReference `json:"streamKeySecretRef,omitempty"`
}

// EmbeddedSubtitles passes captions on that the encoder sends within the video.
type EmbeddedSubtitles struct {
	// languageChannel is cc1, cc2, cc3 or cc4.
	// +kubebuilder:validation:Enum=cc1;cc2;cc3;cc4
	// +kubebuilder:default=cc1
	// +optional
	LanguageChannel string `json:"languageChannel,omitempty"`

	// languageCode is a BCP 47 code; en when unset.
	// +kubebuilder:validation:MaxLength=35
	// +optional
	LanguageCode string `json:"languageCode,omitempty"`

	// name as shown in players.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`

	// passthrough of the track, at most 255 characters.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough string `json:"passthrough,omitempty"`
}

// LiveGeneratedSubtitles asks Mux to write subtitles while the broadcast runs.
type LiveGeneratedSubtitles struct {
	// languageCode of the speech.
	// +kubebuilder:validation:Enum=en;en-US;es;fr;de;pt;it
	// +kubebuilder:default=en
	// +optional
	LanguageCode string `json:"languageCode,omitempty"`

	// name as shown in players.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`

	// passthrough of the track, at most 255 characters.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough string `json:"passthrough,omitempty"`

	// transcriptionVocabularyIDs name lists of words that help to recognize the speech.
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=255
	// +optional
	TranscriptionVocabularyIDs []string `json:"transcriptionVocabularyIDs,omitempty"`
}

// LiveMeta is metadata of a live stream.
type LiveMeta struct {
	// title, at most 512 characters. An empty text clears it; unset leaves it to Mux.
	// +kubebuilder:validation:MaxLength=512
	// +optional
	Title *string `json:"title,omitempty"`
}

// RecordingsSpec makes a MuxAsset for every asset that a broadcast produces, or an upload.
type RecordingsSpec struct {
	// template of the objects.
	// +optional
	Template *ObjectTemplate `json:"template,omitempty"`

	// max is the most objects that are kept.
	// +kubebuilder:default=100
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	// +optional
	Max int32 `json:"max,omitempty"`

	// retention is how long an object stays after its asset was deleted at Mux; never less than 73 hours, while Mux may
	// still redeliver its events.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +optional
	Retention *metav1.Duration `json:"retention,omitempty"`
}

// MuxLiveStreamSpec is the live stream that is asked for.
// +kubebuilder:validation:XValidation:rule="self.managementPolicy != 'Observe' || has(self.import)",message="managementPolicy Observe needs import.id"
// +kubebuilder:validation:XValidation:rule="!has(self.newAssetSettings) || !has(self.newAssetSettings.videoQuality) || self.newAssetSettings.videoQuality != 'basic'",message="videoQuality basic is not possible for recordings of live streams; use plus or premium",fieldPath=".newAssetSettings"
// +kubebuilder:validation:XValidation:rule="!has(self.newAssetSettings) || !has(self.newAssetSettings.normalizeAudio) || !self.newAssetSettings.normalizeAudio",message="normalizeAudio is not possible for recordings of live streams; leave it out",fieldPath=".newAssetSettings"
type MuxLiveStreamSpec struct {
	FollowedSpec `json:",inline"`

	// playbackPolicies ask for one playback id each. Without any the live stream cannot be played.
	// +listType=map
	// +listMapKey=policy
	// +kubebuilder:validation:MaxItems=3
	// +optional
	PlaybackPolicies []PlaybackPolicy `json:"playbackPolicies,omitempty"`

	// newAssetSettings are the settings of future recordings. Of an existing live stream meta, videoQuality, staticRenditions,
	// mp4Support and masterAccess can be changed. videoQuality that is left out again stays as it was.
	// +optional
	NewAssetSettings *AssetSettings `json:"newAssetSettings,omitempty"`

	// latencyMode is low, reduced or standard; standard when unset. Mux changes it only while the stream is idle, so a change
	// waits for the end of a broadcast.
	// +kubebuilder:validation:Enum=low;reduced;standard
	// +optional
	LatencyMode string `json:"latencyMode,omitempty"`

	// reconnectWindowSeconds is how long Mux waits for an encoder that was cut off before it ends the recording; 60 for
	// standard latency and 0 otherwise when unset.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1800
	// +optional
	ReconnectWindowSeconds *int32 `json:"reconnectWindowSeconds,omitempty"`

	// useSlateForStandardLatency shows a slate while the encoder is cut off. false when unset.
	// +optional
	UseSlateForStandardLatency *bool `json:"useSlateForStandardLatency,omitempty"`

	// reconnectSlateURL is the picture of the slate. An empty text clears it.
	// +kubebuilder:validation:MaxLength=2048
	// +optional
	ReconnectSlateURL *string `json:"reconnectSlateURL,omitempty"`

	// maxContinuousDurationSeconds is when Mux ends a broadcast; 43200 when unset.
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=43200
	// +optional
	MaxContinuousDurationSeconds *int32 `json:"maxContinuousDurationSeconds,omitempty"`

	// enabled is false to refuse encoders, and to cut off the one that is connected. It is carried out once, when it changes
	// here: who disables or enables the live stream at Mux afterwards, as Mux does to test streams after five minutes, is not
	// fought. Leaving out false again enables it. Unset leaves it to Mux.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// meta is metadata of the live stream.
	// +optional
	Meta *LiveMeta `json:"meta,omitempty"`

	// passthrough is a text of the user's own, at most 255 characters. While it is unset the operator keeps its create token
	// there.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough *string `json:"passthrough,omitempty"`

	// audioOnly makes a live stream without video. false when unset.
	// +optional
	AudioOnly *bool `json:"audioOnly,omitempty"`

	// test makes a free live stream that Mux disables after five minutes. false when unset.
	// +optional
	Test *bool `json:"test,omitempty"`

	// simulcastTargets send the broadcast on to other services. Mux changes them only while the stream is idle.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=6
	// +optional
	SimulcastTargets []SimulcastTarget `json:"simulcastTargets,omitempty"`

	// embeddedSubtitles pass on captions within the video.
	// +listType=map
	// +listMapKey=languageChannel
	// +kubebuilder:validation:MaxItems=4
	// +optional
	EmbeddedSubtitles []EmbeddedSubtitles `json:"embeddedSubtitles,omitempty"`

	// generatedSubtitles ask Mux to write subtitles; at most one.
	// +listType=map
	// +listMapKey=languageCode
	// +kubebuilder:validation:MaxItems=1
	// +optional
	GeneratedSubtitles []LiveGeneratedSubtitles `json:"generatedSubtitles,omitempty"`

	// streamKeySecret is the Secret that the operator writes the stream key and the ingest URLs into: NAME-stream-key when
	// unset, and none for an imported live stream.
	// +optional
	StreamKeySecret *SecretReference `json:"streamKeySecret,omitempty"`

	// recordings makes a MuxAsset for every recording.
	// +optional
	Recordings *RecordingsSpec `json:"recordings,omitempty"`
}

// MuxLiveStreamStatus is what Mux said about the live stream, and the conditions that follow. Stream keys and passphrases
// are secrets and never here.
type MuxLiveStreamStatus struct {
	FollowedStatus `json:",inline"`

	// state is idle, active, disabled or deleted.
	// +optional
	State string `json:"state,omitempty"`

	// connected is true while an encoder is connected.
	// +optional
	Connected bool `json:"connected,omitempty"`

	// recording is true while Mux records.
	// +optional
	Recording bool `json:"recording,omitempty"`

	// activeAssetID is the recording that is being made.
	// +optional
	ActiveAssetID string `json:"activeAssetID,omitempty"`

	// recentAssetIDs are earlier recordings, the newest last. At most 16 are kept.
	// +listType=atomic
	// +optional
	RecentAssetIDs []string `json:"recentAssetIDs,omitempty"`

	// activeIngestProtocol is rtmp or srt while an encoder is connected.
	// +optional
	ActiveIngestProtocol string `json:"activeIngestProtocol,omitempty"`

	// createdAt is when Mux made the live stream, in whole seconds.
	// +optional
	CreatedAt *metav1.Time `json:"createdAt,omitempty"`

	// latencyMode as Mux shows it.
	// +optional
	LatencyMode string `json:"latencyMode,omitempty"`

	// reconnectWindow as Mux shows it.
	// +optional
	ReconnectWindow *metav1.Duration `json:"reconnectWindow,omitempty"`

	// maxContinuousDuration as Mux shows it.
	// +optional
	MaxContinuousDuration *metav1.Duration `json:"maxContinuousDuration,omitempty"`

	// test is true for test streams, which Mux disables after five minutes.
	// +optional
	Test bool `json:"test,omitempty"`

	// audioOnly is true for live streams without video.
	// +optional
	AudioOnly bool `json:"audioOnly,omitempty"`

	// passthrough as Mux shows it; while the spec sets none it holds the create token.
	// +optional
	Passthrough string `json:"passthrough,omitempty"`

	// title as Mux shows it.
	// +optional
	Title string `json:"title,omitempty"`

	// useSlateForStandardLatency as Mux shows it.
	// +optional
	UseSlateForStandardLatency bool `json:"useSlateForStandardLatency,omitempty"`

	// newAssetSettings are those settings of future recordings that can be changed, as Mux shows them.
	// +optional
	NewAssetSettings *NewAssetSettingsStatus `json:"newAssetSettings,omitempty"`

	// digests tell that something which this status does not show has changed at Mux.
	// +optional
	Digests *LiveStreamDigests `json:"digests,omitempty"`

	// playbackIDs are the ids to play the live stream by. At most 32 are kept.
	// +listType=map
	// +listMapKey=id
	// +optional
	PlaybackIDs []PlaybackIDStatus `json:"playbackIDs,omitempty"`

	// simulcastTargets are the targets as Mux shows them, without their URLs and keys. At most 16 are kept.
	// +listType=map
	// +listMapKey=id
	// +optional
	SimulcastTargets []SimulcastTargetStatus `json:"simulcastTargets,omitempty"`

	// acknowledged is what Mux last accepted from this spec.
	// +optional
	Acknowledged *LiveStreamAcknowledged `json:"acknowledged,omitempty"`

	// lastHandledComplete is the token of the last handled video.mux.com/request-complete.
	// +optional
	LastHandledComplete string `json:"lastHandledComplete,omitempty"`

	// lastHandledResetStreamKey is the token of the last handled video.mux.com/request-reset-stream-key.
	// +optional
	LastHandledResetStreamKey string `json:"lastHandledResetStreamKey,omitempty"`

	// streamKeyResetAt is when the operator last asked Mux for a new stream key, on its own clock.
	// +optional
	StreamKeyResetAt *metav1.MicroTime `json:"streamKeyResetAt,omitempty"`

	// stamps say which observation set which part of this status.
	// +optional
	Stamps *LiveStreamStamps `json:"stamps,omitempty"`
}

// SimulcastTargetStatus is one simulcast target.
type SimulcastTargetStatus struct {
	// id of the target.
	ID string `json:"id"`
	// name is the target's passthrough, by which the spec knows it.
	// +optional
	Name string `json:"name,omitempty"`
	// status is idle, starting, broadcasting or errored.
	// +optional
	Status string `json:"status,omitempty"`
	// errorSeverity is normal (Mux tries again) or fatal.
	// +optional
	ErrorSeverity string `json:"errorSeverity,omitempty"`
	// stamp of the observation, where it is not the collection's.
	// +optional
	Stamp Stamp `json:"stamp,omitempty"`
	// absentAt is the newest whole answer that did not have the target; "=" stands for stamps.simulcastTargets.
	// +optional
	AbsentAt Stamp `json:"absentAt,omitempty"`
}

// NewAssetSettingsStatus are settings of future recordings.
type NewAssetSettingsStatus struct {
	// videoQuality of future recordings.
	// +optional
	VideoQuality string `json:"videoQuality,omitempty"`
	// mp4Support of future recordings.
	// +optional
	MP4Support string `json:"mp4Support,omitempty"`
	// masterAccess of future recordings.
	// +optional
	MasterAccess string `json:"masterAccess,omitempty"`
	// meta of future recordings.
	// +optional
	Meta *AssetMetaStatus `json:"meta,omitempty"`
}

// LiveStreamDigests are digests of what Mux shows. An unset one is of nothing.
type LiveStreamDigests struct {
	// settings is of all that one update of a live stream can change together.
	// +optional
	Settings string `json:"settings,omitempty"`
	// reconnectSlateURL is of the URL of the slate, which may hold a key.
	// +optional
	ReconnectSlateURL string `json:"reconnectSlateURL,omitempty"`
	// staticRenditions is of the files that future recordings get.
	// +optional
	StaticRenditions string `json:"staticRenditions,omitempty"`
	// embeddedSubtitles is of the captions that are passed on.
	// +optional
	EmbeddedSubtitles string `json:"embeddedSubtitles,omitempty"`
	// generatedSubtitles is of the subtitles that Mux writes.
	// +optional
	GeneratedSubtitles string `json:"generatedSubtitles,omitempty"`
}

// LiveStreamAcknowledged is what Mux last accepted from the spec. A field that is unset was never set by us.
type LiveStreamAcknowledged struct {
	// passthrough that Mux accepted; the create token does not count.
	// +optional
	Passthrough *string `json:"passthrough,omitempty"`
	// title that Mux accepted.
	// +optional
	Title *string `json:"title,omitempty"`
	// latencyMode that Mux accepted.
	// +optional
	LatencyMode *string `json:"latencyMode,omitempty"`
	// reconnectWindowSeconds that Mux accepted.
	// +optional
	ReconnectWindowSeconds *int32 `json:"reconnectWindowSeconds,omitempty"`
	// useSlateForStandardLatency that Mux accepted.
	// +optional
	UseSlateForStandardLatency *bool `json:"useSlateForStandardLatency,omitempty"`
	// reconnectSlateURL is the digest of the URL that Mux accepted.
	// +optional
	ReconnectSlateURL *string `json:"reconnectSlateURL,omitempty"`
	// maxContinuousDurationSeconds that Mux accepted.
	// +optional
	MaxContinuousDurationSeconds *int32 `json:"maxContinuousDurationSeconds,omitempty"`
	// enabled that was carried out.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
	// newAssetSettings that Mux accepted.
	// +optional
	NewAssetSettings *NewAssetSettingsAcknowledged `json:"newAssetSettings,omitempty"`
	// staticRenditions is the digest of the files of future recordings that Mux accepted.
	// +optional
	StaticRenditions *string `json:"staticRenditions,omitempty"`
	// embeddedSubtitles is the digest of the captions that Mux accepted.
	// +optional
	EmbeddedSubtitles *string `json:"embeddedSubtitles,omitempty"`
	// generatedSubtitles is the digest of the subtitles that Mux accepted.
	// +optional
	GeneratedSubtitles *string `json:"generatedSubtitles,omitempty"`
	// shown is what Mux showed when it had accepted that, which need not be what it was sent. Where it shows anything else later,
	// somebody has changed it.
	// +optional
	Shown *LiveStreamDigests `json:"shown,omitempty"`
	// at is when the last change was certainly done, on Mux's clock. What was observed before says nothing of it.
	// +optional
	At *metav1.MicroTime `json:"at,omitempty"`
}

// NewAssetSettingsAcknowledged are the settings of future recordings that Mux last accepted from the spec.
type NewAssetSettingsAcknowledged struct {
	// videoQuality that Mux accepted.
	// +optional
	VideoQuality *string `json:"videoQuality,omitempty"`
	// mp4Support that Mux accepted.
	// +optional
	MP4Support *string `json:"mp4Support,omitempty"`
	// masterAccess that Mux accepted.
	// +optional
	MasterAccess *string `json:"masterAccess,omitempty"`
	// title is the digest of the text that Mux accepted.
	// +optional
	Title *string `json:"title,omitempty"`
	// creatorID is the digest of the text that Mux accepted.
	// +optional
	CreatorID *string `json:"creatorID,omitempty"`
	// externalID is the digest of the text that Mux accepted.
	// +optional
	ExternalID *string `json:"externalID,omitempty"`
}

// LiveStreamStamps say which observation set which part of a live stream's status.
type LiveStreamStamps struct {
	// snapshot set the state and everything that has no stamp of its own.
	// +optional
	Snapshot Stamp `json:"snapshot,omitempty"`
	// updated is the newest event that said that somebody has changed the live stream, such as its stream key.
	// +optional
	Updated Stamp `json:"updated,omitempty"`
	// connected is the observation that set connected.
	// +optional
	Connected Stamp `json:"connected,omitempty"`
	// recording is the observation that set recording.
	// +optional
	Recording Stamp `json:"recording,omitempty"`
	// playbackIDs is the newest whole answer about playback ids.
	// +optional
	PlaybackIDs Stamp `json:"playbackIDs,omitempty"`
	// simulcastTargets is the newest whole answer about simulcast targets.
	// +optional
	SimulcastTargets Stamp `json:"simulcastTargets,omitempty"`
	// deleted is the event that said that the live stream was deleted.
	// +optional
	Deleted Stamp `json:"deleted,omitempty"`
	// absent is the newest trustworthy 404; it counts as deleted until something newer is seen.
	// +optional
	Absent Stamp `json:"absent,omitempty"`
	// hiddenSimulcastTargets holds what the join must remember but a reader need not see.
	// +listType=atomic
	// +optional
	HiddenSimulcastTargets []SimulcastTargetStatus `json:"hiddenSimulcastTargets,omitempty"`
}

// MuxLiveStream is a live stream at Mux.
//
// +genclient
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
// +kubebuilder:validation:XValidation:rule="self.spec.environmentRef == oldSelf.spec.environmentRef",message="environmentRef cannot be changed; make a new MuxLiveStream",fieldPath=".spec.environmentRef"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.__import__) == has(oldSelf.spec.__import__) && (!has(self.spec.__import__) || self.spec.__import__ == oldSelf.spec.__import__)) || !has(oldSelf.status) || !has(oldSelf.status.id)",message="import cannot be changed once the live stream is known; make a new MuxLiveStream",fieldPath=".spec.import"
// +kubebuilder:validation:XValidation:rule="self.spec.?audioOnly == oldSelf.spec.?audioOnly || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="audioOnly is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.audioOnly"
// +kubebuilder:validation:XValidation:rule="self.spec.?test == oldSelf.spec.?test || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="test is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.test"
// +kubebuilder:validation:XValidation:rule="((has(self.spec.newAssetSettings) && has(self.spec.newAssetSettings.playbackPolicies)) == (has(oldSelf.spec.newAssetSettings) && has(oldSelf.spec.newAssetSettings.playbackPolicies)) && (!(has(self.spec.newAssetSettings) && has(self.spec.newAssetSettings.playbackPolicies)) || self.spec.newAssetSettings.playbackPolicies == oldSelf.spec.newAssetSettings.playbackPolicies)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="newAssetSettings.playbackPolicies is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.newAssetSettings"
// +kubebuilder:validation:XValidation:rule="((has(self.spec.newAssetSettings) && has(self.spec.newAssetSettings.passthrough)) == (has(oldSelf.spec.newAssetSettings) && has(oldSelf.spec.newAssetSettings.passthrough)) && (!(has(self.spec.newAssetSettings) && has(self.spec.newAssetSettings.passthrough)) || self.spec.newAssetSettings.passthrough == oldSelf.spec.newAssetSettings.passthrough)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="newAssetSettings.passthrough is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.newAssetSettings"
// +kubebuilder:validation:XValidation:rule="((has(self.spec.newAssetSettings) && has(self.spec.newAssetSettings.maxResolutionTier)) == (has(oldSelf.spec.newAssetSettings) && has(oldSelf.spec.newAssetSettings.maxResolutionTier)) && (!(has(self.spec.newAssetSettings) && has(self.spec.newAssetSettings.maxResolutionTier)) || self.spec.newAssetSettings.maxResolutionTier == oldSelf.spec.newAssetSettings.maxResolutionTier)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="newAssetSettings.maxResolutionTier is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.newAssetSettings"
// +kubebuilder:validation:XValidation:rule="self.spec.?newAssetSettings.?normalizeAudio == oldSelf.spec.?newAssetSettings.?normalizeAudio || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="newAssetSettings.normalizeAudio is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.newAssetSettings"
// +kubebuilder:validation:XValidation:rule="self.spec.?newAssetSettings.?test == oldSelf.spec.?newAssetSettings.?test || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="newAssetSettings.test is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.newAssetSettings"
// +kubebuilder:validation:XValidation:rule="self.spec.?newAssetSettings.?generateShots == oldSelf.spec.?newAssetSettings.?generateShots || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="newAssetSettings.generateShots is fixed when Mux creates the live stream; make a new MuxLiveStream for another value",fieldPath=".spec.newAssetSettings"
// +kubebuilder:resource:shortName=mxl,categories=mux
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Connected",type=string,JSONPath=`.status.conditions[?(@.type=="Connected")].status`
// +kubebuilder:printcolumn:name="Recording",type=string,JSONPath=`.status.conditions[?(@.type=="Recording")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=string,JSONPath=`.status.id`,priority=1
// +kubebuilder:printcolumn:name="Active Asset",type=string,JSONPath=`.status.activeAssetID`,priority=1
// +kubebuilder:printcolumn:name="Environment",type=string,JSONPath=`.spec.environmentRef.name`,priority=1
type MuxLiveStream struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the live stream that is asked for.
	Spec MuxLiveStreamSpec `json:"spec"`

	// status is what Mux said about it.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	// +structType=atomic
	Status MuxLiveStreamStatus `json:"status,omitempty"`
}

// MuxLiveStreamList is a list of MuxLiveStreams.
// +kubebuilder:object:root=true
type MuxLiveStreamList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MuxLiveStream `json:"items"`
}
