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
}
