// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API group video.mux.com/v1alpha1: videos, live streams and uploads at Mux as Kubernetes objects,
// and the Mux environments that they live in.
//
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +groupName=video.mux.com
package v1alpha1

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/scheme"
)

var (
	// GroupVersion of the kinds in this package.
	GroupVersion = schema.GroupVersion{Group: "video.mux.com", Version: "v1alpha1"}

	// SchemeGroupVersion is GroupVersion under the name that generated clients use.
	SchemeGroupVersion = GroupVersion

	// SchemeBuilder adds the kinds to a scheme.
	SchemeBuilder = &scheme.Builder{GroupVersion: GroupVersion}

	// AddToScheme adds the kinds to a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)
