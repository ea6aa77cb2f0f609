// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// before is a time so long before noon.
func before(d time.Duration) metav1.Time { return metav1.NewTime(noon.Add(-d)) }

// asset makes a MuxAsset that says it is in a state, as both writers would.
func (s *stage) asset(name string, change func(*video.MuxAsset)) {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{
		FollowedSpec: video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: "default"}},
		Inputs:       []video.AssetInput{{URL: "https://example.com/" + name + ".mp4"}},
	}}
	s.create(asset)
	if change == nil {
		return
	}
	s.status(asset, func() {
		asset.Status.ObservedGeneration = asset.Generation
		synced(&asset.Status.Conditions, asset.Generation, before(time.Hour))
		change(asset)
		projection.SummarizeAsset(asset, before(time.Hour))
	})
}

func synced(conditions *[]metav1.Condition, generation int64, at metav1.Time) {
	projection.SetCondition(conditions, generation, at, video.ConditionSynced, metav1.ConditionTrue, video.ReasonSynced, "the spec has reached Mux")
}

// troubled sets a stage with one of everything that status shows.
func troubled(t *testing.T) *stage {
	s := newStage(t)
	s.now = noon
	env := s.environment(s.simulator(muxsim.Options{}))
	s.status(env, func() {
		env.Status.EnvironmentID, env.Status.EnvironmentName, env.Status.ObservedGeneration = "simenv", "Simulated", env.Generation
		sweep := before(2 * time.Hour)
		env.Status.LastSweepTime = &sweep
		for _, c := range []metav1.Condition{
			{Type: video.ConditionReady, Status: metav1.ConditionTrue, Reason: video.ReasonReady, Message: "Mux accepts the credentials"},
			{Type: video.ConditionWebhookVerified, Status: metav1.ConditionTrue, Reason: video.ReasonDelivered, Message: "a webhook with a valid signature has arrived"},
			{Type: video.ConditionWebhookHealthy, Status: metav1.ConditionFalse, Reason: video.ReasonWebhooksMissed, Message: "2 objects changed without a webhook since the last sweep: intro, outro"},
			{Type: video.ConditionThrottled, Status: metav1.ConditionTrue, Reason: video.ReasonThrottled, Message: "Mux has asked to slow down: nothing is sent until 2026-11-25T12:01:00Z"},
		} {
			projection.SetCondition(&env.Status.Conditions, env.Generation, before(2*time.Minute), c.Type, c.Status, c.Reason, c.Message)
		}
	})
	s.asset("intro", func(a *video.MuxAsset) { a.Status.State = "ready" })
	s.asset("outro", func(a *video.MuxAsset) { a.Status.State = "ready" })
	s.asset("broken", func(a *video.MuxAsset) {
		a.Status.State = "errored"
		a.Status.Error = &video.ErrorStatus{Type: "invalid_input", Messages: []string{"the input file is no video"}}
	})
	s.asset("slow", func(a *video.MuxAsset) { a.Status.State = "preparing" })
	s.asset("private", func(a *video.MuxAsset) {
		projection.SetCondition(&a.Status.Conditions, a.Generation, before(26*time.Hour), video.ConditionSynced, metav1.ConditionFalse, video.ReasonSecretNotFound,
			"there is no Secret studio/source; create it with `kubectl -n studio create secret generic source --from-literal=url=VALUE`")
	})
	stream := &video.MuxLiveStream{ObjectMeta: s.meta("studio"), Spec: video.MuxLiveStreamSpec{
		FollowedSpec: video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: "default"}},
	}}
	s.create(stream)
	s.status(stream, func() {
		stream.Status.State, stream.Status.ObservedGeneration = "idle", stream.Generation
		synced(&stream.Status.Conditions, stream.Generation, before(time.Hour))
		stream.Status.SimulcastTargets = []video.SimulcastTargetStatus{{ID: "t1", Name: "elsewhere", Status: "errored"}}
		projection.SummarizeLiveStream(stream, before(time.Hour))
	})
	return s
}

func TestStatus(t *testing.T) {
	t.Parallel()
	s := troubled(t)
	got := s.run("status")
	if got.code != exitFindings || got.err != "" {
		t.Errorf("code %d, err %q", got.code, got.err)
	}
	golden(t, "status", got.out, s.namespace, "studio")
	golden(t, "status-wide", s.run("status", "-o", "wide").out, s.namespace, "studio")
	golden(t, "status-yaml", s.run("status", "-o", "yaml").out, s.namespace, "studio")
}

// TestStatusFormats : JSON and YAML say the same, and what is not a format is refused.
func TestStatusFormats(t *testing.T) {
	t.Parallel()
	s := troubled(t)
	var fromJSON, fromYAML map[string]any
	if err := json.Unmarshal([]byte(s.run("status", "-o", "json").out), &fromJSON); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(s.run("status", "-o", "yaml").out), &fromYAML); err != nil {
		t.Fatal(err)
	}
	if a, b := len(fromJSON["problems"].([]any)), len(fromYAML["problems"].([]any)); a != b || a != 6 {
		t.Errorf("%d problems in JSON, %d in YAML", a, b)
	}
	if got := s.run("status", "-o", "xml"); got.code != exitFailed || !strings.Contains(got.err, "table, wide, json, yaml") {
		t.Errorf("code %d, err %q", got.code, got.err)
	}
}

// TestStatusSelected : -l chooses objects by their labels.
func TestStatusSelected(t *testing.T) {
	t.Parallel()
	s := troubled(t)
	slow := &video.MuxAsset{ObjectMeta: s.meta("slow")}
	base := slow.DeepCopy()
	slow.Labels = map[string]string{"team": "video"}
	if err := s.Patch(s.ctx, slow, client.MergeFrom(base)); err != nil {
		t.Fatal(err)
	}
	got := s.run("status", "-l", "team=video", "-o", "json")
	var found statusReport
	if err := json.Unmarshal([]byte(got.out), &found); err != nil {
		t.Fatal(err, got.err)
	}
	if len(found.Objects) != 1 || len(found.Problems) != 1 || found.Problems[0].Name != "slow" {
		t.Errorf("%+v", found)
	}
	if got := s.run("status", "-l", "a=b=c"); got.code != exitFailed || !strings.Contains(got.err, "--selector") {
		t.Errorf("%+v", got)
	}
}

// TestStatusOfSome : who may read some kinds is told of these, and that it is not all.
func TestStatusOfSome(t *testing.T) {
	t.Parallel()
	s := troubled(t)
	user := "half-" + s.namespace
	s.create(
		&rbacv1.Role{ObjectMeta: s.meta("half"), Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{video.GroupVersion.Group}, Resources: []string{"muxlivestreams", "muxuploads"}, Verbs: []string{"list"},
		}}},
		&rbacv1.RoleBinding{
			ObjectMeta: s.meta("half"), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "half"},
			Subjects: []rbacv1.Subject{{Kind: "User", Name: user}},
		},
	)
	var got result
	within(s, 10*time.Second, func() error { // the API server takes a moment to know of it
		if got = s.run("status", "--as", user); !strings.Contains(got.out, "MuxLiveStream   idle") {
			return fmt.Errorf("%+v", got)
		}
		return nil
	})
	if got.code != exitFailed || !strings.Contains(got.out, "MuxEnvironments could not be read") || !strings.Contains(got.out, "MuxAsset        not read   ?") ||
		!strings.Contains(got.out, "Failing muxlivestream/studio") || !strings.Contains(got.err, "you may not list muxassets here") {
		t.Errorf("%+v", got)
	}
	if got := s.run("status", "--as", "nobody"); got.code != exitFailed || got.out != "" || !strings.Contains(got.err, "you may not list muxenvironments here") {
		t.Errorf("%+v", got)
	}
}

func TestStatusOfNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	got := s.run("status")
	if got.code != exitFine {
		t.Errorf("code %d, err %q", got.code, got.err)
	}
	golden(t, "status-nothing", got.out)
}

// TestStatusOfAll : -A shows other namespaces than -n, with their names.
func TestStatusOfAll(t *testing.T) {
	t.Parallel()
	s := troubled(t)
	got := s.run("status", "-A")
	if !strings.Contains(got.out, s.namespace+"/default") || !strings.Contains(got.out, "in "+s.namespace) {
		t.Errorf("the namespace %s is not shown:\n%s", s.namespace, got.out)
	}
	if got := s.run("status", "-n", s.newNamespace()); strings.Contains(got.out, "default") || got.code != exitFine {
		t.Errorf("another namespace shows:\n%s", got.out)
	}
}

// TestStatusOnTerminal : a terminal gets colours, a pipe none.
func TestStatusOnTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	s := troubled(t)
	term := newTerminal(t)
	if code := s.runOn(term.streams, "status"); code != exitFindings {
		t.Errorf("code %d", code)
	}
	if got := term.shown(); !strings.Contains(got, string(red)+problemStalled+string(plain)) {
		t.Errorf("no colour in %q", got)
	}
	if got := s.run("status").out; strings.Contains(got, "\x1b") {
		t.Errorf("control sequences in a pipe: %q", got)
	}
}

func TestProblemsOf(t *testing.T) {
	now := noon
	for name, test := range map[string]struct {
		conditions []metav1.Condition
		age        time.Duration
		want       string
	}{
		"never looked at":             {nil, time.Hour, problemNotReady},
		"new":                         {nil, time.Minute, ""},
		"ready":                       {[]metav1.Condition{{Type: "Ready", Status: "True"}}, time.Hour, ""},
		"under way":                   {[]metav1.Condition{{Type: "Ready", Status: "False", Reason: "Preparing", LastTransitionTime: before(time.Minute)}}, 0, ""},
		"under way for long":          {[]metav1.Condition{{Type: "Ready", Status: "False", Reason: "Preparing", LastTransitionTime: before(time.Hour)}}, 0, problemNotReady},
		"throttled":                   {[]metav1.Condition{{Type: "Ready", Status: "False", Reason: "Throttled", LastTransitionTime: before(time.Second)}}, 0, problemThrottled},
		"throttled, ready":            {[]metav1.Condition{{Type: "Ready", Status: "True"}, {Type: "Synced", Status: "False", Reason: "Throttled"}}, 0, problemThrottled},
		"waits for a file":            {[]metav1.Condition{{Type: "Ready", Status: "False", Reason: "WaitingForUpload", LastTransitionTime: before(time.Hour)}}, 0, ""},
		"stalled":                     {[]metav1.Condition{{Type: "Ready", Status: "False", Reason: "X"}, {Type: "Stalled", Status: "True", Reason: "X"}}, 0, problemStalled},
		"never delivered":             {[]metav1.Condition{{Type: "Ready", Status: "True"}, {Type: "WebhookVerified", Status: "False", LastTransitionTime: before(time.Hour)}}, 0, problemFailing},
		"not delivered yet":           {[]metav1.Condition{{Type: "Ready", Status: "True"}, {Type: "WebhookVerified", Status: "False", LastTransitionTime: before(time.Second)}}, 0, ""},
		"at its maximum":              {[]metav1.Condition{{Type: "Ready", Status: "True"}, {Type: "Limited", Status: "True", Reason: "AtMaximum"}}, 0, problemFailing},
		"a Secret is somebody else's": {[]metav1.Condition{{Type: "Ready", Status: "True"}, {Type: "StreamKeyReady", Status: "False", Reason: "SecretNotOwned"}}, 0, problemFailing},
		"the URL is of no use":        {[]metav1.Condition{{Type: "Ready", Status: "True"}, {Type: "URLReady", Status: "False", Reason: "NotWaiting"}}, 0, ""},
		"nobody is on air":            {[]metav1.Condition{{Type: "Ready", Status: "True"}, {Type: "Active", Status: "False", Reason: "Idle"}}, 0, ""},
	} {
		asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: before(test.age)}}
		asset.Status.Conditions = test.conditions
		var got []string
		for _, p := range problemsOf(kinds[1], asset, now, 10*time.Minute) {
			got = append(got, p.Problem)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestRemedyOf(t *testing.T) {
	if n := len(remedies()); n < 60 {
		t.Fatalf("the page has %d rows only", n)
	}
	for name, test := range map[string]struct{ reason, message, want string }{
		"a Secret":          {"SecretNotFound", "there is no Secret a/b; create it with `kubectl`", "kubectl create secret generic … as the message says"},
		"of a permission":   {"PermissionMissing", "the access token lacks the permission video:read; add it", "another token, with video:read and video:write"},
		"the longer one":    {"PermissionMissing", "the access token lacks the permission system:read, which spec.webhook.registration needs; add it", "with system:read and system:write as well"},
		"the same as above": {"Throttled", "Mux has asked to slow down: nothing is sent until 12:00", "wait until then"},
		"another reason":    {"Nonsense", "there is no Secret a/b", ""},
		"another message":   {"SecretNotFound", "nonsense", ""},
	} {
		if got := remedyOf(test.reason, test.message); !strings.Contains(got, test.want) || (test.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
