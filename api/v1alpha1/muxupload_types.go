// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MuxUploadSpec is the direct upload that is asked for.
// +kubebuilder:validation:XValidation:rule="self.managementPolicy != 'Observe' || has(self.import)",message="managementPolicy Observe needs import.id"
// +kubebuilder:validation:XValidation:rule="has(self.import) || has(self.corsOrigin)",message="corsOrigin is needed, unless the upload is imported; use * for any"
type MuxUploadSpec struct {
	FollowedSpec `json:",inline"`

	// corsOrigin is the origin of the web page that uploads, or *.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +optional
	CORSOrigin string `json:"corsOrigin,omitempty"`

	// timeoutSeconds is how long the upload URL is valid; 3600 when unset.
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=604800
	// +optional
	TimeoutSeconds *int32 `json:"timeoutSeconds,omitempty"`

	// newAssetSettings are the settings of the asset that the upload makes.
	// +optional
	NewAssetSettings *AssetSettings `json:"newAssetSettings,omitempty"`

	// test makes a test asset. false when unset.
	// +optional
	Test *bool `json:"test,omitempty"`

	// uploadURLSecret is the Secret that the operator writes the upload URL into, under the key url, for as long as Mux waits
	// for the file. It must not exist already. Unset, it is the object's name and -upload-url; for an imported upload none.
	// +optional
	UploadURLSecret *SecretReference `json:"uploadURLSecret,omitempty"`

	// asset says how the MuxAsset that follows the uploaded asset is made.
	// +optional
	Asset *ObjectTemplate `json:"asset,omitempty"`

	// ttlSecondsAfterFinished deletes the object so long after the upload has ended, on Mux's clock, but not before the
	// MuxAsset of the uploaded file is there, for which it waits 73 hours at most; never when unset. The MuxAsset stays.
	// +kubebuilder:validation:Minimum=0
	// +optional
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`
}

// MuxUploadStatus is what Mux said about the upload, and the conditions that follow. The upload URL is a secret and never
// here.
type MuxUploadStatus struct {
	FollowedStatus `json:",inline"`

	// state is waiting, asset_created, errored, cancelled, timed_out, or deleted after a 404 while it waited.
	// +optional
	State string `json:"state,omitempty"`

	// assetID is the asset that the upload made.
	// +optional
	AssetID string `json:"assetID,omitempty"`

	// assetRef is the MuxAsset that follows it.
	// +optional
	AssetRef *AssetReference `json:"assetRef,omitempty"`

	// expiresAt is when Mux stops to wait for the file.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`

	// test is true for an upload that makes a test asset.
	// +optional
	Test bool `json:"test,omitempty"`

	// error is why the upload is errored, in Mux's words.
	// +optional
	Error *ErrorStatus `json:"error,omitempty"`

	// stamps say which observation set which part of this status.
	// +optional
	Stamps *UploadStamps `json:"stamps,omitempty"`
}

// AssetReference names a MuxAsset in the same namespace.
type AssetReference struct {
	// name of the MuxAsset.
	Name string `json:"name"`
}

// UploadStamps say which observation set which part of an upload's status.
type UploadStamps struct {
	// state is the smallest stamp that reached the life-cycle state.
	// +optional
	State Stamp `json:"state,omitempty"`
	// snapshot set everything else.
	// +optional
	Snapshot Stamp `json:"snapshot,omitempty"`
	// absent is the newest trustworthy 404; it counts as gone until something newer is seen.
	// +optional
	Absent Stamp `json:"absent,omitempty"`
}

// MuxUpload is a direct upload to Mux.
//
// +genclient
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
// +kubebuilder:validation:XValidation:rule="self.spec.environmentRef == oldSelf.spec.environmentRef",message="environmentRef cannot be changed; make a new MuxUpload",fieldPath=".spec.environmentRef"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.__import__) == has(oldSelf.spec.__import__) && (!has(self.spec.__import__) || self.spec.__import__ == oldSelf.spec.__import__)) || !has(oldSelf.status) || !has(oldSelf.status.id)",message="import cannot be changed once the upload is known; make a new MuxUpload",fieldPath=".spec.import"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.corsOrigin) == has(oldSelf.spec.corsOrigin) && (!has(self.spec.corsOrigin) || self.spec.corsOrigin == oldSelf.spec.corsOrigin)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="corsOrigin is fixed when Mux creates the upload; make a new MuxUpload for another value",fieldPath=".spec.corsOrigin"
// +kubebuilder:validation:XValidation:rule="self.spec.?timeoutSeconds == oldSelf.spec.?timeoutSeconds || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="timeoutSeconds is fixed when Mux creates the upload; make a new MuxUpload for another value",fieldPath=".spec.timeoutSeconds"
// +kubebuilder:validation:XValidation:rule="(has(self.spec.newAssetSettings) == has(oldSelf.spec.newAssetSettings) && (!has(self.spec.newAssetSettings) || self.spec.newAssetSettings == oldSelf.spec.newAssetSettings)) || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="newAssetSettings is fixed when Mux creates the upload; make a new MuxUpload for another value",fieldPath=".spec.newAssetSettings"
// +kubebuilder:validation:XValidation:rule="self.spec.?test == oldSelf.spec.?test || !has(oldSelf.status) || !(has(oldSelf.status.id) || has(oldSelf.status.creation))",message="test is fixed when Mux creates the upload; make a new MuxUpload for another value",fieldPath=".spec.test"
// +kubebuilder:resource:shortName=mxu,categories=mux
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="URL Ready",type=string,JSONPath=`.status.conditions[?(@.type=="URLReady")].status`
// +kubebuilder:printcolumn:name="Asset",type=string,JSONPath=`.status.assetRef.name`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=string,JSONPath=`.status.id`,priority=1
// +kubebuilder:printcolumn:name="Asset ID",type=string,JSONPath=`.status.assetID`,priority=1
// +kubebuilder:printcolumn:name="Environment",type=string,JSONPath=`.spec.environmentRef.name`,priority=1
type MuxUpload struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the upload that is asked for.
	Spec MuxUploadSpec `json:"spec"`

	// status is what Mux said about it.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	// +structType=atomic
	Status MuxUploadStatus `json:"status,omitempty"`
}

// MuxUploadList is a list of MuxUploads.
// +kubebuilder:object:root=true
type MuxUploadList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MuxUpload `json:"items"`
}
