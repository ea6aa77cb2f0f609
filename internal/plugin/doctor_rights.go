// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// right is what somebody may do with a resource.
type right struct {
	group, resource string
	verbs           []string
	// cluster is true of what no namespace has; an operator for one namespace goes without.
	cluster bool
	// name is the only object that it is about; "" for all.
	name string
}

// operatorRights are those of config/rbac/role.yaml; a test compares them.
var operatorRights = []right{
	{resource: "namespaces", verbs: []string{"get", "list", "watch"}, cluster: true},
	{resource: "secrets", verbs: []string{"create", "delete", "get", "list", "patch", "watch"}},
	{group: "apiextensions.k8s.io", resource: "customresourcedefinitions", verbs: []string{"get"}, cluster: true, name: "muxassets.video.mux.com"},
	{group: "events.k8s.io", resource: "events", verbs: []string{"create", "patch"}},
	{group: video.GroupVersion.Group, resource: "muxassets", verbs: []string{"create", "delete", "get", "list", "patch", "watch"}},
	{group: video.GroupVersion.Group, resource: "muxlivestreams", verbs: []string{"create", "delete", "get", "list", "patch", "watch"}},
	{group: video.GroupVersion.Group, resource: "muxassets/status", verbs: []string{"patch"}},
	{group: video.GroupVersion.Group, resource: "muxenvironments/status", verbs: []string{"patch"}},
	{group: video.GroupVersion.Group, resource: "muxlivestreams/status", verbs: []string{"patch"}},
	{group: video.GroupVersion.Group, resource: "muxuploads/status", verbs: []string{"patch"}},
	{group: video.GroupVersion.Group, resource: "muxenvironments", verbs: []string{"get", "list", "patch", "watch"}},
	{group: video.GroupVersion.Group, resource: "muxuploads", verbs: []string{"delete", "get", "list", "patch", "watch"}},
}

// personalRights are what this plugin takes.
var personalRights = []right{
	{group: video.GroupVersion.Group, resource: "muxenvironments", verbs: []string{"get", "list"}},
	{group: video.GroupVersion.Group, resource: "muxassets", verbs: []string{"get", "list"}},
	{group: video.GroupVersion.Group, resource: "muxlivestreams", verbs: []string{"get", "list"}},
	{group: video.GroupVersion.Group, resource: "muxuploads", verbs: []string{"get", "list"}},
}

// attributes are the questions that a right is: one for each verb.
func (r right) attributes(namespace string) (all []*authorizationv1.ResourceAttributes) {
	resource, subresource, _ := strings.Cut(r.resource, "/")
	if r.cluster {
		namespace = ""
	}
	for _, verb := range r.verbs {
		all = append(all, &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: verb, Group: r.group, Resource: resource, Subresource: subresource, Name: r.name,
		})
	}
	return all
}

// checkOperatorRights asks what the operator's service account may do.
func (d *doctor) checkOperatorRights(ctx context.Context) {
	account := cmp.Or(d.operator.Spec.Template.Spec.ServiceAccountName, "default")
	user := "system:serviceaccount:" + d.operator.Namespace + ":" + account
	lacks, err := lacking(operatorRights, cmp.Or(d.operator.watched, d.namespace), d.operator.watched != "", func(a *authorizationv1.ResourceAttributes) (bool, error) {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: user, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + d.operator.Namespace, "system:authenticated"}, ResourceAttributes: a,
		}}
		err := d.Create(ctx, review)
		return review.Status.Allowed, err
	})
	switch {
	case apierrors.IsForbidden(err):
		d.skip("rights", "you may not ask what the service account %s may do", account)
	case err != nil:
		d.skip("rights", "%v", err)
	case len(lacks) > 0:
		d.fault("rights", fmt.Sprintf("the service account %s may not %s", account, listed(lacks)),
			"install the roles of the release: config/rbac, or rbac.create of the chart; see docs/security.md")
	default:
		d.fine("rights", "the service account %s may do all that the operator does", account)
	}
}

// checkAccess asks what you may do.
func (d *doctor) checkAccess(ctx context.Context) {
	d.area = "you"
	lacks, err := lacking(personalRights, d.namespace, false, d.mine(ctx))
	switch {
	case err != nil:
		d.skip("rights", "%v", err)
	case len(lacks) > 0:
		d.fault("rights", "you may not "+listed(lacks)+inNamespace(d.namespace),
			"ask an administrator for the role view there, into which config/rbac/*_viewer_role.yaml aggregates; or name a namespace that is yours with -n")
	default:
		d.fine("rights", "you may read the objects of mux-operator%s", inNamespace(d.namespace))
	}
}

// mine asks what you may do.
func (d *doctor) mine(ctx context.Context) func(*authorizationv1.ResourceAttributes) (bool, error) {
	return func(a *authorizationv1.ResourceAttributes) (bool, error) {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: a}}
		err := d.Create(ctx, review)
		return review.Status.Allowed, err
	}
}

// mayReadSecret says whether you may read a Secret.
func (d *doctor) mayReadSecret(ctx context.Context, key client.ObjectKey) bool {
	allowed, err := d.mine(ctx)(&authorizationv1.ResourceAttributes{Namespace: key.Namespace, Name: key.Name, Verb: "get", Resource: "secrets"})
	return err == nil && allowed
}

// lacking are the rights that are not there, as "verb resource". oneNamespace leaves out what only the whole cluster has.
func lacking(rights []right, namespace string, oneNamespace bool, allowed func(*authorizationv1.ResourceAttributes) (bool, error)) (lacks []string, err error) {
	for _, r := range rights {
		if r.cluster && oneNamespace {
			continue
		}
		for _, a := range r.attributes(namespace) {
			ok, err := allowed(a)
			if err != nil {
				return nil, err
			}
			if !ok {
				lacks = append(lacks, a.Verb+" "+r.resource)
			}
		}
	}
	return lacks, nil
}

// listed names the first of many.
func listed(all []string) string {
	const shown = 4
	slices.Sort(all)
	text := strings.Join(all[:min(len(all), shown)], ", ")
	if len(all) > shown {
		text += fmt.Sprintf(" and %d more", len(all)-shown)
	}
	return text
}

func inNamespace(namespace string) string {
	if namespace == "" {
		return " in all namespaces"
	}
	return " in the namespace " + namespace
}
