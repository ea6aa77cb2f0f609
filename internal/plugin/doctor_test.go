// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// patient is a stage on which all is well until a test spoils it.
type patient struct {
	*stage
	sim        *muxsim.Server
	env        *video.MuxEnvironment
	secret     *corev1.Secret
	deployment *appsv1.Deployment
	lease      *coordinationv1.Lease
	binding    *rbacv1.ClusterRoleBinding
	endpoint   string
	// url is --url, as is "--as", and namespace that of the operator.
	url, as, operatorNamespace string
}

func newPatient(t *testing.T, receiver string) *patient {
	t.Helper()
	s := newStage(t)
	p := &patient{stage: s, sim: s.simulator(muxsim.Options{}), url: receiver, operatorNamespace: s.namespace}
	p.env = s.environment(p.sim)
	p.secret = &corev1.Secret{ObjectMeta: s.meta("mux")}
	s.status(p.env, func() {
		p.env.Status.EnvironmentID, p.env.Status.ObservedGeneration = muxsim.DefaultEnvironmentID, p.env.Generation
		conditions := &p.env.Status.Conditions
		projection.SetCondition(conditions, p.env.Generation, metav1.Now(), video.ConditionReady, metav1.ConditionTrue, video.ReasonReady, "Mux accepts the credentials")
		projection.SetCondition(conditions, p.env.Generation, metav1.Now(), video.ConditionWebhookVerified, metav1.ConditionFalse, video.ReasonNeverDelivered, "no webhook with a valid signature has arrived yet")
	})
	p.endpoint = p.sim.AddWebhook(muxsim.DefaultEnvironmentID, "https://hooks.example.com/webhooks/"+s.namespace+"/default", signingSecret)
	p.install()
	return p
}

// install sets up what config/default does, as far as doctor looks at it.
func (p *patient) install() {
	labels, replicas := map[string]string{"app.kubernetes.io/name": "mux-operator"}, int32(2)
	p.deployment = &appsv1.Deployment{ObjectMeta: p.meta("mux-operator-controller-manager"), Spec: appsv1.DeploymentSpec{
		Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
			ServiceAccountName: "mux-operator-controller-manager",
			Containers:         []corev1.Container{{Name: "manager", Image: "mux-operator", Args: []string{"--leader-elect"}}},
		}},
	}}
	p.deployment.Labels = labels
	role := &rbacv1.ClusterRole{}
	p.readYAML("../../config/rbac/role.yaml", role)
	role.Name = p.namespace
	p.binding = &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: p.namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "mux-operator-controller-manager", Namespace: p.namespace}},
	}
	holder, now := "mux-operator-controller-manager-0_1", metav1.NowMicro()
	p.lease = &coordinationv1.Lease{ObjectMeta: p.meta(leaseName), Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: &now}}
	p.create(p.deployment, role, p.binding, p.lease)
	p.available(2)
}

func (p *patient) available(replicas int32) {
	p.status(p.deployment, func() {
		p.deployment.Status.Replicas, p.deployment.Status.ReadyReplicas, p.deployment.Status.AvailableReplicas = replicas, replicas, replicas
	})
}

func (p *patient) remove(object client.Object) {
	p.Helper()
	if err := p.Delete(p.ctx, object); err != nil {
		p.Fatal(err)
	}
}

// change changes an object's spec.
func (p *patient) change(object client.Object, edit func()) {
	p.Helper()
	base := object.DeepCopyObject().(client.Object)
	edit()
	if err := p.Patch(p.ctx, object, client.MergeFrom(base)); err != nil {
		p.Fatal(err)
	}
}

func (s *stage) readYAML(path string, into any) {
	s.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = yaml.UnmarshalStrict(data, into)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// examine runs doctor.
func (p *patient) examine(args ...string) result {
	p.Helper()
	args = append([]string{"doctor", "--url", p.url, "--operator-namespace", p.operatorNamespace}, args...)
	if p.as != "" {
		args = append(args, "--as", p.as)
	}
	got := p.run(args...)
	for _, secret := range []string{signingSecret, muxsim.DefaultTokenSecret} {
		if strings.Contains(got.out+got.err, secret) {
			p.Errorf("a secret is printed:\n%s%s", got.out, got.err)
		}
	}
	return got
}

// faults are those that doctor finds, by name.
func (p *patient) faults() map[string]check {
	p.Helper()
	var d diagnosis
	got := p.examine("-o", "json")
	if err := json.Unmarshal([]byte(got.out), &d); err != nil {
		p.Fatalf("%v: %s%s", err, got.out, got.err)
	}
	found := map[string]check{}
	for _, c := range d.Checks {
		if c.Result == resultFault {
			found[c.Name] = c
		}
	}
	if (got.code == exitFindings) != (len(found) > 0) || d.Faults < len(found) {
		p.Errorf("code %d with %d faults", got.code, len(found))
	}
	return found
}

// TestDoctor : all is well. The test event does not make the environment one to which Mux delivers.
func TestDoctor(t *testing.T) {
	t.Parallel()
	p := newPatient(t, newStage(t).receiverOfAll())
	got := p.examine()
	if got.code != exitFine || got.err != "" {
		t.Errorf("code %d, err %q", got.code, got.err)
	}
	golden(t, "doctor", got.out, p.namespace, "studio", p.url, "http://127.0.0.1:8090", p.sim.URL(), "https://api.mux.com")
	if err := p.Get(p.ctx, client.ObjectKeyFromObject(p.env), p.env); err != nil {
		t.Fatal(err)
	}
	if c := p.env.Status.Conditions[1]; c.Type != video.ConditionWebhookVerified || c.Status != metav1.ConditionFalse {
		t.Errorf("the test event was taken for a delivery: %v", c)
	}
	if got := p.examine("default"); got.code != exitFine {
		t.Errorf("by name: code %d, %s", got.code, got.err)
	}
	if got := p.examine("default", "-A"); got.code != exitFailed || !strings.Contains(got.err, "of one namespace") {
		t.Errorf("by name in all namespaces: %+v", got)
	}
	if got := p.run("doctor", "--url", p.url, "--as", "nobody"); !strings.Contains(got.out, "operator in "+operatorNamespace+"\n  skipped  replicas") {
		t.Errorf("who may not look for the operator: %s", got.out)
	}
	if got := p.run("doctor", "--url", p.url); !strings.Contains(got.out, "operator in plugin-") {
		t.Errorf("the operator is not looked for: %s", got.out)
	}
	if got := p.examine("none"); got.code != exitFindings || !strings.Contains(got.out, "there is no MuxEnvironment none") {
		t.Errorf("of none: code %d, %s", got.code, got.out)
	}
}

// answering is a server that answers everything alike.
func answering(t *testing.T, status int, header, value, body string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(header, value)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// ailments are prepared faults: how each comes about, and what doctor says of it and of what follows from it, with the remedy.
var ailments = map[string]struct {
	spoil func(*patient)
	// want is the detail and the remedy by the name of the check.
	want map[string][2]string
}{
	"the access token is revoked": {func(p *patient) { p.sim.RevokeToken(muxsim.DefaultTokenID) }, map[string][2]string{
		"credentials": {"Mux does not accept the access token", "make a new access token"},
	}},
	"the access token may not write": {func(p *patient) { p.sim.SetPermissions(muxsim.DefaultTokenID, "video:read") }, map[string][2]string{
		"permissions": {"lacks video:write", "make an access token with video:read, video:write"},
	}},
	"the access token may nothing": {func(p *patient) { p.sim.SetPermissions(muxsim.DefaultTokenID) }, map[string][2]string{
		"permissions": {"lacks video:read, video:write", "make an access token with"},
		"read assets": {"may not", "video:read"}, "read live streams": {"may not", "video:read"}, "read uploads": {"may not", "video:read"},
	}},
	"the access token is of another environment": {func(p *patient) { p.sim.MoveToken(muxsim.DefaultTokenID, "other") }, map[string][2]string{
		"Mux environment":  {"is of other, and status.environmentID says simenv", "use an access token of simenv"},
		"webhook endpoint": {"Mux has no webhook endpoint with the path", "add one in Mux's dashboard"},
		"receiver":         {"as another Mux environment", "use a token of the environment"},
	}},
	"Mux cannot be reached": {func(p *patient) { p.change(p.env, func() { p.env.Spec.APIURL = "http://127.0.0.1:1" }) }, map[string][2]string{
		"credentials": {"connection refused", "look at spec.apiURL, the network"},
	}},
	"the limits are used up": {func(p *patient) {
		p.sim.SetFaults(muxsim.Faults{Throttle: []muxsim.Rule{{Route: "/video/v1/assets"}}})
	}, map[string][2]string{
		"read assets": {"429", "something else uses up the limits"},
	}},
	"the Secret is gone": {func(p *patient) { p.remove(p.secret) }, map[string][2]string{
		"credentials": {"there is no Secret", "create the Secret"}, "signing secrets": {"there is no Secret", "put the signing secret"},
	}},
	"the signing secret is missing": {func(p *patient) {
		p.change(p.env, func() { p.env.Spec.Webhook.SigningSecretRefs[0].Key = "OTHER" })
	}, map[string][2]string{
		"signing secrets": {"has no value for the key OTHER", "under the key OTHER"},
	}},
	"no signing secret is named": {func(p *patient) { p.change(p.env, func() { p.env.Spec.Webhook = nil }) }, map[string][2]string{
		"signing secrets": {"answered 503", "spec.webhook.signingSecretRefs"},
	}},
	"no endpoint": {func(p *patient) { p.sim.RemoveWebhook(p.endpoint) }, map[string][2]string{
		"webhook endpoint": {"Mux has no webhook endpoint with the path", "add one in Mux's dashboard"},
	}},
	"the endpoint is disabled": {func(p *patient) { p.disable() }, map[string][2]string{
		"webhook endpoint": {"is disabled", "enable it in Mux's dashboard"},
	}},
	"the endpoint leads elsewhere": {func(p *patient) {
		p.change(p.env, func() {
			p.env.Spec.Webhook.Registration = &video.WebhookRegistration{PublicURL: "https://video.example.com"}
		})
	}, map[string][2]string{
		"webhook endpoint": {"leads to https://hooks.example.com/webhooks/", "correct its URL"},
		"signing secrets":  {"has not written the Secret", "look at the condition WebhookRegistered"},
	}},
	"the receiver cannot be reached": {func(p *patient) { p.url = "http://127.0.0.1:1" }, map[string][2]string{
		"receiver": {"connection refused", "look at DNS, the certificate, the Ingress"},
	}},
	"the path is not routed": {func(p *patient) { p.url = answering(p.T, 404, "Content-Type", "text/plain", "not found") }, map[string][2]string{
		"receiver": {"is not found", "route the path /webhooks/"},
	}},
	"the receiver is of another cluster": {func(p *patient) {
		p.url = answering(p.T, 404, "Content-Type", "application/json", `{"error":"there is no such environment"}`)
	}, map[string][2]string{
		"receiver": {"knows no MuxEnvironment", "it watches another namespace"},
	}},
	"the receiver has another secret": {func(p *patient) { p.url = answering(p.T, 401, "Content-Type", "application/json", `{"error":"x"}`) }, map[string][2]string{
		"receiver": {"refuses the signature", "a proxy changes the body"},
	}},
	"something else answers": {func(p *patient) { p.url = answering(p.T, 200, "Content-Type", "text/html", "<html>") }, map[string][2]string{
		"receiver": {"not as the receiver does", "look at the routes"},
	}},
	"the receiver checks nothing": {func(p *patient) {
		p.url = answering(p.T, 200, "Content-Type", "application/json", `{"result":"ignored","reason":"unknown_type"}`)
	}, map[string][2]string{
		"receiver": {"answers 200 to a webhook with a wrong signature", "what answers is not the receiver"},
	}},
	"a redirect": {func(p *patient) { p.url = answering(p.T, 301, "Location", "https://example.com/", "") }, map[string][2]string{
		"receiver": {"a redirect", "the URL that it leads to"},
	}},
	"the receiver asks to wait": {func(p *patient) {
		p.url = answering(p.T, 503, "Content-Type", "application/json", `{"error":"x","reason":"no_signing_secret"}`)
	}, map[string][2]string{
		"receiver": {"asks to send again: no_signing_secret", "docs/receiver.md"},
	}},
	"a gateway fails": {func(p *patient) { p.url = answering(p.T, 502, "Content-Type", "text/html", "") }, map[string][2]string{
		"receiver": {"answers 502", "stands before the receiver"},
	}},
	"the clock is wrong": {func(p *patient) {
		p.now = time.Now().Add(10 * time.Minute)
		renewed := metav1.NewMicroTime(p.now)
		p.change(p.lease, func() { p.lease.Spec.RenewTime = &renewed })
		p.status(p.env, func() { p.env.Status.Conditions = p.env.Status.Conditions[:1] })
	}, map[string][2]string{
		"clock": {"10m", "set the clock that is wrong"}, "clock of Mux": {"ahead of", "with NTP"}, "receiver": {"refuses the signature", "the clock here or there"},
	}},
	"no replica runs": {func(p *patient) { p.available(0) }, map[string][2]string{
		"replicas": {"0 of 2 are available", "describe deployment"},
	}},
	"a replica is missing": {func(p *patient) { p.available(1) }, map[string][2]string{"replicas": {"1 of 2", "describe deployment"}}},
	"scaled to nothing": {func(p *patient) {
		p.change(p.deployment, func() { none := int32(0); p.deployment.Spec.Replicas = &none })
	}, map[string][2]string{
		"replicas": {"scaled to 0", "--replicas=2"},
	}},
	"not installed": {func(p *patient) { p.operatorNamespace = p.newNamespace() }, map[string][2]string{
		"replicas": {"no Deployment here is mux-operator", "--operator-namespace"},
	}},
	"no leader": {func(p *patient) {
		old := metav1.NewMicroTime(time.Now().Add(-time.Hour))
		p.change(p.lease, func() { p.lease.Spec.RenewTime = &old })
	}, map[string][2]string{"leader": {"has not renewed the Lease for 1h", "look at the log"}}},
	"no Lease": {func(p *patient) { p.remove(p.lease) }, map[string][2]string{"leader": {"there is no Lease", "look at the log"}}},
	"the operator lacks its rights": {func(p *patient) { p.remove(p.binding) }, map[string][2]string{
		"rights": {"the service account mux-operator-controller-manager may not", "install the roles of the release"},
	}},
	"you lack rights": {func(p *patient) { p.as = "somebody" }, map[string][2]string{
		"rights": {"you may not get muxassets", "ask an administrator for the role view"},
	}},
	"the environment is stalled": {func(p *patient) {
		p.status(p.env, func() {
			projection.Conclude(&p.env.Status.Conditions, p.env.Generation, metav1.Now(), projection.Verdict{
				Ready: metav1.ConditionFalse, Reason: video.ReasonSuspended, Message: "spec.suspend is true: nothing is sent to Mux", Stalled: true,
			})
		})
	}, map[string][2]string{"Stalled": {"Suspended: spec.suspend is true", "spec.suspend: false"}}},
	"Mux never delivered": {func(p *patient) {
		p.status(p.env, func() { p.env.Status.Conditions[1].LastTransitionTime = metav1.NewTime(time.Now().Add(-time.Hour)) })
	}, map[string][2]string{"WebhookVerified": {"NeverDelivered", "Nothing arrives at the receiver"}}},
}

func (p *patient) disable() {
	p.Helper()
	request, err := http.NewRequestWithContext(p.ctx, http.MethodPatch, p.sim.URL()+"/system/v1/webhooks/"+p.endpoint, strings.NewReader(`{"enabled":false}`))
	if err != nil {
		p.Fatal(err)
	}
	request.SetBasicAuth(muxsim.DefaultTokenID, muxsim.DefaultTokenSecret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		p.Fatal(response, err)
	}
	response.Body.Close()
}

// TestDoctorFaults : each prepared fault is named with its remedy, and nothing else but what follows from it.
func TestDoctorFaults(t *testing.T) {
	t.Parallel()
	receiver := newStage(t).receiverOfAll()
	t.Run("each", func(t *testing.T) {
		for name, ailment := range ailments {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := newPatient(t, receiver)
				ailment.spoil(p)
				found := p.faults()
				if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(ailment.want)); !slices.Equal(got, want) {
					t.Errorf("faults of %v, want %v: %v", got, want, found)
				}
				for check, want := range ailment.want {
					if got := found[check]; !strings.Contains(got.Detail, want[0]) || !strings.Contains(got.Remedy, want[1]) {
						t.Errorf("%s: %q, remedy %q; want %q", check, got.Detail, got.Remedy, want)
					}
				}
			})
		}
	})
	t.Logf("%d prepared faults", len(ailments))
}

// TestDoctorText : a fault as a person sees it.
func TestDoctorText(t *testing.T) {
	t.Parallel()
	p := newPatient(t, "http://127.0.0.1:1")
	p.sim.RevokeToken(muxsim.DefaultTokenID)
	got := p.examine()
	if got.code != exitFindings {
		t.Errorf("code %d", got.code)
	}
	golden(t, "doctor-faults", got.out, p.namespace, "studio", p.sim.URL(), "https://api.mux.com")
}

// TestDoctorWithoutCluster : there is nothing to look at.
func TestDoctorWithoutCluster(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	got := s.run("doctor", "--server", "https://127.0.0.1:1")
	if got.code != exitFindings || !strings.Contains(got.out, "Remedy: look at --kubeconfig") {
		t.Errorf("code %d: %s%s", got.code, got.out, got.err)
	}
}

func TestDefinitionFault(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, test := range map[string]struct {
		spoil func(*apiextensionsv1.CustomResourceDefinition)
		want  string
	}{
		"as it should be": {func(*apiextensionsv1.CustomResourceDefinition) {}, ""},
		"not served":      {func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Spec.Versions[0].Served = false }, "does not serve v1alpha1"},
		"not established": {func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Status.Conditions = nil }, "has not established"},
		"older": {func(crd *apiextensionsv1.CustomResourceDefinition) {
			delete(crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["status"].Properties, "removed")
		}, "older than this plugin: it lacks status.removed"},
	} {
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := s.Get(s.ctx, client.ObjectKey{Name: "muxassets.video.mux.com"}, crd); err != nil {
			t.Fatal(err)
		}
		test.spoil(crd)
		if got := definitionFault(crd, reflect.TypeFor[video.MuxAsset]()); !strings.Contains(got, test.want) || (test.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestOperatorRights : doctor asks for the rights that config/rbac grants.
func TestOperatorRights(t *testing.T) {
	role := &rbacv1.ClusterRole{}
	(&stage{T: t}).readYAML("../../config/rbac/role.yaml", role)
	granted, asked := map[string][]string{}, map[string][]string{}
	for _, rule := range role.Rules {
		for _, resource := range rule.Resources {
			granted[rule.APIGroups[0]+"/"+resource] = rule.Verbs
		}
	}
	for _, r := range operatorRights {
		asked[r.group+"/"+r.resource] = r.verbs
	}
	if diff := cmp.Diff(granted, asked); diff != "" {
		t.Errorf("operatorRights differ from config/rbac/role.yaml (-granted +asked):\n%s", diff)
	}
}
