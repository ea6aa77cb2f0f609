// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const postEndpoint = "POST /system/v1/webhooks"

// ingress leads a public host to the replica that is running.
type ingress struct{ to atomic.Pointer[url.URL] }

func (i *ingress) RoundTrip(request *http.Request) (*http.Response, error) {
	to := i.to.Load()
	if to == nil || request.URL.Scheme != "https" || request.URL.Host != "hooks.example.com" {
		return nil, fmt.Errorf("nothing serves %s", request.URL)
	}
	onward := request.Clone(request.Context())
	onward.URL.Scheme, onward.URL.Host = to.Scheme, to.Host
	return http.DefaultTransport.RoundTrip(onward)
}

func (i *ingress) lead(s *stage, r *replica) {
	to, err := url.Parse(r.url)
	if err != nil {
		s.Fatal(err)
	}
	i.to.Store(to)
}

// registering asks for an endpoint and names no signing secret.
func registering(env *video.MuxEnvironment) {
	env.Spec.Webhook = &video.WebhookSpec{Registration: &video.WebhookRegistration{PublicURL: "https://hooks.example.com"}}
}

// endpoints are those that Mux has, the newest first.
func (s *stage) endpoints() []mux.Webhook {
	s.Helper()
	answer, err := s.dashboard().ListWebhooks(s.ctx, 100, 1)
	if err != nil {
		s.Fatal(err)
	}
	return answer.Value
}

// delivered checks that the newest delivery to each endpoint was accepted.
func (s *stage) delivered(ids ...string) {
	s.Helper()
	within(s, soon, "a webhook of each endpoint is accepted", func() error {
		newest := map[string]int{}
		for _, d := range s.sim.Deliveries() {
			newest[d.Webhook] = d.Status
		}
		for _, id := range ids {
			if newest[id] != http.StatusOK {
				return fmt.Errorf("the endpoints' newest deliveries were answered %v", newest)
			}
		}
		return nil
	})
}

// TestRegistersItself goes the whole way with a public address: the endpoint is made, its webhooks are verified by a secret that
// nobody has seen, through a rotation, a restart and the deletion. The signing secrets are in their Secret and nowhere else.
func TestRegistersItself(t *testing.T) {
	t.Parallel()
	front := &ingress{}
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, MinRetry: time.Second, Transport: front}, registering)
	logged.keep(s)
	registry := prometheus.NewRegistry()
	foreign := s.sim.AddWebhook(muxsim.DefaultEnvironmentID, "https://hooks.example.com/webhooks/"+s.namespace+"/default", "")
	r := s.operator(func(_ *rest.Config, o *options) { o.registerer = registry })
	front.lead(s, r)
	s.condition(s.env, soon, video.ConditionWebhookRegistered, metav1.ConditionTrue, video.ReasonRegistered)
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	first := s.endpoints()[0]
	want := fmt.Sprintf("https://hooks.example.com%s?mux-operator=%s-1", s.env.Status.WebhookPath, s.env.UID)
	secret := s.urlSecret("default-webhook")
	if first.Address != want || string(secret.Data[first.ID]) != s.sim.WebhookSecret(first.ID) || !metav1.IsControlledBy(secret, s.env) {
		t.Errorf("Mux has %+v, want %s; the Secret is %+v", first, want, secret.ObjectMeta)
	}
	video1 := s.ready("first")
	s.condition(s.env, soon, video.ConditionWebhookVerified, metav1.ConditionTrue, "")
	s.delivered(first.ID)

	patch(s, s.env, func(e *video.MuxEnvironment) {
		e.Annotations = map[string]string{video.AnnotationRequestRotateSigningSecret: "now"}
	})
	s.condition(s.env, soon, video.ConditionWebhookRegistered, metav1.ConditionTrue, video.ReasonRotating)
	second := s.endpoints()[0]
	if all := s.endpoints(); len(all) != 3 || len(s.urlSecret("default-webhook").Data) != 2 || second.ID == first.ID {
		t.Errorf("after the rotation Mux has %+v", all)
	}
	s.ready("second")
	s.delivered(first.ID, second.ID) // both secrets are in force, with no restart

	s.rests("default-webhook")
	r.stop()
	if all := s.endpoints(); len(all) != 3 {
		t.Errorf("after the operator ended Mux has %+v", all)
	}
	s.sim.ResetRequests()
	r = s.operator()
	front.lead(s, r)
	s.ready("third")
	s.delivered(first.ID, second.ID)
	if calls := s.calls(); calls[postEndpoint] != 0 || calls["GET /system/v1/webhooks"] != 1 || calls["DELETE /system/v1/webhooks/{id}"] != 0 {
		t.Errorf("a restart took %v", calls)
	}
	for _, id := range []string{first.ID, second.ID} {
		if places := s.leaks(registry, s.sim.WebhookSecret(id)); len(places) > 0 || len(s.sim.WebhookSecret(id)) != 32 {
			t.Errorf("the signing secret is in %v", places)
		}
	}

	s.deleteUsed(video1, first.ID)
	if all := s.endpoints(); len(all) != 1 || all[0].ID != foreign {
		t.Errorf("in the end Mux has %+v", all)
	}
	s.noSecret("default-webhook")
}

// rests checks that a look at the environment writes nothing and calls nobody.
func (s *stage) rests(name string) {
	s.Helper()
	s.sim.ResetRequests()
	before := s.urlSecret(name).ResourceVersion
	patch(s, s.env, func(e *video.MuxEnvironment) { e.Annotations["look"] = "again" })
	version := s.env.ResourceVersion
	time.Sleep(time.Second)
	if err := s.get(s.env); err != nil || s.env.ResourceVersion != version || s.urlSecret(name).ResourceVersion != before || len(s.calls()) != 0 {
		s.Errorf("a look at it wrote something, or asked Mux for %v: %v", s.calls(), describe(s.env.Status.Conditions))
	}
}

// deleteUsed deletes the environment while three assets use it, then them.
func (s *stage) deleteUsed(last *video.MuxAsset, endpoint string) {
	s.Helper()
	if err := s.Delete(s.ctx, s.env); err != nil {
		s.Fatal(err)
	}
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionFalse, video.ReasonInUse)
	message := meta.FindStatusCondition(s.env.Status.Conditions, video.ConditionReady).Message
	if want := fmt.Sprintf("now 3: muxasset %[1]s/first, muxasset %[1]s/second, muxasset %[1]s/third; delete them", s.namespace); !strings.Contains(message, want) {
		s.Errorf("the environment says %q, want %q", message, want)
	}
	for _, name := range []string{"second", "third"} {
		s.remove(&video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}})
	}
	if s.sim.WebhookSecret(endpoint) == "" || s.get(s.env) != nil {
		s.Error("the environment did not wait for the last")
	}
	s.remove(last)
	s.absent(s.env)
	if ids := s.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 0 {
		s.Errorf("Mux has the assets %v", ids)
	}
}

// TestNamespaceDeleted deletes what a namespace has at once, in different orders, as Kubernetes does. All of it goes, also at Mux. The
// API server of the tests has no controller that deletes namespaces.
func TestNamespaceDeleted(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"secret environment assets", "environment secret assets", "assets environment secret"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond}, registering)
			s.operator()
			s.condition(s.env, soon, video.ConditionWebhookRegistered, metav1.ConditionTrue, "")
			assets := []*video.MuxAsset{s.provisioned("one"), s.provisioned("two")}
			s.deleteAll(strings.Fields(order), assets)
			for _, asset := range assets {
				s.absent(asset)
			}
			s.absent(s.env)
			if ids := s.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 0 || len(s.endpoints()) != 0 {
				t.Errorf("Mux has %v and %v", ids, s.endpoints())
			}
		})
	}
}

// provisioned is an asset that is at Mux.
func (s *stage) provisioned(name string) *video.MuxAsset {
	s.Helper()
	asset := s.managed(name)
	s.condition(asset, soon, video.ConditionSynced, metav1.ConditionTrue, "")
	return asset
}

func (s *stage) deleteAll(order []string, assets []*video.MuxAsset) {
	s.Helper()
	for _, what := range order {
		objects := map[string][]client.Object{"secret": {s.secret}, "environment": {s.env}}[what]
		if what == "assets" {
			for _, asset := range assets {
				objects = append(objects, asset)
			}
		}
		for _, object := range objects {
			if err := s.Delete(s.ctx, object); err != nil {
				s.Fatal(err)
			}
		}
	}
}

// TestReleasedByHand : the credentials are gone and no process remembers them. The conditions say what lets everything go, and it
// does.
func TestReleasedByHand(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond}, registering)
	r := s.operator()
	s.condition(s.env, soon, video.ConditionWebhookRegistered, metav1.ConditionTrue, "")
	asset := s.provisioned("one")
	r.stop()
	s.deleteAll([]string{"secret", "environment", "assets"}, []*video.MuxAsset{asset})
	s.operator()
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionFalse, video.ReasonSecretNotFound)
	s.condition(asset, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonEnvironmentNotReady)
	for _, object := range []conditioned{s.env, asset} {
		if said := describe(object.GetConditions()); !slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, "spec.deletionPolicy to Retain") }) {
			t.Errorf("nothing says how to release it: %v", said)
		}
	}
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.DeletionPolicy = video.DeletionPolicyRetain })
	s.absent(asset)
	s.until(s.env, soon, "the way out", func() error {
		said := describe(s.env.Status.Conditions)
		if !slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, "remove spec.credentialsSecretRef") }) {
			return fmt.Errorf("the conditions are %v", said)
		}
		return nil
	})
	patch(s, s.env, func(e *video.MuxEnvironment) {
		e.Spec.EnvironmentID, e.Spec.CredentialsSecretRef = muxsim.DefaultEnvironmentID, nil
	})
	s.absent(s.env)
	if ids := s.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 1 || len(s.endpoints()) != 1 {
		t.Errorf("Mux has %v and %v, which were to be left", ids, s.endpoints())
	}
}

// TestDiscoveryEnds : an environment that is being deleted makes no objects any more, which would keep it.
func TestDiscoveryEnds(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: -1}, func(env *video.MuxEnvironment) { env.Spec.Discovery = &video.DiscoverySpec{Assets: true} })
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.madeAtMux("MuxAsset")
	found := s.made(video.OriginDiscovery, s.env.Name)
	if err := s.Delete(s.ctx, s.env); err != nil {
		t.Fatal(err)
	}
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionFalse, video.ReasonInUse)
	answered := len(s.sim.Deliveries())
	s.madeAtMux("MuxAsset")
	within(s, soon, "its webhook is answered", func() error {
		all := s.sim.Deliveries()
		if len(all) == answered || !strings.Contains(string(all[len(all)-1].Answer), "unknown_object") {
			return fmt.Errorf("%d deliveries, the newest answered %s", len(all), all[len(all)-1].Answer)
		}
		return nil
	})
	s.remove(found)
	s.absent(s.env)
}
