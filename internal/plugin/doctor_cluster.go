// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// checkCluster is false where nothing else can be looked at.
func (d *doctor) checkCluster(ctx context.Context) bool {
	d.area = "cluster"
	version, date, err := d.askVersion(ctx)
	if err != nil {
		d.fault("API server", err.Error(), "look at --kubeconfig, --context and your network; `kubectl get --raw /version` must work")
		return false
	}
	d.fine("API server", "Kubernetes %s", version)
	d.checkSkew("clock", "the API server", date)
	if d.Client, err = client.New(d.config, client.Options{Scheme: scheme}); err != nil {
		d.fault("API server", err.Error(), "look at your rights: `kubectl api-resources` must work")
		return false
	}
	d.secrets = &environment.Secrets{Metadata: d.Client, Live: d.Client}
	return true
}

// askVersion is the version of the API server, and its clock.
func (d *doctor) askVersion(ctx context.Context) (version string, date time.Time, err error) {
	asked, err := rest.HTTPClientFor(d.config)
	if err != nil {
		return "", date, err
	}
	base, _, err := rest.DefaultServerUrlFor(d.config)
	if err != nil {
		return "", date, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.JoinPath("version").String(), http.NoBody)
	if err != nil {
		return "", date, err
	}
	response, err := asked.Do(request)
	if err != nil {
		return "", date, err
	}
	defer response.Body.Close()
	date, _ = http.ParseTime(response.Header.Get("Date"))
	if response.StatusCode != http.StatusOK {
		return "", date, fmt.Errorf("%s answers %s", base.Host, response.Status)
	}
	var told struct{ GitVersion string }
	err = json.NewDecoder(response.Body).Decode(&told)
	return told.GitVersion, date, err
}

// toleratedSkew is how far two clocks may be apart: half of the least that a webhook's signature may be off (60 s).
const toleratedSkew = 30 * time.Second

// checkSkew compares this machine's clock with a Date header.
func (d *doctor) checkSkew(name, whose string, date time.Time) {
	if date.IsZero() {
		d.skip(name, "%s does not say its time", whose)
		return
	}
	skew := d.p.now().Sub(date).Round(time.Second)
	if skew.Abs() <= toleratedSkew {
		d.fine(name, "this machine's and that of %s are within %s", whose, toleratedSkew)
		return
	}
	ahead := "ahead of"
	if skew < 0 {
		ahead = "behind"
	}
	d.fault(name, fmt.Sprintf("this machine's clock is %s %s that of %s", skew.Abs(), ahead, whose),
		"set the clock that is wrong, with NTP; a webhook whose time is off by more than spec.webhook.toleranceSeconds is answered 401")
}

// checkDefinitions looks at the CRDs.
func (d *doctor) checkDefinitions(ctx context.Context) {
	for _, k := range kinds {
		name := k.plural + "." + video.GroupVersion.Group
		crd := &apiextensionsv1.CustomResourceDefinition{}
		err := d.Get(ctx, client.ObjectKey{Name: name}, crd)
		switch {
		case apierrors.IsForbidden(err):
			d.skip("CRD "+k.plural, "you may not read CustomResourceDefinitions")
		case apierrors.IsNotFound(err):
			d.fault("CRD "+k.plural, "it is not installed", installRemedy)
		case err != nil:
			d.skip("CRD "+k.plural, "%v", err)
		default:
			if fault := definitionFault(crd, reflect.TypeOf(k.empty()).Elem()); fault != "" {
				d.fault("CRD "+k.plural, fault, installRemedy)
			} else {
				d.fine("CRD "+k.plural, "%s is served, with all fields of this release", video.GroupVersion.Version)
			}
		}
	}
}

const installRemedy = "install the CRDs of the operator's release: `kubectl apply --server-side -k config/default`, or the chart; see docs/install.md"

// definitionFault is what is wrong with a CRD; "" for nothing. A field that the plugin knows and the CRD does not would be dropped
// by the API server, so the CRD is of an older release.
func definitionFault(crd *apiextensionsv1.CustomResourceDefinition, kind reflect.Type) string {
	at := slices.IndexFunc(crd.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
		return v.Name == video.GroupVersion.Version && v.Served
	})
	if at < 0 {
		return "it does not serve " + video.GroupVersion.Version
	}
	if !slices.ContainsFunc(crd.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
		return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
	}) {
		return "the API server has not established it"
	}
	var missing []string
	for _, part := range []string{"Spec", "Status"} {
		field, _ := kind.FieldByName(part)
		var known map[string]apiextensionsv1.JSONSchemaProps
		if schema := crd.Spec.Versions[at].Schema; schema != nil && schema.OpenAPIV3Schema != nil {
			known = schema.OpenAPIV3Schema.Properties[strings.ToLower(part)].Properties
		}
		for _, name := range fieldsOf(field.Type) {
			if _, ok := known[name]; !ok {
				missing = append(missing, strings.ToLower(part)+"."+name)
			}
		}
	}
	if len(missing) > 0 {
		return "it is older than this plugin: it lacks " + strings.Join(missing[:min(len(missing), 5)], ", ")
	}
	return ""
}

// fieldsOf are the JSON names of a struct, with those of embedded ones.
func fieldsOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			names = append(names, fieldsOf(field.Type)...)
		} else {
			names = append(names, name)
		}
	}
	return names
}
