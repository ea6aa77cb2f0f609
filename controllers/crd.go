// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Who deletes a CRD, by an uninstall that takes too much or a chart that is replaced, deletes all its objects with it, and does not
// mean all videos at Mux. Kubernetes marks the CRD first and its objects then, so an object that is being deleted because of that
// always finds it marked.

// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,resourceNames=muxassets.video.mux.com;muxlivestreams.video.mux.com;muxuploads.video.mux.com,verbs=get

// keptWithCRD says whether an object goes since its CRD does: then what is at Mux stays there. It asks the API server, since what
// is deleted at Mux cannot be brought back. Where the operator may not read CRDs, in one namespace without a ClusterRole, it cannot
// know, and deletes only what the spec says it shall.
func (r *follower) keptWithCRD(ctx context.Context, s *scope) (bool, error) {
	crd := &metav1.PartialObjectMetadata{}
	crd.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	err := r.options.Committer.Live.Get(ctx, client.ObjectKey{Name: r.kind.name() + "s." + video.GroupVersion.Group}, crd)
	switch {
	case apierrors.IsForbidden(err):
		unsaid := s.spec().DeletionPolicy == ""
		if unsaid {
			ctrl.LoggerFrom(ctx).Info("it stays at Mux, since the operator may not see whether all of its kind are deleted; spec.deletionPolicy Delete deletes it")
		}
		return unsaid, nil
	case apierrors.IsNotFound(err):
		return true, nil // gone already: this object is one of the last
	case err != nil:
		return false, err
	case crd.GetDeletionTimestamp() != nil:
		ctrl.LoggerFrom(ctx).Info("it stays at Mux, since its CustomResourceDefinition is being deleted")
		return true, nil
	}
	return false, nil
}
