// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// another makes another MuxEnvironment, for the same credentials, that stands for the Mux environment with an id.
func (s *stage) another(name, environmentID string) {
	s.Helper()
	env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID(name)}, Spec: s.env.Spec}
	env.Status.EnvironmentID, env.Status.Conditions = environmentID, s.env.Status.Conditions
	s.create(env)
	s.f.clients.remember(env, mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret},
		&mux.Identity{EnvironmentID: environmentID, Permissions: permissions})
}

// budgets replaces those that a stage has; it is called before the first call to Mux.
func (s *stage) budgets(limits mux.Limits) {
	s.f.options.Budgets = &mux.Budgets{Limits: limits}
	s.f.clients.options.Budgets = s.f.options.Budgets
}

func of(environment string) func(*video.FollowedSpec) {
	return func(spec *video.FollowedSpec) { spec.EnvironmentRef.Name = environment }
}

// look reconciles an object as its worker does, which does not wait long for the budget, and returns what Synced says.
func (s *stage) look(o commit.Followed) (reason, message string) {
	s.Helper()
	s.reconcile(o)
	if c := meta.FindStatusCondition(o.GetConditions(), video.ConditionSynced); c != nil {
		return c.Reason, c.Message
	}
	return "", ""
}

// TestSharedBudget : Mux counts by environment, so two MuxEnvironments that stand for the same one share its budget. One that stands
// for another has its own.
func TestSharedBudget(t *testing.T) {
	everyKind(t, func(t *testing.T, s *stage) {
		s.budgets(mux.Limits{CreateRate: 0.001, CreateBurst: 1, OtherRate: 1000, OtherBurst: 1000})
		s.another("twin", muxsim.DefaultEnvironmentID)
		s.another("other", "other")
		if reason, message := s.look(s.object("first", "")); reason == video.ReasonThrottled {
			t.Fatalf("the first is %s: %s", reason, message)
		}
		second := s.object("second", "", of("twin"))
		if reason, message := s.look(second); reason != video.ReasonThrottled {
			t.Errorf("with another name for the same environment the second is %s: %s", reason, message)
		}
		version := second.GetResourceVersion()
		if s.look(second); second.GetResourceVersion() != version {
			t.Error("another look at one that waits for its turn writes something")
		}
		if reason, message := s.look(s.object("third", "", of("other"))); reason == video.ReasonThrottled {
			t.Errorf("in another environment the third is %s: %s", reason, message)
		}
		if posts := s.posts(); posts != 2 {
			t.Errorf("%d creates were sent", posts)
		}
	})
}

// posts counts the creates.
func (s *stage) posts() (n int) {
	for call, times := range s.calls() {
		if strings.HasPrefix(call, "POST /video/") {
			n += times
		}
	}
	return n
}

// TestPausedTogether : what Mux asks of one caller, all who call the same environment heed, whatever they want to do, and say until
// when. Others go on.
func TestPausedTogether(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		header map[string]string
		pause  time.Duration
	}{
		"429 with Retry-After":    {429, map[string]string{"Retry-After": "600"}, 10 * time.Minute},
		"429 with Retry-After-Ms": {429, map[string]string{"Retry-After-Ms": "600000"}, 10 * time.Minute},
		"the last one":            {400, map[string]string{"X-RateLimit-Remaining": "0", "Retry-After": "600"}, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, assetKind{})
			s.another("twin", muxsim.DefaultEnvironmentID)
			s.another("other", "other")
			ready := s.object("ready", "")
			s.reconcile(ready)
			restore := s.through(func(request *http.Request) *http.Response {
				return answering(request, answer.status, answer.header, `{"error":{"type":"invalid_parameters","messages":["no"]}}`)
			})
			s.reconcile(s.object("first", ""))
			restore()
			s.calls()
			var told []string
			refresh := ready.DeepCopyObject().(commit.Followed)
			annotate(refresh, video.AnnotationRequestRefresh, "1")
			if err := s.Patch(t.Context(), refresh, client.MergeFrom(ready)); err != nil {
				t.Fatal(err)
			}
			for _, o := range []commit.Followed{s.object("second", "", of("twin")), refresh} { // a create, and a GET
				reason, message := s.look(o)
				_, until, _ := strings.Cut(message, "until ")
				until, _, _ = strings.Cut(until, ";")
				at, err := time.Parse(time.RFC3339, until)
				if reason != video.ReasonThrottled || err != nil || time.Until(at) > answer.pause || time.Until(at) < answer.pause-time.Minute {
					t.Errorf("%s is %s: %s", o.GetName(), reason, message)
				}
				told = append(told, until)
			}
			if calls := s.calls(); len(calls) != 0 || told[0] != told[1] {
				t.Errorf("the calls were %v, the times are %v", calls, told)
			}
			if reason, message := s.look(s.object("third", "", of("other"))); reason == video.ReasonThrottled {
				t.Errorf("in another environment the third is %s: %s", reason, message)
			}
		})
	}
}

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// through has an answer given instead of that of Mux; where it is nil, the request goes on. It returns what ends that.
func (s *stage) through(answer func(*http.Request) *http.Response) (restore func()) {
	before := s.f.clients.options.Transport
	s.f.clients.options.Transport = roundTrip(func(request *http.Request) (*http.Response, error) {
		if response := answer(request); response != nil {
			return response, nil
		}
		return http.DefaultTransport.RoundTrip(request)
	})
	return func() { s.f.clients.options.Transport = before }
}

func answering(request *http.Request, status int, header map[string]string, body string) *http.Response {
	response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: request}
	response.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	for key, value := range header {
		response.Header.Set(key, value)
	}
	return response
}

// TestHopelessIsLeft : what will not heal by itself is Stalled, says what to do, and is sent again when a person has changed something,
// otherwise once an hour, or once a minute where the credentials are at fault, however often the object is looked at.
func TestHopelessIsLeft(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		message string
		reason  string
		says    string
		every   time.Duration
	}{
		"invalid":           {400, "Invalid value of something", video.ReasonInvalid, "correct the spec", refusedRetry},
		"free plan, assets": {400, "Free plan is limited to 10 assets, upgrade", video.ReasonPlanLimit, "the Mux plan does not allow", refusedRetry},
		"free plan, live":   {400, "Live streams are unavailable on the free plan", video.ReasonPlanLimit, "the Mux plan does not allow", refusedRetry},
		"not processable":   {422, "no", video.ReasonInvalid, "correct the spec", refusedRetry},
		"rejected":          {401, "Unauthorized request", video.ReasonCredentialsRejected, "put a valid token", rejectedRetry},
		"forbidden":         {403, "no", video.ReasonPermissionMissing, "give it the permissions", rejectedRetry},
	} {
		t.Run(name, func(t *testing.T) {
			everyKind(t, func(t *testing.T, s *stage) {
				sent := 0
				s.through(func(request *http.Request) *http.Response {
					sent++
					return answering(request, test.status, nil, fmt.Sprintf(`{"error":{"type":"invalid_parameters","messages":[%q]}}`, test.message))
				})
				o := s.object("hopeless", "")
				after := s.reconcile(o)
				c := meta.FindStatusCondition(o.GetConditions(), video.ConditionStalled)
				if c == nil || c.Reason != test.reason || !strings.Contains(c.Message, test.says) || after != test.every || sent != 1 {
					t.Fatalf("sent %d times, looked at again after %s: %+v", sent, after, o.GetConditions())
				}
				s.reconcile(o) // which may bring the status to rest: the intent is taken back
				version, before := o.GetResourceVersion(), sent
				if test.every != refusedRetry { // of these the workqueue takes care: nothing starts another look before
					return
				}
				for range 50 {
					s.clock.Advance(time.Minute)
					s.reconcile(o)
				}
				if sent != before || o.GetResourceVersion() != version || sent != 1 {
					t.Errorf("within the hour it was sent %d times, and the object is at %s after %s", sent, o.GetResourceVersion(), version)
				}
				s.clock.Advance(11 * time.Minute)
				if s.reconcile(o); sent != 2 {
					t.Errorf("after an hour it was sent %d times", sent)
				}
			})
		})
	}
}

// TestSeveralRefused : of an asset with several changes that Mux refuses, none is sent again because of the others.
func TestSeveralRefused(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	before := asset.DeepCopy()
	asset.Spec.Passthrough = text(strings.Repeat("x", 300))
	asset.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "highest", Passthrough: strings.Repeat("x", 300)}}
	asset.Spec.TextTracks = []video.TextTrack{{Name: "Nothing", LanguageCode: "!", URL: "https://example.com/en.vtt"}}
	if err := s.Patch(t.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		s.reconcile(asset)
		s.clock.Advance(time.Minute) // within which what others bring comes to rest
	}
	first := s.writes() // which forgets the reads as well
	for call, times := range first {
		if times != 1 {
			t.Errorf("%s was sent %d times", call, times)
		}
	}
	if len(first) < 2 || reasonOf(asset, video.ConditionStalled) != "True InvalidSpec" {
		t.Errorf("the calls were %v, the conditions are %+v", first, asset.Status.Conditions)
	}
	version := asset.ResourceVersion
	for range 10 {
		s.clock.Advance(time.Minute)
		s.reconcile(asset)
	}
	if more := s.calls(); len(more) != 0 || asset.ResourceVersion != version {
		t.Errorf("looked at again, something was written or called: %v", more)
	}
}

// TestRetries : what fails waits longer each time, but not for long, and puts off nobody else.
func TestRetries(t *testing.T) {
	r := retries()
	request := func(name string) reconcile.Request {
		return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
	}
	for i := range 1000 {
		for range 20 {
			r.When(request(fmt.Sprint(i)))
		}
	}
	if wait := r.When(request("0")); wait != retryMost {
		t.Errorf("one that has failed twenty times waits for %s", wait)
	}
	if wait := r.When(request("other")); wait != retryFirst {
		t.Errorf("beside a thousand others one that fails for the first time waits for %s", wait)
	}
}
