// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// EnvironmentReference names the MuxEnvironment that an object lives in.
type EnvironmentReference struct {
	// name of the MuxEnvironment.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// namespace of the MuxEnvironment; the object's own when unset. The MuxEnvironment must allow the object's namespace.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`
}

// SecretKeyReference names one value of a Secret in the object's own namespace.
type SecretKeyReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// key within the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key"`
}

// SecretReference names a Secret in the object's own namespace that the operator writes.
type SecretReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// ImportSpec names an object that exists at Mux.
type ImportSpec struct {
	// id at Mux. It can be corrected until an object with it was found.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	ID string `json:"id"`
}
