// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MuxAssetStatus is what Mux said about the asset, joined from webhooks and REST answers, and the conditions that follow.
// Its values are bounded by clamping in internal/projection: texts at 512 characters, lists as each field says.
type MuxAssetStatus struct {
	FollowedStatus `json:",inline"`

	// state is preparing, ready, errored or deleted, and never goes back. deleted is said by Mux's deleted event, or by a
	// 404 for an asset that was seen before; the latter ends with newer word of the asset.
	// +optional
	State string `json:"state,omitempty"`

	// duration of the media, rounded to the millisecond; unset until Mux knows it.
	// +optional
	Duration *metav1.Duration `json:"duration,omitempty"`

	// aspectRatio is width:height in arbitrary integers, such as 16:9 or 231:130.
	// +optional
	AspectRatio string `json:"aspectRatio,omitempty"`

	// resolutionTier is the tier that Mux bills, such as 1080p or audio-only.
	// +optional
	ResolutionTier string `json:"resolutionTier,omitempty"`

	// maxResolutionTier is the highest tier that Mux keeps of the input.
	// +optional
	MaxResolutionTier string `json:"maxResolutionTier,omitempty"`

	// videoQuality is basic, plus or premium.
	// +optional
	VideoQuality string `json:"videoQuality,omitempty"`

	// ingestType says where the asset came from, such as on_demand_url or live_rtmp.
	// +optional
	IngestType string `json:"ingestType,omitempty"`

	// createdAt is when Mux made the asset, in whole seconds.
	// +optional
	CreatedAt *metav1.Time `json:"createdAt,omitempty"`

	// isLive is true while the asset is the recording of a broadcast that still runs.
	// +optional
	IsLive bool `json:"isLive,omitempty"`

	// test is true for test assets: 10 s, watermarked, deleted by Mux after 24 h.
	// +optional
	Test bool `json:"test,omitempty"`

	// passthrough as Mux shows it.
	// +optional
	Passthrough string `json:"passthrough,omitempty"`

	// meta as Mux shows it; while the spec sets no meta.externalID it holds the create token.
	// +optional
	Meta *AssetMetaStatus `json:"meta,omitempty"`

	// liveStreamID is the live stream that this asset records.
	// +optional
	LiveStreamID string `json:"liveStreamID,omitempty"`

	// uploadID is the direct upload that this asset came from.
	// +optional
	UploadID string `json:"uploadID,omitempty"`

	// sourceAssetID is the asset that this one was clipped from.
	// +optional
	SourceAssetID string `json:"sourceAssetID,omitempty"`

	// playbackIDs are the ids to play the asset by. At most 32 are kept.
	// +listType=map
	// +listMapKey=id
	// +optional
	PlaybackIDs []PlaybackIDStatus `json:"playbackIDs,omitempty"`

	// tracks of the asset. At most 64 are kept.
	// +listType=map
	// +listMapKey=id
	// +optional
	Tracks []TrackStatus `json:"tracks,omitempty"`

	// staticRenditions are the asset's downloadable files. At most 32 are kept.
	// +listType=map
	// +listMapKey=id
	// +optional
	StaticRenditions []StaticRenditionStatus `json:"staticRenditions,omitempty"`

	// legacyRenditions is the aggregate state of renditions made by mp4Support: preparing, ready, errored or disabled.
	// +optional
	LegacyRenditions string `json:"legacyRenditions,omitempty"`

	// master says whether the master can be downloaded. Its URL is a secret and never here.
	// +optional
	Master *MasterStatus `json:"master,omitempty"`

	// nonStandardInput is true when Mux found the input to need slower processing.
	// +optional
	NonStandardInput bool `json:"nonStandardInput,omitempty"`

	// error is why the asset is errored, in Mux's words.
	// +optional
	Error *ErrorStatus `json:"error,omitempty"`

	// acknowledged is what Mux last accepted from this spec; the update phase compares the spec with it.
	// +optional
	Acknowledged *AssetAcknowledged `json:"acknowledged,omitempty"`

	// lastHandledMaster is the token of the last handled video.mux.com/request-master.
	// +optional
	LastHandledMaster string `json:"lastHandledMaster,omitempty"`

	// stamps say which observation set which part of this status.
	// +optional
	Stamps *AssetStamps `json:"stamps,omitempty"`
}

// AssetMetaStatus is the asset's metadata as Mux shows it.
type AssetMetaStatus struct {
	// title of the asset.
	// +optional
	Title string `json:"title,omitempty"`
	// creatorID names who made the media.
	// +optional
	CreatorID string `json:"creatorID,omitempty"`
	// externalID is the user's own id for the asset.
	// +optional
	ExternalID string `json:"externalID,omitempty"`
}

// PlaybackIDStatus is one playback id. The policy of an id never changes.
type PlaybackIDStatus struct {
	// id to play by.
	ID string `json:"id"`
	// policy is public, signed or drm.
	// +optional
	Policy string `json:"policy,omitempty"`
	// drmConfigurationID is set for the policy drm.
	// +optional
	DRMConfigurationID string `json:"drmConfigurationID,omitempty"`
	// stamp of the observation, where it is not the collection's.
	// +optional
	Stamp Stamp `json:"stamp,omitempty"`
}

// TrackStatus is one track of an asset.
type TrackStatus struct {
	// id of the track.
	ID string `json:"id"`
	// type is video, audio or text.
	// +optional
	Type string `json:"type,omitempty"`
	// status is preparing, ready, errored or deleted; Mux leaves it out for video tracks.
	// +optional
	Status string `json:"status,omitempty"`
	// textType is subtitles.
	// +optional
	TextType string `json:"textType,omitempty"`
	// textSource is uploaded, embedded, generated_live, generated_live_final or generated_vod.
	// +optional
	TextSource string `json:"textSource,omitempty"`
	// languageCode is a BCP 47 code, und or auto.
	// +optional
	LanguageCode string `json:"languageCode,omitempty"`
	// name as shown in players.
	// +optional
	Name string `json:"name,omitempty"`
	// closedCaptions is true for captions for the hard of hearing.
	// +optional
	ClosedCaptions bool `json:"closedCaptions,omitempty"`
	// primary is true for the audio track that plays by default.
	// +optional
	Primary bool `json:"primary,omitempty"`
	// passthrough of the track.
	// +optional
	Passthrough string `json:"passthrough,omitempty"`
	// error is why the track is errored.
	// +optional
	Error *ErrorStatus `json:"error,omitempty"`
	// stamp of the observation, where it is not the collection's.
	// +optional
	Stamp Stamp `json:"stamp,omitempty"`
	// absentAt is the newest whole answer that did not have the track; "=" stands for stamps.tracks.
	// +optional
	AbsentAt Stamp `json:"absentAt,omitempty"`
}

// StaticRenditionStatus is one downloadable file of an asset.
type StaticRenditionStatus struct {
	// id of the rendition; for renditions of mp4Support, which have none, their file name.
	ID string `json:"id"`
	// name of the file, such as highest.mp4.
	// +optional
	Name string `json:"name,omitempty"`
	// resolution that was asked for, such as highest, audio-only or 720p.
	// +optional
	Resolution string `json:"resolution,omitempty"`
	// status is preparing, ready, skipped, errored or deleted.
	// +optional
	Status string `json:"status,omitempty"`
	// filesize in bytes; unset until known.
	// +optional
	Filesize int64 `json:"filesize,omitempty"`
	// width in pixels.
	// +optional
	Width int32 `json:"width,omitempty"`
	// height in pixels.
	// +optional
	Height int32 `json:"height,omitempty"`
	// passthrough of the rendition.
	// +optional
	Passthrough string `json:"passthrough,omitempty"`
	// error is why the rendition is errored.
	// +optional
	Error *ErrorStatus `json:"error,omitempty"`
	// stamp of the observation, where it is not the collection's.
	// +optional
	Stamp Stamp `json:"stamp,omitempty"`
	// absentAt is the newest whole answer that did not have the rendition; "=" stands for stamps.staticRenditions.
	// +optional
	AbsentAt Stamp `json:"absentAt,omitempty"`
}

// MasterStatus is the state of master access.
type MasterStatus struct {
	// status is preparing, ready, errored or deleted.
	Status string `json:"status"`
}

// ErrorStatus is an error in Mux's words. At most 5 messages are kept.
type ErrorStatus struct {
	// type of the error, such as invalid_input.
	// +optional
	Type string `json:"type,omitempty"`
	// messages for people.
	// +listType=atomic
	// +optional
	Messages []string `json:"messages,omitempty"`
}

// CreationStatus is the intent to create the object at Mux. It is written before anything is sent.
type CreationStatus struct {
	// token is sent along with the create and comes back in webhooks and lists.
	Token string `json:"token"`
	// startedAt is when the intent was written.
	StartedAt metav1.MicroTime `json:"startedAt"`
	// unknownSince is set while the outcome of a sent create is not known.
	// +optional
	UnknownSince *metav1.MicroTime `json:"unknownSince,omitempty"`
	// duplicateID is a second object at Mux that bears the token, made by a create that was thought lost. The operator
	// leaves it alone.
	// +optional
	DuplicateID string `json:"duplicateID,omitempty"`
	// orphanSearchAt is when to look at Mux for what bears the token beside the object, made by a create of an upload that
	// was thought lost, and to cancel it. Unset when none was.
	// +optional
	OrphanSearchAt *metav1.MicroTime `json:"orphanSearchAt,omitempty"`
}

// IdentifiedStatus is the REST answer that gave an object its Mux id.
type IdentifiedStatus struct {
	// at is when the answer came, on the operator's clock. Until 30 s later an unmatched young event is not passed over.
	At metav1.MicroTime `json:"at"`
	// stamp of the answer.
	// +optional
	Stamp Stamp `json:"stamp,omitempty"`
	// confirmed is true once the object was read again, 30 s later, to make good what a receiver with a lagging cache may
	// have passed over. It is not needed where webhooks have told of a final state by then.
	// +optional
	Confirmed bool `json:"confirmed,omitempty"`
}

// AssetAcknowledged is what Mux last accepted from the spec. A field that is unset was never set by us.
type AssetAcknowledged struct {
	// passthrough that Mux accepted.
	// +optional
	Passthrough *string `json:"passthrough,omitempty"`
	// title that Mux accepted.
	// +optional
	Title *string `json:"title,omitempty"`
	// creatorID that Mux accepted.
	// +optional
	CreatorID *string `json:"creatorID,omitempty"`
	// externalID that Mux accepted; the create token does not count.
	// +optional
	ExternalID *string `json:"externalID,omitempty"`
	// mp4Support that Mux accepted.
	// +optional
	MP4Support *string `json:"mp4Support,omitempty"`
	// masterAccess that Mux accepted. It ends by itself after 24 hours, which is no difference.
	// +optional
	MasterAccess *string `json:"masterAccess,omitempty"`
}

// AssetStamps say which observation set which part of an asset's status.
type AssetStamps struct {
	// state is the smallest stamp that reached the life-cycle state.
	// +optional
	State Stamp `json:"state,omitempty"`
	// snapshot set everything that is not a collection.
	// +optional
	Snapshot Stamp `json:"snapshot,omitempty"`
	// playbackIDs is the newest whole answer about playback ids.
	// +optional
	PlaybackIDs Stamp `json:"playbackIDs,omitempty"`
	// tracks is the newest whole answer about tracks.
	// +optional
	Tracks Stamp `json:"tracks,omitempty"`
	// staticRenditions is the newest whole answer about static renditions.
	// +optional
	StaticRenditions Stamp `json:"staticRenditions,omitempty"`
	// completed is the smallest stamp that said the recording has ended.
	// +optional
	Completed Stamp `json:"completed,omitempty"`
	// masterReady is the newest event that said that the master is ready, perhaps at another URL than before.
	// +optional
	MasterReady Stamp `json:"masterReady,omitempty"`
	// absent is the newest trustworthy 404; it counts as deleted until something newer is seen.
	// +optional
	Absent Stamp `json:"absent,omitempty"`
	// hiddenTracks holds what the join must remember but a reader need not see: deleted tracks that no newer whole answer
	// covers yet, and newer observations of a less advanced state.
	// +listType=atomic
	// +optional
	HiddenTracks []TrackStatus `json:"hiddenTracks,omitempty"`
	// hiddenStaticRenditions holds the same for static renditions.
	// +listType=atomic
	// +optional
	HiddenStaticRenditions []StaticRenditionStatus `json:"hiddenStaticRenditions,omitempty"`
}
