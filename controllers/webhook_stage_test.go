// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const (
	postEndpoint   = "POST /system/v1/webhooks"
	listEndpoints  = "GET /system/v1/webhooks"
	getEndpoint    = "GET /system/v1/webhooks/{id}"
	deleteEndpoint = "DELETE /system/v1/webhooks/{id}"
	whoAmI         = "GET /system/v1/whoami"

	publicURL = "https://hooks.example.com"
	address   = publicURL + "/webhooks/ns/default"
)

// gate stands before everything that a process does to the API server and to Mux. It counts the steps, and can end the process
// before or after one of them: what is tried after that fails.
type gate struct {
	at     int // the step that the process ends with; 0 for none
	after  bool
	steps  int
	ended  bool
	last   string // the step that it ended with
	writes int    // that got through
	slow   func() // runs after each of them
	// stale is what the cache shows of the environment; nil for what there is.
	stale *video.MuxEnvironment
	// resume, where it is set, makes the process wait at that step instead, and tell paused.
	resume, paused chan struct{}
	// lists hides from the list of endpoints what was made in this time.
	lists *muxsim.ManualClock
	lag   time.Duration
	since time.Time
}

var errEnded = errors.New("the process has ended")

func (g *gate) pass(what string, do func() error) error {
	if g.ended {
		return errEnded
	}
	g.steps++
	if g.steps == g.at && g.resume != nil {
		close(g.paused)
		<-g.resume
	} else if g.steps == g.at {
		g.ended, g.last = true, what
		if g.after {
			_ = do()
		}
		return errEnded
	}
	g.writes++
	if g.slow != nil {
		defer g.slow()
	}
	return do()
}

// RoundTrip carries the requests to Mux.
func (g *gate) RoundTrip(request *http.Request) (*http.Response, error) {
	if g.ended {
		return nil, errEnded
	}
	if request.Method == http.MethodGet {
		response, err := http.DefaultTransport.RoundTrip(request)
		if err == nil && g.lag > 0 && g.lists.Now().Before(g.since.Add(g.lag)) && strings.HasSuffix(request.URL.Path, "/webhooks") {
			response.Body.Close()
			response.Body, response.ContentLength = io.NopCloser(strings.NewReader(`{"data":[]}`)), -1
		}
		return response, err
	}
	var response *http.Response
	err := g.pass(request.Method+" at Mux", func() (err error) {
		response, err = http.DefaultTransport.RoundTrip(request)
		return err
	})
	if err != nil && response != nil { // it came too late
		response.Body.Close()
		response = nil
	}
	return response, err
}

func (g *gate) funcs() interceptor.Funcs {
	return interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
			if env, ok := o.(*video.MuxEnvironment); ok && g.stale != nil {
				g.stale.DeepCopyInto(env)
				return nil
			}
			return c.Get(ctx, key, o, options...)
		},
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.CreateOption) error {
			return g.pass(fmt.Sprintf("create of a %T", o), func() error { return c.Create(ctx, o, options...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, patch client.Patch, options ...client.PatchOption) error {
			return g.pass(fmt.Sprintf("patch of a %T", o), func() error { return c.Patch(ctx, o, patch, options...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.DeleteOption) error {
			return g.pass(fmt.Sprintf("delete of a %T", o), func() error { return c.Delete(ctx, o, options...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			return g.pass("patch of the status", func() error { return c.SubResource(sub).Patch(ctx, o, patch, options...) })
		},
	}
}

// environmentStage is the controller of MuxEnvironments over an API server in memory and a simulated Mux.
type environmentStage struct {
	*stage
	gate *gate
	r    *environmentReconciler
	key  client.ObjectKey
	// options are those of the first process.
	options Options
}

// newEnvironmentStage has a MuxEnvironment that asks for a webhook endpoint and names no other signing secret.
func newEnvironmentStage(t *testing.T, edits ...func(*video.MuxEnvironment)) *environmentStage {
	t.Helper()
	s := &environmentStage{stage: newStage(t, assetKind{}), key: client.ObjectKey{Namespace: "ns", Name: "default"}}
	s.options = s.f.options
	s.env.Spec.Webhook = &video.WebhookSpec{Registration: &video.WebhookRegistration{PublicURL: publicURL}}
	for _, edit := range edits {
		edit(s.env)
	}
	if err := s.Update(t.Context(), s.env); err != nil {
		t.Fatal(err)
	}
	s.start(&gate{})
	return s
}

// start starts a process, which knows nothing of the one before.
func (s *environmentStage) start(g *gate) {
	options := s.options
	options.Transport = g
	written := interceptor.NewClient(s.Client.(client.WithWatch), g.funcs())
	committer := *options.Committer
	committer.Client = written
	options.Committer = &committer
	options.Secrets = &environment.Secrets{Metadata: s.Client, Live: s.Client}
	g.lists = s.clock
	s.gate = g
	s.r = newEnvironmentReconciler(written, options, &clients{options: options})
	s.f = &follower{kind: s.f.kind, client: written, options: options, clients: s.r.clients, rejected: s.r.recheck}
}

// look lets the controller look at an environment once.
func (s *environmentStage) look() (ctrl.Result, error) {
	return s.r.Reconcile(s.Context(), ctrl.Request{NamespacedName: s.key})
}

// settle lets the controller look until it wants nothing more within ten minutes. The clock moves as it asks.
func (s *environmentStage) settle() {
	s.Helper()
	for range 50 {
		result, err := s.look()
		if s.gate.ended {
			return
		}
		switch wait := result.RequeueAfter; {
		case err != nil:
			s.clock.Advance(time.Second)
		case wait > 0 && wait < 10*time.Minute:
			s.clock.Advance(wait)
		default:
			s.refresh()
			return
		}
	}
	s.refresh()
	s.Fatalf("it does not settle: %v", conditionsOf(s.env))
}

// once looks once, and says what the environment then says of a condition.
func (s *environmentStage) once(kind string) string {
	s.Helper()
	if _, err := s.look(); err != nil {
		s.Logf("the look ended with: %v", err)
	}
	s.refresh()
	return s.reason(kind)
}

func (s *environmentStage) reason(kind string) string {
	c := meta.FindStatusCondition(s.env.Status.Conditions, kind)
	if c == nil {
		return ""
	}
	return string(c.Status) + " " + c.Reason
}

func (s *environmentStage) message(kind string) string {
	if c := meta.FindStatusCondition(s.env.Status.Conditions, kind); c != nil {
		return c.Message
	}
	return ""
}

// refresh reads the environment again; one that is gone is left as it was.
func (s *environmentStage) refresh() {
	s.Helper()
	env := &video.MuxEnvironment{}
	if err := s.Get(s.Context(), s.key, env); err == nil {
		s.env = env
	}
}

func (s *environmentStage) exists() bool {
	return s.Get(s.Context(), s.key, &video.MuxEnvironment{}) == nil
}

// edit changes the environment as a person would.
func (s *environmentStage) edit(change func(*video.MuxEnvironment)) {
	s.Helper()
	s.refresh()
	change(s.env)
	s.env.Generation++ // the API server in memory does not count
	if err := s.Update(s.Context(), s.env); err != nil {
		s.Fatal(err)
	}
}

func (s *environmentStage) remove(object client.Object) {
	s.Helper()
	if err := s.Delete(s.Context(), object); err != nil {
		s.Fatal(err)
	}
}

func conditionsOf(env *video.MuxEnvironment) (lines []string) {
	for _, c := range env.Status.Conditions {
		lines = append(lines, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	return lines
}

// dashboard calls Mux as a person does there. Its requests are not counted.
func (s *environmentStage) dashboard(call func(*mux.Client) error) {
	s.Helper()
	c, err := mux.New(mux.Config{BaseURL: s.sim.URL(), Credentials: mux.Credentials{TokenID: "dashboard", TokenSecret: "dashboard"}})
	if err == nil {
		err = call(c)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// atMux are the endpoints that Mux has, the newest first.
func (s *environmentStage) atMux() (all []mux.Webhook) {
	s.Helper()
	s.dashboard(func(c *mux.Client) error {
		answer, err := c.ListWebhooks(s.Context(), 100, 1)
		all = answer.Value
		return err
	})
	return all
}

// held are the signing secrets in the environment's Secret, by endpoint.
func (s *environmentStage) held() map[string]string {
	s.Helper()
	held := map[string]string{}
	if secret := s.secret("default-webhook"); secret != nil {
		for id, value := range secret.Data {
			held[id] = string(value)
		}
	}
	return held
}

// registered checks that Mux has the environment's endpoints, n of them, each with its signing secret in the Secret and in force,
// and nothing else of it; it returns their ids.
func (s *environmentStage) registered(n int) (ids []string) {
	s.Helper()
	held := s.held()
	for _, w := range s.atMux() {
		base, owner, _ := readAddress(w.Address)
		if owner != string(s.env.UID) {
			continue
		}
		ids = append(ids, w.ID)
		if base != webhookBaseOf(s.env) || held[w.ID] != s.sim.WebhookSecret(w.ID) || held[w.ID] == "" {
			s.Errorf("the endpoint %s at %s has no known secret", w.ID, w.Address)
		}
	}
	secrets, err := environment.SigningSecrets(s.Context(), s.env, &environment.Secrets{Metadata: s.Client, Live: s.Client})
	if len(ids) != n || len(held) != n || len(secrets) != n || err != nil || len(s.env.Status.WebhookEndpoints) != n {
		s.Errorf("Mux has %v, the Secret %d, %d secrets are in force (%v), the status has %+v; want %d",
			ids, len(held), len(secrets), err, s.env.Status.WebhookEndpoints, n)
	}
	for i, recorded := range s.env.Status.WebhookEndpoints {
		if i < len(ids) && recorded.ID != ids[i] {
			s.Errorf("the status records %+v for %s", recorded, ids[i])
		}
	}
	return ids
}

func webhookBaseOf(env *video.MuxEnvironment) string {
	base, _ := webhookBase(env)
	return base
}

// quiet checks that another look writes nothing and calls nobody.
func (s *environmentStage) quiet() {
	s.Helper()
	s.calls()
	before := s.gate.writes
	if _, err := s.look(); err != nil {
		s.Error(err)
	}
	if calls := s.calls(); len(calls) != 0 || s.gate.writes != before {
		s.Errorf("another look wrote %d times and called %v", s.gate.writes-before, calls)
	}
}

// calls leaves out what the dashboard asked.
func (s *environmentStage) calls() map[string]int {
	counts := map[string]int{}
	for _, request := range s.sim.Requests() {
		if request.TokenID != "dashboard" {
			counts[request.Method+" "+request.Route]++
		}
	}
	s.sim.ResetRequests()
	return counts
}

// credentialsSecret is the Secret with the access token.
func credentialsSecret() *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mux"}, Data: map[string][]byte{
		video.DefaultTokenIDKey: []byte(muxsim.DefaultTokenID), video.DefaultTokenSecretKey: []byte(muxsim.DefaultTokenSecret),
	}}
}
