// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// selectable refuses an environment that admits namespaces by their labels, where the operator watches one namespace alone: it has no
// right to read the labels of others, and their objects do not exist for it. Who wrote the selector would wait for them in vain.
func (r *environmentReconciler) selectable(env *video.MuxEnvironment) error {
	if r.options.Namespace == "" || !environment.BySelector(env) {
		return nil
	}
	return terminal(video.ReasonInvalid,
		"spec.allowedNamespaces cannot select namespaces by their labels, since the operator watches the namespace %s alone; "+
			"remove spec.allowedNamespaces, or install the operator for all namespaces", r.options.Namespace)
}
