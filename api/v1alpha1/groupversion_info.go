// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API group video.mux.com/v1alpha1: videos, live streams and uploads at Mux as Kubernetes objects,
// and the Mux environments that they live in.
//
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +groupName=video.mux.com
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// GroupVersion of the kinds in this package.
	GroupVersion = schema.GroupVersion{Group: "video.mux.com", Version: "v1alpha1"}

	// SchemeGroupVersion is GroupVersion under the name that generated clients use.
	SchemeGroupVersion = GroupVersion

	// SchemeBuilder adds the kinds to a scheme.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme adds the kinds to a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&MuxAsset{}, &MuxAssetList{},
		&MuxEnvironment{}, &MuxEnvironmentList{},
		&MuxLiveStream{}, &MuxLiveStreamList{},
		&MuxUpload{}, &MuxUploadList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
