// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FollowedStatus is what every kind that follows an object at Mux has in its status.
type FollowedStatus struct {
	// observedGeneration is the newest generation of the spec that the controller has acted on; -1 before the first.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions say how far the object is and what to do: Ready always, Reconciling or Stalled only while True, Synced when
	// the spec has reached Mux, and the stages of the kind.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// projectionVersion is the version of the rules by which this status was joined.
	// +optional
	ProjectionVersion int32 `json:"projectionVersion,omitempty"`

	// id of the object at Mux. It is also kept in the annotation video.mux.com/id.
	// +optional
	ID string `json:"id,omitempty"`

	// environmentID is the id of the Mux environment that the object lives in.
	// +optional
	EnvironmentID string `json:"environmentID,omitempty"`

	// creation is the create that the operator sent or is about to send.
	// +optional
	Creation *CreationStatus `json:"creation,omitempty"`

	// identified is the answer that gave the object its id.
	// +optional
	Identified *IdentifiedStatus `json:"identified,omitempty"`

	// lastHandledRefresh is the token of the last handled video.mux.com/request-refresh.
	// +optional
	LastHandledRefresh string `json:"lastHandledRefresh,omitempty"`

	// children are the parts of the spec that are objects of their own at Mux, such as playback ids and text tracks, as Mux
	// has acknowledged them.
	// +listType=map
	// +listMapKey=kind
	// +listMapKey=key
	// +optional
	Children []ChildStatus `json:"children,omitempty"`

	// removed are parts that were removed at Mux and that the status still shows.
	// +listType=map
	// +listMapKey=id
	// +optional
	Removed []RemovedStatus `json:"removed,omitempty"`

	// adding is the part that is being added at Mux. It is written before anything is sent.
	// +optional
	Adding *AddingStatus `json:"adding,omitempty"`
}

// ChildStatus is a part of the spec that is an object of its own at Mux.
type ChildStatus struct {
	// kind is playback-id, text-track, generated-subtitles, static-rendition or simulcast-target.
	Kind string `json:"kind"`
	// key is what the spec knows the part by: its policy, name, language or resolution.
	Key string `json:"key"`
	// id of the part at Mux; unset while it was asked for in a create and Mux has not shown it yet.
	// +optional
	ID string `json:"id,omitempty"`
	// content is a digest of what Mux cannot change of the part; another content takes another part.
	// +optional
	Content string `json:"content,omitempty"`
	// settings is a digest of what Mux can change of it.
	// +optional
	Settings string `json:"settings,omitempty"`
	// adopted is true of a part that was there before the spec asked for it: when the spec does not any more, it stays at Mux.
	// +optional
	Adopted bool `json:"adopted,omitempty"`
	// shown is a digest of those settings that the spec says as Mux showed them when it had accepted them. Where it shows others
	// later, somebody has changed them.
	// +optional
	Shown string `json:"shown,omitempty"`
	// addedAt is when Mux had the part, with its settings, for certain, on Mux's clock: 3 s after its answer. Only what is newer and without it says that
	// it is gone.
	// +optional
	AddedAt *metav1.Time `json:"addedAt,omitempty"`
}

// AddingStatus is the intent to add a part at Mux.
type AddingStatus struct {
	// kind and key of the part, as in children.
	Kind string `json:"kind"`
	// key of the part.
	Key string `json:"key"`
	// content and settings are those that were asked for, as in children.
	// +optional
	Content string `json:"content,omitempty"`
	// settings as in children.
	// +optional
	Settings string `json:"settings,omitempty"`
	// seen are the ids of its kind that the object had; one that comes after it may be this part.
	// +listType=atomic
	// +optional
	Seen []string `json:"seen,omitempty"`
	// startedAt is when the intent was written.
	StartedAt metav1.MicroTime `json:"startedAt"`
}

// RemovedStatus is a part that was removed at Mux.
type RemovedStatus struct {
	// id of the part at Mux.
	ID string `json:"id"`
	// at is when Mux was told to remove it, on the operator's clock.
	At metav1.Time `json:"at"`
}
