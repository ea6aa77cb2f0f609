// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// TestRegister : the endpoint is made once, at the public URL with the environment's path and its mark; the signing secret is in a
// Secret of the environment. A start costs one LIST.
func TestRegister(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.settle()
	if s.reason(video.ConditionWebhookRegistered) != "True Registered" || s.reason(video.ConditionReady) != "True Ready" {
		t.Errorf("the conditions are %v", conditionsOf(s.env))
	}
	id := s.registered(1)[0]
	if at := s.atMux(); len(at) != 1 || at[0].Address != address+"?mux-operator=env-1" {
		t.Errorf("Mux has %+v", at)
	}
	secret := s.secret("default-webhook")
	if !metav1.IsControlledBy(secret, s.env) || secret.Type != corev1.SecretTypeOpaque {
		t.Errorf("the Secret is %+v", secret.ObjectMeta)
	}
	if strings.Contains(fmt.Sprintf("%+v", s.env), s.sim.WebhookSecret(id)) {
		t.Error("the signing secret is in the MuxEnvironment")
	}
	if calls := s.calls(); calls[postEndpoint] != 1 {
		t.Errorf("that took %v", calls)
	}
	s.quiet()

	s.start(&gate{})
	s.settle()
	if calls := s.calls(); calls[listEndpoints] != 1 || calls[whoAmI] != 1 || len(calls) != 2 || s.gate.writes != 0 {
		t.Errorf("a start took %v and %d writes, want one LIST", calls, s.gate.writes)
	}
	s.registered(1)
	s.quiet()
}

// TestRegisterRotates : a new signing secret comes with a new endpoint, and both are in force until Mux redelivers nothing to the
// old one any more. A request is carried out once.
func TestRegisterRotates(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.settle()
	old := s.registered(1)[0]
	ask := func(token string) {
		s.edit(func(e *video.MuxEnvironment) {
			e.Annotations = map[string]string{video.AnnotationRequestRotateSigningSecret: token}
		})
	}
	ask("first")
	s.settle()
	ids := s.registered(2)
	if s.reason(video.ConditionWebhookRegistered) != "True Rotating" || s.env.Status.LastHandledRotateSigningSecret != "first" || ids[1] != old {
		t.Errorf("after the request %v, endpoints %v", conditionsOf(s.env), ids)
	}
	s.quiet()
	s.start(&gate{}) // the next process knows what is due, and that nothing is to be made
	result, err := s.look()
	if wait := result.RequeueAfter; err != nil || wait > rotationOverlap || wait < rotationOverlap-time.Hour {
		t.Errorf("the next look is in %s (%v)", wait, err)
	}
	s.clock.Advance(rotationOverlap - time.Hour)
	s.settle()
	s.registered(2)
	s.clock.Advance(time.Hour)
	s.settle()
	if now := s.registered(1)[0]; now != ids[0] || s.reason(video.ConditionWebhookRegistered) != "True Registered" {
		t.Errorf("after the overlap there is %s: %v", now, conditionsOf(s.env))
	}
	s.quiet()
	ask("first")
	s.settle()
	if now := s.registered(1)[0]; now != ids[0] {
		t.Errorf("the same request was carried out again: %s", now)
	}
	ask("second") // and a third before its overlap is over: all three are in force
	s.settle()
	ask("third")
	s.settle()
	s.registered(3)
	s.clock.Advance(rotationOverlap)
	s.settle()
	s.registered(1)
	s.quiet()
}

// TestRegisterMoves : another public URL gets another endpoint, and without one there is none.
func TestRegisterMoves(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.settle()
	old := s.registered(1)[0]
	s.edit(func(e *video.MuxEnvironment) {
		e.Spec.Webhook.Registration.PublicURL = "https://other.example.com/mux/"
	})
	s.settle()
	if ids := s.registered(1); ids[0] == old || s.atMux()[0].Address != "https://other.example.com/mux/webhooks/ns/default?mux-operator=env-2" {
		t.Errorf("Mux has %+v", s.atMux())
	}
	s.edit(func(e *video.MuxEnvironment) { e.Spec.Webhook.Registration = nil })
	s.settle()
	if len(s.atMux()) != 0 || s.secret("default-webhook") != nil || len(s.env.Status.WebhookEndpoints) != 0 || s.reason(video.ConditionWebhookRegistered) != "" {
		t.Errorf("Mux has %+v, the status %+v", s.atMux(), s.env.Status)
	}
	if s.reason(video.ConditionReady) != "False SigningSecretMissing" {
		t.Errorf("the conditions are %v", conditionsOf(s.env))
	}
	s.quiet()
}

// TestRegisterBesideOthers : an endpoint that somebody made by hand, one of another cluster for the same address, and one of
// somebody's own are left alone, when the environment is made and when it goes. Two clusters do not fight.
func TestRegisterBesideOthers(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	foreign := []string{
		s.sim.AddWebhook(muxsim.DefaultEnvironmentID, address, ""),
		s.sim.AddWebhook(muxsim.DefaultEnvironmentID, address+"?mux-operator=other-cluster-7", ""),
		s.sim.AddWebhook(muxsim.DefaultEnvironmentID, address+"?mux-operator=env-x", ""),
		s.sim.AddWebhook(muxsim.DefaultEnvironmentID, "https://elsewhere.example.com/", ""),
	}
	s.settle()
	own := s.registered(1)[0]
	if message := s.message(video.ConditionWebhookRegistered); !strings.Contains(message, "3 others have the same address") || !strings.Contains(message, foreign[0]) {
		t.Errorf("the condition says %q", message)
	}
	other := s.otherCluster()
	for range 3 { // each looks again and again, and neither touches what is the other's
		for _, each := range []*environmentStage{s, other} {
			each.r.lookAgain(each.key)
			each.settle()
		}
	}
	if theirs := other.registered(1)[0]; theirs == own || s.registered(1)[0] != own || len(s.atMux()) != 6 {
		t.Errorf("of two clusters one has %s, the other %s", own, theirs)
	}
	s.remove(s.env)
	s.settle()
	left := map[string]bool{}
	for _, w := range s.atMux() {
		left[w.ID] = true
	}
	if s.exists() || len(left) != 5 || left[own] || slices.ContainsFunc(foreign, func(id string) bool { return !left[id] }) {
		t.Errorf("after the deletion Mux has %v", left)
	}
	other.r.lookAgain(other.key)
	other.settle()
	other.registered(1)
	other.quiet()
}

// otherCluster is the same environment in another cluster: it has the same name, credentials and address, and another UID.
func (s *environmentStage) otherCluster() *environmentStage {
	env := s.env.DeepCopy()
	env.ResourceVersion, env.UID, env.Finalizers, env.Status = "", "twin", nil, video.MuxEnvironmentStatus{}
	options := s.options
	twin := *s.stage
	twin.env = env
	twin.Client = twin.store(env, credentialsSecret())
	committer := *options.Committer
	committer.Client, committer.Live = twin.Client, twin.Client
	options.Committer = &committer
	other := &environmentStage{stage: &twin, key: s.key, options: options}
	other.start(&gate{})
	return other
}

// TestRegisterHeals : what happens to an endpoint or its Secret behind the operator's back is mended with one new endpoint at most,
// when the sweep, or the watch of the Secret, makes it look.
func TestRegisterHeals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		harm    func(*environmentStage, string)
		creates int
		same    bool // the endpoint stays
	}{
		"deleted by hand":    {harm: func(s *environmentStage, id string) { s.sim.RemoveWebhook(id) }, creates: 1},
		"its Secret deleted": {harm: func(s *environmentStage, _ string) { s.remove(s.secret("default-webhook")) }, creates: 1},
		"its key lost":       {harm: func(s *environmentStage, id string) { s.changeSecret(func(d map[string][]byte) { delete(d, id) }) }, creates: 1},
		"its key emptied":    {harm: func(s *environmentStage, id string) { s.changeSecret(func(d map[string][]byte) { d[id] = nil }) }, creates: 1},
		"a key too many": {harm: func(s *environmentStage, _ string) {
			s.changeSecret(func(d map[string][]byte) { d["more"] = []byte("x") })
		}, same: true},
		"moved by hand":       {harm: func(s *environmentStage, id string) { s.moveEndpoint(id, "https://x.example.com/?mux-operator=env-1") }, creates: 1},
		"its status lost":     {harm: func(s *environmentStage, _ string) { s.loseStatus() }, same: true},
		"a list that is late": {harm: func(s *environmentStage, _ string) { s.gate.lag, s.gate.since = time.Minute, s.clock.Now() }, same: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnvironmentStage(t)
			s.settle()
			id := s.registered(1)[0]
			test.harm(s, id)
			s.calls()
			s.r.lookAgain(s.key)
			s.settle()
			if now := s.registered(1)[0]; (now == id) != test.same {
				t.Errorf("%s has become %s", id, now)
			}
			if calls := s.calls(); calls[postEndpoint] != test.creates {
				t.Errorf("that took %v", calls)
			}
			if s.reason(video.ConditionWebhookRegistered) != "True Registered" || s.reason(video.ConditionReady) != "True Ready" {
				t.Errorf("the conditions are %v", conditionsOf(s.env))
			}
			s.quiet()
		})
	}
}

func (s *environmentStage) changeSecret(change func(map[string][]byte)) {
	secret := s.secret("default-webhook")
	change(secret.Data)
	if err := s.Update(s.Context(), secret); err != nil {
		s.Fatal(err)
	}
}

func (s *environmentStage) moveEndpoint(id, to string) {
	s.dashboard(func(c *mux.Client) error {
		_, err := c.UpdateWebhook(s.Context(), id, mux.UpdateWebhookRequest{Address: &to})
		return err
	})
}

func (s *environmentStage) loseStatus() {
	s.env.Status = video.MuxEnvironmentStatus{}
	if err := s.Status().Update(s.Context(), s.env); err != nil {
		s.Fatal(err)
	}
}

// TestRegisterDisabled : who disables the endpoint has a reason, so it is told and left so.
func TestRegisterDisabled(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.settle()
	id := s.registered(1)[0]
	enable := func(on bool) string {
		s.dashboard(func(c *mux.Client) error {
			_, err := c.UpdateWebhook(t.Context(), id, mux.UpdateWebhookRequest{Enabled: &on})
			return err
		})
		s.r.lookAgain(s.key)
		s.settle()
		return s.reason(video.ConditionWebhookRegistered)
	}
	if got := enable(false); got != "False EndpointDisabled" || s.reason(video.ConditionReady) != "True Ready" {
		t.Errorf("disabled, the condition is %s", got)
	}
	s.quiet()
	if got := enable(true); got != "True Registered" || s.registered(1)[0] != id {
		t.Errorf("enabled, the condition is %s", got)
	}
	s.quiet()
}

// TestRegisterPermissions : the rights for endpoints are asked for where one is asked for alone, and a condition says which is
// missing. It is seen within a minute when it is given.
func TestRegisterPermissions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		has     []string
		missing string
	}{
		"neither":         {[]string{"video:read", "video:write"}, "system:read"},
		"no system:read":  {[]string{"video:read", "video:write", "system:write"}, "system:read"},
		"no system:write": {[]string{"video:read", "video:write", "system:read"}, "system:write"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnvironmentStage(t)
			s.sim.SetPermissions(muxsim.DefaultTokenID, test.has...)
			got := s.once(video.ConditionWebhookRegistered)
			if message := s.message(video.ConditionWebhookRegistered); got != "False PermissionMissing" || !strings.Contains(message, test.missing+",") {
				t.Errorf("the condition is %s: %s", got, message)
			}
			if calls := s.calls(); calls[whoAmI] != len(calls)+1 || len(s.env.Status.WebhookEndpoints) != 0 || s.secret("default-webhook") != nil {
				t.Errorf("Mux got %v", calls)
			}
			if s.reason(video.ConditionReady) != "False PermissionMissing" { // there is no signing secret
				t.Errorf("the conditions are %v", conditionsOf(s.env))
			}
			result, err := s.look()
			if err != nil || result.RequeueAfter != rejectedRetry {
				t.Errorf("the next look is in %s (%v)", result.RequeueAfter, err)
			}
			s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read", "video:write", "system:read", "system:write")
			s.settle()
			s.registered(1)
			s.quiet()
		})
	}
	t.Run("not asked for", func(t *testing.T) {
		t.Parallel()
		s := newEnvironmentStage(t, named)
		s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read", "video:write")
		s.settle()
		if calls := s.calls(); s.reason(video.ConditionReady) != "True Ready" || s.reason(video.ConditionWebhookRegistered) != "" || calls[whoAmI] != 1 || len(calls) != 1 {
			t.Errorf("the conditions are %v, Mux got %v", conditionsOf(s.env), calls)
		}
		s.quiet()
	})
	t.Run("with another signing secret", func(t *testing.T) { // the environment can be used meanwhile
		t.Parallel()
		s := newEnvironmentStage(t, named, func(e *video.MuxEnvironment) {
			e.Spec.Webhook.Registration = &video.WebhookRegistration{PublicURL: publicURL}
		})
		s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read", "video:write")
		if got := s.once(video.ConditionWebhookRegistered); got != "False PermissionMissing" || s.reason(video.ConditionReady) != "True Ready" {
			t.Errorf("the conditions are %v", conditionsOf(s.env))
		}
	})
	for name, has := range map[string][]string{"taken away": {"video:read", "video:write"}, "write taken away": {"video:read", "video:write", "system:read"}} {
		t.Run(name, func(t *testing.T) { // Mux then answers 404, which is not the end of an endpoint
			t.Parallel()
			s := newEnvironmentStage(t)
			s.settle()
			s.registered(1)
			s.edit(func(e *video.MuxEnvironment) { e.Spec.Webhook.Registration = nil })
			s.sim.SetPermissions(muxsim.DefaultTokenID, has...)
			if got := s.once(video.ConditionWebhookRegistered); got != "False PermissionMissing" || len(s.atMux()) != 1 || len(s.env.Status.WebhookEndpoints) != 1 {
				t.Errorf("the condition is %s: %s, Mux has %v", got, s.message(video.ConditionWebhookRegistered), s.atMux())
			}
			s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read", "video:write", "system:read", "system:write")
			s.settle()
			if len(s.atMux()) != 0 || s.reason(video.ConditionWebhookRegistered) != "" {
				t.Errorf("Mux has %v: %v", s.atMux(), conditionsOf(s.env))
			}
		})
	}
}

// named names a signing secret of its own and asks for no endpoint.
func named(e *video.MuxEnvironment) {
	e.Spec.Webhook = &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux", Key: video.DefaultTokenIDKey}}}
}

// TestRegisterHeldUp : what keeps the endpoint from being made is told before anything is made, and nothing is made in vain.
func TestRegisterHeldUp(t *testing.T) {
	t.Parallel()
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "default-webhook", errors.New("exceeded quota"))
	publicURLIs := func(url string) func(*video.MuxEnvironment) {
		return func(e *video.MuxEnvironment) { e.Spec.Webhook.Registration.PublicURL = url }
	}
	for name, test := range map[string]struct {
		edit    func(*video.MuxEnvironment)
		prepare func(*environmentStage)
		want    string
		message string
		mend    func(*environmentStage)
	}{
		"a Secret of somebody else": {
			prepare: func(s *environmentStage) {
				s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "default-webhook"}, Data: map[string][]byte{"x": []byte("forged")}})
			},
			want: "False SecretNotOwned", message: "delete it, or rename it",
			mend: func(s *environmentStage) { s.remove(s.secret("default-webhook")) },
		},
		"a Secret that is refused": {
			prepare: func(s *environmentStage) {
				s.refuse = func(verb string) error { return map[string]error{"create": forbidden}[verb] }
			},
			want: "False SecretRefused", message: "exceeded quota",
			mend: func(s *environmentStage) { s.refuse = nil },
		},
		"a query": {
			edit: publicURLIs("https://hooks.example.com/?a=b"), want: "False InvalidSpec", message: "without a user, a query or a fragment",
			mend: func(s *environmentStage) { s.edit(publicURLIs(publicURL)) },
		},
		"no host": {
			edit: publicURLIs("https:///x"), want: "False InvalidSpec", message: "https://HOST",
			mend: func(s *environmentStage) { s.edit(publicURLIs(publicURL)) },
		},
		"no credentials": {
			edit: func(e *video.MuxEnvironment) {
				e.Spec.CredentialsSecretRef, e.Spec.EnvironmentID = nil, muxsim.DefaultEnvironmentID
			},
			want: "False ReceiveOnly", message: "without credentials",
			mend: func(s *environmentStage) {
				s.edit(func(e *video.MuxEnvironment) {
					e.Spec.CredentialsSecretRef = &video.CredentialsSecretReference{Name: "mux"}
				})
			},
		},
		"a Mux that throttles": {
			prepare: func(s *environmentStage) {
				s.sim.SetFaults(muxsim.Faults{Throttle: []muxsim.Rule{{Method: "POST", RetryAfter: time.Second, Times: 1}}})
			},
			want: "False Throttled", message: "waits for its turn",
			mend: func(s *environmentStage) { // budgets are refilled in real time, so another process goes on
				s.options.Budgets = &mux.Budgets{Limits: s.options.Budgets.Limits}
				s.start(&gate{})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnvironmentStage(t, func(e *video.MuxEnvironment) {
				if test.edit != nil {
					test.edit(e)
				}
			})
			if test.prepare != nil {
				test.prepare(s)
			}
			got := s.once(video.ConditionWebhookRegistered)
			if message := s.message(video.ConditionWebhookRegistered); got != test.want || !strings.Contains(message, test.message) {
				t.Errorf("the condition is %s: %s", got, message)
			}
			if len(s.atMux()) != 0 {
				t.Errorf("Mux has %v", s.atMux())
			}
			test.mend(s)
			s.settle()
			s.registered(1)
			s.quiet()
		})
	}
}

// TestForgedSecret : a Secret of the name that is not the environment's verifies no webhook.
func TestForgedSecret(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "default-webhook"}, Data: map[string][]byte{"x": []byte("forged")}})
	if got := s.once(video.ConditionReady); got != "False SecretNotOwned" {
		t.Errorf("the environment is %s", got)
	}
	s.remove(s.secret("default-webhook"))
	s.settle()
	s.registered(1)
	s.remove(s.secret("default-webhook"))
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "default-webhook"}, Data: map[string][]byte{"x": []byte("forged")}})
	if got := s.once(video.ConditionReady); got != "False SecretNotOwned" {
		t.Errorf("the environment is %s", got)
	}
	before := s.secret("default-webhook").ResourceVersion
	s.remove(s.env) // which is nobody's hindrance
	s.settle()
	if s.exists() || len(s.atMux()) != 0 || s.secret("default-webhook").ResourceVersion != before {
		t.Errorf("the environment stays: %v", conditionsOf(s.env))
	}
}

// TestRegisterFaults answers the create in every way that Mux may. Each ends with one endpoint whose secret is known; how many
// creates that takes is printed.
func TestRegisterFaults(t *testing.T) {
	t.Parallel()
	rule := func(times int) []muxsim.Rule { return []muxsim.Rule{{Method: "POST", Times: times}} }
	for name, test := range map[string]struct {
		faults  muxsim.Faults
		lag     time.Duration
		creates int
	}{
		"500 before the commit":                  {muxsim.Faults{Status5xxBefore: rule(1)}, 0, 2},
		"500 before the commit, four times":      {muxsim.Faults{Status5xxBefore: rule(4)}, 0, 5},
		"500 after the commit":                   {muxsim.Faults{Status5xxAfter: rule(1)}, 0, 2},
		"500 after the commit, four times":       {muxsim.Faults{Status5xxAfter: rule(4)}, 0, 5},
		"500 after the commit, lists late":       {muxsim.Faults{Status5xxAfter: rule(1)}, 2 * time.Minute, 2},
		"time-out after the commit":              {muxsim.Faults{TimeoutAfter: rule(1)}, 0, 2},
		"time-out after the commit, lists late":  {muxsim.Faults{TimeoutAfter: rule(1)}, 2 * time.Minute, 2},
		"time-out after the commit, three times": {muxsim.Faults{TimeoutAfter: rule(3)}, 0, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnvironmentStage(t)
			if test.faults.TimeoutAfter != nil {
				s.options.Timeout = time.Second // of real time
				s.start(&gate{})
			}
			s.sim.SetFaults(test.faults)
			s.gate.lag, s.gate.since = test.lag, s.clock.Now()
			most := 0
			for range 30 {
				result, err := s.look()
				most = max(most, len(s.atMux()))
				if err == nil && result.RequeueAfter == 0 {
					break
				}
				s.clock.Advance(max(result.RequeueAfter, time.Second))
			}
			s.refresh()
			s.registered(1)
			if got := s.calls()[postEndpoint]; got != test.creates || most > 3 {
				t.Errorf("%d creates were sent, want %d; Mux had up to %d", got, test.creates, most)
			}
			s.quiet()
			t.Logf("%d creates, up to %d endpoints at a time, one in the end", test.creates, most)
		})
	}
}

// TestRegisterOutage : creates that fail for hours leave nothing behind, neither at Mux nor in the status.
func TestRegisterOutage(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.sim.SetFaults(muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Method: "POST"}}})
	for range 60 {
		_, _ = s.look()
		s.clock.Advance(time.Minute)
	}
	s.refresh()
	if begun := s.env.Status.WebhookEndpoints; len(begun) < 2 || len(begun) > 7 || begun[0].Serial != 60 {
		t.Errorf("after an hour the status has %d endpoints: %+v", len(begun), begun)
	}
	s.sim.SetFaults(muxsim.Faults{})
	s.settle()
	s.registered(1)
	s.quiet()
}

// TestRegisterTooLate : a create whose intent was written too long ago, as by a leader that was paused meanwhile, does not go out.
func TestRegisterTooLate(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.gate.slow = func() { s.clock.Advance(sendWithin + time.Second) }
	s.once(video.ConditionWebhookRegistered)
	if calls := s.calls(); calls[postEndpoint] != 0 || len(s.atMux()) != 0 {
		t.Errorf("Mux got %v", calls)
	}
	s.gate.slow = nil
	s.settle()
	s.registered(1)
	if calls := s.calls(); calls[postEndpoint] != 1 {
		t.Errorf("Mux got %v", calls)
	}
	s.quiet()
}

// TestReadAddress : what is not exactly the operator's mark is nobody's.
func TestReadAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://h/webhooks/a/b?mux-operator=u-1":          "https://h/webhooks/a/b u 1",
		"https://h/p?mux-operator=5f0c-77aa-12":            "https://h/p 5f0c-77aa 12",
		"https://h/p?x=y&mux-operator=u-3":                 "https://h/p u 3",
		"https://h/p":                                      "https://h/p  0",
		"https://h/p?mux-operator=":                        "https://h/p  0",
		"https://h/p?mux-operator=u":                       "https://h/p  0",
		"https://h/p?mux-operator=-1":                      "https://h/p  0",
		"https://h/p?mux-operator=u-0":                     "https://h/p  0",
		"https://h/p?mux-operator=u--1":                    "https://h/p u- 1",
		"https://h/p?mux-operator=u-x":                     "https://h/p  0",
		"https://h/p?mux-operator=u-99999999999":           "https://h/p  0",
		"https://h/p?mux-operator=%zz":                     "https://h/p  0",
		"https://h/p?other=u-1":                            "https://h/p  0",
		"":                                                 "  0",
		"https://h/p?mux-operator=a-1&mux-operator=env-99": "https://h/p a 1",
	} {
		base, owner, serial := readAddress(address)
		if got := fmt.Sprintf("%s %s %d", base, owner, serial); got != want {
			t.Errorf("%q is read as %q, want %q", address, got, want)
		}
	}
}
