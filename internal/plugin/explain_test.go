// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// pretend makes the environment known, as after the leader's first look.
func (s *stage) pretend(env *video.MuxEnvironment) {
	s.Helper()
	s.status(env, func() {
		env.Status.EnvironmentID = muxsim.DefaultEnvironmentID
		env.Status.Conditions = []metav1.Condition{{Type: video.ConditionWebhookVerified, Status: metav1.ConditionTrue, Reason: "Delivered", LastTransitionTime: metav1.Now()}}
	})
}

// observe makes a MuxAsset that follows one at Mux.
func (s *stage) observe(name, id string) {
	s.create(&video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{FollowedSpec: video.FollowedSpec{
		EnvironmentRef:   video.EnvironmentReference{Name: "default"},
		ManagementPolicy: video.ManagementPolicyObserve,
		Import:           &video.ImportSpec{ID: id},
	}}})
}

// deliver posts what the simulator has recorded to a receiver, once the receiver knows the object, and returns the answers.
func (s *stage) deliver(receiver string, events []muxsim.Event) (results []string) {
	s.Helper()
	for _, event := range events {
		var result string
		within(s, 10*time.Second, func() error {
			request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, receiver+"/webhooks/"+s.namespace+"/default", bytes.NewReader(event.Body))
			if err != nil {
				return err
			}
			request.Header.Set(muxsim.SignatureHeader, muxsim.Sign(signingSecret, event.Body, time.Now()))
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			result = string(body)
			if err != nil || response.StatusCode != http.StatusOK || strings.Contains(result, "unknown_object") {
				return fmt.Errorf("%s is answered %d %s (%v)", event.Type, response.StatusCode, body, err)
			}
			return nil
		})
		results = append(results, event.Type+" "+strings.TrimSpace(result))
	}
	return results
}

// lived is an asset at a simulator with a clock of its own, and ids that no other test has, that stands at noon when ten events have come about.
func lived(s *stage) (id string, events []muxsim.Event, sim *muxsim.Server) {
	s.Helper()
	clock := muxsim.NewManualClock(noon.Add(-time.Minute))
	sim = s.simulator(muxsim.Options{Clock: clock, Seed: 4711})
	client, err := mux.New(mux.Config{BaseURL: sim.URL(), Credentials: mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret}})
	if err != nil {
		s.Fatal(err)
	}
	made, err := client.CreateAsset(s.ctx, mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{
		Inputs: []mux.Input{
			{URL: "https://example.com/sim-nonstandard/film.mp4"},
			{URL: "https://example.com/en.vtt", Type: "text", TextType: "subtitles", LanguageCode: "en", Name: "English"},
		},
		PlaybackPolicies: []string{"public"},
		StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest"}},
	}})
	if err != nil {
		s.Fatal(err)
	}
	id = made.Value.ID
	clock.Advance(10 * time.Second)
	title := "Film"
	if _, err := client.UpdateAsset(s.ctx, id, mux.UpdateAssetRequest{Meta: &mux.MetadataRequest{Title: &title}}); err != nil {
		s.Fatal(err)
	}
	if _, err := client.SetMasterAccess(s.ctx, id, "temporary"); err != nil {
		s.Fatal(err)
	}
	clock.Advance(10 * time.Second)
	if _, err := client.CreateTrack(s.ctx, id, mux.CreateTrackRequest{URL: "https://example.com/de.vtt", Type: "text", TextType: "subtitles", LanguageCode: "de", Name: "Deutsch"}); err != nil {
		s.Fatal(err)
	}
	return id, sim.Recorded(), sim
}

// TestExplain : an asset had ten events, which came through the real receiver. For each part of its status the event is named
// that set it.
func TestExplain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.now = noon
	id, events, sim := lived(s)
	s.pretend(s.environment(sim))
	s.observe("film", id)
	receiver := s.receiver()
	answers := s.deliver(receiver, events)
	if len(answers) < 10 {
		t.Errorf("%d events only", len(answers))
	}
	t.Log(strings.Join(answers, "\n"))

	asset := &video.MuxAsset{}
	if err := s.Get(s.ctx, keyOf(s, "film"), asset); err != nil {
		t.Fatal(err)
	}
	s.status(asset, func() { // whose times are those of this machine
		for i := range asset.Status.Conditions {
			asset.Status.Conditions[i].LastTransitionTime = before(40 * time.Second)
		}
	})
	s.redate(asset, 6)
	got := s.run("explain", "muxasset/film")
	if got.code != exitFine || got.err != "" {
		t.Errorf("code %d, err %q", got.code, got.err)
	}
	golden(t, "explain", got.out, s.namespace, "studio")

	var e explanation
	if err := json.Unmarshal([]byte(s.run("explain", "mxa", "film", "-o", "json").out), &e); err != nil {
		t.Fatal(err)
	}
	attributed(t, &asset.Status, &e, events)
}

// redate waits for so many Kubernetes Events of an object, and puts others in their places that say the same at times of the stage's
// clock, a second apart: the real ones have the time of this machine.
func (s *stage) redate(o object, n int) {
	s.Helper()
	list := &corev1.EventList{}
	within(s, 20*time.Second, func() error {
		err := s.List(s.ctx, list, client.InNamespace(s.namespace), client.MatchingFields{"involvedObject.uid": string(o.GetUID())})
		if err == nil && len(list.Items) != n {
			err = fmt.Errorf("%d Kubernetes Events", len(list.Items))
		}
		return err
	})
	slices.SortFunc(list.Items, func(a, b corev1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	for i := range list.Items {
		old := &list.Items[i]
		if err := s.Delete(s.ctx, old); err != nil {
			s.Fatal(err)
		}
		s.create(&corev1.Event{
			ObjectMeta: s.meta(fmt.Sprint(o.GetName(), "-", i)), InvolvedObject: old.InvolvedObject, Type: old.Type, Action: old.Action, Reason: old.Reason, Message: old.Message,
			EventTime: metav1.NewMicroTime(s.now.Add(time.Duration(i-n) * time.Second)), ReportingController: old.ReportingController, ReportingInstance: old.ReportingInstance,
		})
	}
}

// attributed checks that every field of the status that is filled and observed, and every element of a list, is in the timeline, set by
// an event that was sent or an answer of Mux.
func attributed(t *testing.T, status any, e *explanation, events []muxsim.Event) {
	t.Helper()
	by, settings, observations := map[string]string{}, map[string]int{}, 0
	for _, o := range e.Timeline {
		if o.Source == sourceTransition {
			continue
		}
		observations++
		sent := slices.ContainsFunc(events, func(event muxsim.Event) bool {
			return event.ID == o.ID && event.Type == o.Event && event.CreatedAt.Equal(moment(o))
		})
		if o.Source == "event" && !sent {
			t.Errorf("%s at %s was never sent", o.name(), o.Time)
		}
		for _, s := range o.Set {
			by[s.Field] = o.name()
			if !strings.Contains(s.Value, "(remembered, not shown)") {
				settings[s.Field]++
			}
		}
	}
	content, err := asMap(status)
	if err != nil {
		t.Fatal(err)
	}
	for field, value := range content {
		if elements, ok := value.([]any); ok && slices.Contains(stamped, field) && settings[field] != len(elements) {
			t.Errorf("%d elements of %s, %d are in the timeline", len(elements), field, settings[field])
		}
		if by[field] == "" && !slices.Contains(unstamped, field) && field != "id" {
			t.Errorf("nothing is said of who set %s", field)
		}
	}
	t.Logf("%d fields of the status, set by %d observations of %d events, %d transitions: %v", len(by), observations, len(events), len(e.Timeline)-observations, by)
}

// TestExplainManaged : of an asset that the operator made, the answers to its own calls are named as well.
func TestExplainManaged(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sim := s.simulator(muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.environment(sim)
	sim.AddWebhook(muxsim.DefaultEnvironmentID, s.operator()+"/webhooks/"+s.namespace+"/default", signingSecret)
	s.asset("film", nil)
	asset := &video.MuxAsset{}
	within(s, 20*time.Second, func() error {
		if err := s.Get(s.ctx, keyOf(s, "film"), asset); err != nil {
			return err
		}
		if !meta.IsStatusConditionTrue(asset.Status.Conditions, video.ConditionReady) || asset.Status.Identified == nil {
			return fmt.Errorf("the conditions are %v", asset.Status.Conditions)
		}
		return nil
	})
	var e explanation
	got := s.run("explain", "muxasset/film", "-o", "json")
	if err := json.Unmarshal([]byte(got.out), &e); err != nil {
		t.Fatal(err, got.err)
	}
	attributed(t, &asset.Status, &e, sim.Recorded())
	by := map[string]string{}
	for _, o := range e.Timeline {
		for _, set := range o.Set {
			by[set.Field] = o.name()
		}
	}
	if by["id"] != "answer to a change by the operator" || by["creation"] != "the operator" || !strings.HasPrefix(by["state"], "event video.asset.") {
		t.Errorf("set by %v", by)
	}
}

// TestExplainBroadcast : a live stream that was on air, with a simulcast target, and its recording, each after ten events or more.
func TestExplainBroadcast(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sim := s.uploading(muxsim.Options{ReadyAfter: 100 * time.Millisecond, LiveScale: 0.02})
	stream := &video.MuxLiveStream{ObjectMeta: s.meta("studio"), Spec: video.MuxLiveStreamSpec{
		FollowedSpec:     video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: "default"}},
		PlaybackPolicies: []video.PlaybackPolicy{{Policy: "public"}},
		NewAssetSettings: &video.AssetSettings{PlaybackPolicies: []video.PlaybackPolicy{{Policy: "public"}}, StaticRenditions: []video.StaticRendition{{Resolution: "highest"}}},
		SimulcastTargets: []video.SimulcastTarget{{Name: "elsewhere", URL: "rtmp://example.com/live"}},
		Recordings:       &video.RecordingsSpec{},
	}}
	s.create(stream)
	asset := s.broadcastOnce(sim, stream)
	for _, o := range []object{stream, asset} {
		k, err := kindOf(strings.ToLower(fmt.Sprintf("%T", o)[len("*v1alpha1."):]))
		if err != nil {
			t.Fatal(err)
		}
		got := s.run("explain", k.singular, o.GetName(), "-o", "json")
		var e explanation
		if err := json.Unmarshal([]byte(got.out), &e); err != nil {
			t.Fatal(err, got.err)
		}
		if err := s.Get(s.ctx, client.ObjectKeyFromObject(o), o); err != nil {
			t.Fatal(err)
		}
		events := slices.DeleteFunc(sim.Recorded(), func(event muxsim.Event) bool { return !strings.Contains(string(event.Body), e.MuxID) })
		if len(events) < 10 {
			t.Errorf("%s had %d events only", o.GetName(), len(events))
		}
		attributed(t, statusOf(o), &e, events)
		if !slices.ContainsFunc(e.Timeline, func(o *observation) bool { return o.Source == sourceTransition }) {
			t.Errorf("%s has no transitions", o.GetName())
		}
	}
}

func statusOf(o object) any {
	if stream, ok := o.(*video.MuxLiveStream); ok {
		return &stream.Status
	}
	return &o.(*video.MuxAsset).Status
}

// broadcastOnce has an encoder come and go, and waits for the recording to be Ready.
func (s *stage) broadcastOnce(sim *muxsim.Server, stream *video.MuxLiveStream) *video.MuxAsset {
	s.Helper()
	until := func(what string, check func() bool) {
		s.Helper()
		within(s, 20*time.Second, func() error {
			if err := s.Get(s.ctx, client.ObjectKeyFromObject(stream), stream); err != nil || check() {
				return err
			}
			return fmt.Errorf("not %s: %+v", what, stream.Status)
		})
	}
	act := func(do func(string) error) {
		s.Helper()
		if err := do(stream.Status.ID); err != nil {
			s.Fatal(err)
		}
	}
	until("made", func() bool { return stream.Status.ID != "" && stream.Status.State == "idle" })
	act(sim.ConnectEncoder)
	until("on air", func() bool {
		return stream.Status.State == "active" && stream.Status.SimulcastTargets[0].Status == "broadcasting"
	})
	recording := &video.MuxAsset{}
	recorded := func(what string, is func(*video.MuxAssetStatus) bool) {
		s.Helper()
		within(s, 20*time.Second, func() error {
			assets := &video.MuxAssetList{}
			err := s.List(s.ctx, assets, client.InNamespace(s.namespace))
			if err != nil || len(assets.Items) != 1 || !is(&assets.Items[0].Status) {
				return fmt.Errorf("no recording is %s: %+v (%v)", what, assets.Items, err)
			}
			recording = &assets.Items[0]
			return nil
		})
	}
	recorded("ready", func(status *video.MuxAssetStatus) bool { return status.State == "ready" })
	act(sim.DisconnectEncoder)
	until("over", func() bool { return stream.Status.State == "idle" })
	recorded("final, with its file", func(status *video.MuxAssetStatus) bool {
		return meta.IsStatusConditionTrue(status.Conditions, video.ConditionFinalized) && meta.IsStatusConditionTrue(status.Conditions, video.ConditionStaticRenditionsReady)
	})
	return recording
}

// TestExplainWithoutEvents : what could not be read, or is over, is said.
func TestExplainWithoutEvents(t *testing.T) {
	const lost = "What newer observations have told again altogether is not kept"
	known := []*observation{{Time: "2026-11-25T11:58:00.000000Z", Source: "event"}}
	for name, test := range map[string]struct {
		known, transitions []*observation
		err                error
		want               string
	}{
		"nothing observed": {nil, nil, nil, ""},
		"over":             {known, nil, nil, lost + ", and the cluster has no Kubernetes Events"},
		"no right":         {known, nil, errors.New("events is forbidden"), lost + ", and what came of it is not known: events is forbidden"},
		"some":             {known, []*observation{transition(&corev1.Event{Reason: "Ready", Action: "Ready"})}, nil, lost + "; what came of it is in the transitions"},
	} {
		e := &explanation{Timeline: test.known}
		e.recall(test.transitions, test.err)
		if !strings.HasPrefix(e.Gaps, test.want) || (test.want == "") != (e.Gaps == "") || len(e.Timeline) != len(test.known)+len(test.transitions) {
			t.Errorf("%s: %q, %d observations", name, e.Gaps, len(e.Timeline))
		}
	}
	often := transition(&corev1.Event{Reason: "NoEncoder", Action: "Connected", Message: "no encoder is connected", Series: &corev1.EventSeries{Count: 3, LastObservedTime: metav1.NewMicroTime(noon)}})
	if want := "NoEncoder: no encoder is connected (3 times, the last at 2026-11-25T12:00:00Z)"; often.Set[0] != (setting{"Connected", want}) {
		t.Errorf("%+v", often.Set)
	}
}

// TestExplainNamesEveryField : each field of each status is either observed, and so explained, or known not to be.
func TestExplainNamesEveryField(t *testing.T) {
	for _, test := range []struct {
		status reflect.Type
		facts  []string
	}{
		{reflect.TypeFor[video.MuxAssetStatus](), assetFacts},
		{reflect.TypeFor[video.MuxLiveStreamStatus](), liveStreamFacts},
		{reflect.TypeFor[video.MuxUploadStatus](), uploadFacts},
	} {
		for _, field := range fieldsOf(test.status) {
			n := 0
			for _, list := range [][]string{test.facts, stamped, unstamped} {
				if slices.Contains(list, field) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s.%s is in %d lists of explain_parts.go, want 1", test.status.Name(), field, n)
			}
		}
	}
}

// TestExplainOthers : the other kinds, and what is not there.
func TestExplainOthers(t *testing.T) {
	t.Parallel()
	s := troubled(t)
	upload := &video.MuxUpload{ObjectMeta: s.meta("from-the-browser"), Spec: video.MuxUploadSpec{
		FollowedSpec: video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: "default"}}, CORSOrigin: "*",
	}}
	s.create(upload)
	s.status(upload, func() {
		expires := metav1.NewTime(noon.Add(time.Hour))
		upload.Status.ID, upload.Status.State, upload.Status.ExpiresAt = "u1", "deleted", &expires
		upload.Status.Creation = &video.CreationStatus{Token: "t", StartedAt: metav1.NewMicroTime(noon.Add(-2 * time.Minute))}
		upload.Status.Identified = &video.IdentifiedStatus{At: metav1.NewMicroTime(noon.Add(-2 * time.Minute)), Stamp: "2026-11-25T11:58:00.000000Z waiting WRITE 0123456789abcdef"}
		upload.Status.Stamps = &video.UploadStamps{
			State:    "2026-11-25T11:58:00.000000Z waiting WRITE 0123456789abcdef",
			Snapshot: "- waiting upload.created e1",
			Absent:   "2026-11-25T11:59:00.000000Z deleted GET 404",
		}
		upload.Status.Test = true
	})
	for _, name := range []string{"mxe/default", "muxasset/private", "muxasset/broken", "mxl/studio", "muxuploads/from-the-browser"} {
		got := s.run("explain", name)
		if got.code != exitFine {
			t.Errorf("%s: code %d, err %q", name, got.code, got.err)
		}
		golden(t, "explain-"+name[strings.Index(name, "/")+1:], got.out, s.namespace, "studio")
	}
	for _, test := range []struct{ args, want string }{
		{"explain muxasset/none", "there is no MuxAsset none in the namespace"},
		{"explain pod/x", "is no kind of mux-operator"},
		{"explain muxasset", "name one object"},
		{"explain muxasset/intro -o xml", "--output"},
	} {
		if got := s.run(strings.Fields(test.args)...); got.code != exitFailed || !strings.Contains(got.err, test.want) {
			t.Errorf("%s: code %d, err %q", test.args, got.code, got.err)
		}
	}
}

func TestExplainStates(t *testing.T) {
	const reached, newer = video.Stamp("2026-11-25T11:58:00.000000Z ready asset.ready e1"), video.Stamp("2026-11-25T11:59:00.000000Z deleted GET 404")
	for name, test := range map[string]struct {
		absent video.Stamp
		shown  string
		want   string
	}{
		"reached":       {"", "ready", "event video.asset.ready: state=ready"},
		"absent":        {newer, "deleted", "event video.asset.ready: state=ready, before Mux did not find it any more; GET, answered 404: state=deleted"},
		"absent before": {newer, "ready", "event video.asset.ready: state=ready; GET, answered 404: stamps.absent=a 404 that the life cycle or something newer has overruled"},
	} {
		timeline := &timeline{}
		timeline.state(reached, test.absent, test.shown)
		var got []string
		for _, o := range timeline.sorted() {
			got = append(got, o.name()+": "+o.Set[0].Field+"="+o.Set[0].Value)
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: %s", name, strings.Join(got, "; "))
		}
	}
}
