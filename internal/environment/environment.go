// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Key names the environment that an object of a namespace refers to; a reference without a namespace means the object's own.
func Key(ref video.EnvironmentReference, objectNamespace string) client.ObjectKey {
	namespace := ref.Namespace
	if namespace == "" {
		namespace = objectNamespace
	}
	return client.ObjectKey{Namespace: namespace, Name: ref.Name}
}

// Allows says whether objects of a namespace with these labels may use the environment. Its own namespace always may.
func Allows(env *video.MuxEnvironment, namespace string, namespaceLabels map[string]string) bool {
	allowed := env.Spec.AllowedNamespaces
	switch {
	case namespace == env.Namespace:
		return true
	case allowed == nil:
		return false
	case allowed.From == video.NamespacesFromAll:
		return true
	case allowed.From == video.NamespacesFromSelector:
		selector, err := metav1.LabelSelectorAsSelector(allowed.Selector)
		return err == nil && selector.Matches(labels.Set(namespaceLabels))
	default:
		return false
	}
}

// BySelector says whether the environment asks for the labels of a namespace.
func BySelector(env *video.MuxEnvironment) bool {
	return env.Spec.AllowedNamespaces != nil && env.Spec.AllowedNamespaces.From == video.NamespacesFromSelector
}

const webhookPrefix = "/webhooks/"

// WebhookPath is the path on which the receiver takes the environment's webhooks.
func WebhookPath(env *video.MuxEnvironment) string {
	return webhookPrefix + env.Namespace + "/" + env.Name
}

// ParseWebhookPath is the environment that a path belongs to.
func ParseWebhookPath(path string) (client.ObjectKey, bool) {
	rest, ok := strings.CutPrefix(path, webhookPrefix)
	if !ok {
		return client.ObjectKey{}, false
	}
	namespace, name, ok := strings.Cut(rest, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return client.ObjectKey{}, false
	}
	return client.ObjectKey{Namespace: namespace, Name: name}, true
}

// TestEvent is the type of an event by which a person tests a receiver, such as `kubectl mux doctor`. It changes nothing, and is no
// sign that Mux delivers.
const TestEvent = "mux-operator.test"

// Tolerance is how far the time in a webhook's signature may be from now, either way.
func Tolerance(env *video.MuxEnvironment) time.Duration {
	if env.Spec.Webhook == nil || env.Spec.Webhook.ToleranceSeconds == 0 {
		return video.DefaultToleranceSeconds * time.Second
	}
	return time.Duration(env.Spec.Webhook.ToleranceSeconds) * time.Second
}
