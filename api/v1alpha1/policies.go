// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ManagementPolicy says whether the operator changes the object at Mux.
// +kubebuilder:validation:Enum=Managed;Observe
type ManagementPolicy string

const (
	// ManagementPolicyManaged creates the object at Mux, or adopts it, and keeps it as the spec says.
	ManagementPolicyManaged ManagementPolicy = "Managed"
	// ManagementPolicyObserve only follows an object that exists at Mux and never changes it there.
	ManagementPolicyObserve ManagementPolicy = "Observe"
)

// DeletionPolicy says what happens at Mux when the object is deleted.
// +kubebuilder:validation:Enum=Delete;Retain
type DeletionPolicy string

const (
	// DeletionPolicyDelete deletes the object at Mux, too.
	DeletionPolicyDelete DeletionPolicy = "Delete"
	// DeletionPolicyRetain leaves the object at Mux as it is.
	DeletionPolicyRetain DeletionPolicy = "Retain"
)

// FollowedSpec is what the specs of all kinds that follow an object at Mux have in common.
type FollowedSpec struct {
	// environmentRef names the MuxEnvironment that the object lives in. It cannot be changed.
	EnvironmentRef EnvironmentReference `json:"environmentRef"`

	// suspend stops all calls to Mux for this object. Webhooks still update its status.
	// +optional
	Suspend bool `json:"suspend,omitempty"`

	// managementPolicy is Managed (create or adopt the object at Mux and keep it as the spec says) or Observe (follow an
	// existing one, named by import, and never change it).
	// +kubebuilder:default=Managed
	// +optional
	ManagementPolicy ManagementPolicy `json:"managementPolicy,omitempty"`

	// deletionPolicy is Delete or Retain. Unset deletes at Mux what the operator created there and retains the rest. It can
	// be set to Retain during a deletion, to let the object go without a call to Mux.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// import names an existing object at Mux to adopt or to observe instead of creating one.
	// +optional
	Import *ImportSpec `json:"import,omitempty"`
}
