// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestLiveStreamPayloads lifts what Mux really sent, and what its command line client makes up.
func TestLiveStreamPayloads(t *testing.T) {
	var status video.MuxLiveStreamStatus
	lift := func(name string) video.MuxLiveStreamStatus {
		t.Helper()
		lifted, ok := LiftLiveStreamEvent(payload(t, name))
		if !ok {
			t.Fatalf("%s says nothing", name)
		}
		status = video.MuxLiveStreamStatus{}
		lifted.Write(&status)
		return status
	}
	got := lift("video.live_stream.active--official-example-2024")
	if got.State != StateActive || !got.Connected || !got.Recording || got.ActiveAssetID == "" || len(got.SimulcastTargets) == 0 || len(got.PlaybackIDs) == 0 {
		t.Errorf("2024: %+v", got)
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"******", "rtmp://", "stream_key", "streamKey"} {
		if strings.Contains(string(data), secret) {
			t.Errorf("%q got into the status: %s", secret, data)
		}
	}
	for name, want := range map[string]struct {
		connected, recording bool
		state                string
	}{
		"connected":    {true, false, "connected"}, // the client makes up states, too
		"recording":    {true, true, "recording"},
		"active":       {true, true, StateActive},
		"disconnected": {false, false, "disconnected"},
		"idle":         {false, false, StateIdle},
		"disabled":     {false, false, StateDisabled},
		"deleted":      {false, false, StateDeleted},
	} {
		if got := lift("cli-synthetic/video.live_stream." + name); got.Connected != want.connected || got.Recording != want.recording || got.State != want.state {
			t.Errorf("%s: connected %v, recording %v, state %s", name, got.Connected, got.Recording, got.State)
		}
	}
	if got := lift("cli-synthetic/video.live_stream.simulcast_target.errored"); len(got.SimulcastTargets) != 1 || got.SimulcastTargets[0].Status != StateErrored {
		t.Errorf("simulcast: %+v", got)
	}
	if got := lift("cli-synthetic/video.live_stream.simulcast_target.deleted"); len(got.SimulcastTargets) != 0 || len(got.Stamps.HiddenSimulcastTargets) != 1 {
		t.Errorf("a deleted target is shown: %+v", got)
	}
	if _, ok := LiftLiveStreamEvent(payload(t, "video.live_stream.warning--docs-excerpt")); ok {
		t.Error("a warning moves a state")
	}
}

// TestLiveStreamAnswer : REST answers know nothing of connected and recording, but that an idle stream without an asset has
// neither, which makes good a lost disconnected and idle.
func TestLiveStreamAnswer(t *testing.T) {
	event := func(kind string, at time.Time, data string) LiveStream {
		lifted, ok := LiftLiveStreamEvent(&mux.Event{Type: "video.live_stream." + kind, ID: kind, CreatedAt: at, Data: []byte(data)})
		if !ok {
			t.Fatal(kind)
		}
		return lifted
	}
	live := event("active", base, `{"id":"l","status":"active","active_asset_id":"a"}`)
	for name, test := range map[string]struct {
		answer mux.LiveStream
		want   bool
	}{
		"active":                {mux.LiveStream{Status: StateActive, ActiveAssetID: "a"}, true},
		"idle, reconnecting":    {mux.LiveStream{Status: StateIdle, ActiveAssetID: "a"}, true},
		"idle":                  {mux.LiveStream{Status: StateIdle}, false},
		"disabled":              {mux.LiveStream{Status: StateDisabled}, false},
		"a state nobody knows ": {mux.LiveStream{Status: "novel"}, true},
	} {
		var status video.MuxLiveStreamStatus
		live.Join(LiftLiveStreamAnswer(&test.answer, base.Add(time.Minute), SourceGet, "digest")).Write(&status)
		if status.Connected != test.want || status.Recording != test.want || status.State != test.answer.Status {
			t.Errorf("%s: connected %v, recording %v, state %s", name, status.Connected, status.Recording, status.State)
		}
	}
	var status video.MuxLiveStreamStatus
	live.Join(LiftLiveStreamAbsence(base.Add(time.Minute))).Write(&status)
	if status.State != StateDeleted || LiveStreamDeletedForGood(&status) {
		t.Errorf("absent: %s, for good %v", status.State, LiveStreamDeletedForGood(&status))
	}
	ReadLiveStream(&status).Join(event("idle", base.Add(time.Hour), `{"id":"l","status":"idle"}`)).Write(&status)
	if status.State != StateIdle {
		t.Errorf("it came back as %s", status.State)
	}
	ReadLiveStream(&status).Join(event("deleted", base, `{"id":"l","status":"active"}`)).Write(&status)
	if status.State != StateDeleted || !LiveStreamDeletedForGood(&status) {
		t.Errorf("deleted: %s, for good %v", status.State, LiveStreamDeletedForGood(&status))
	}
	if got := NewestLiveStreamTime(&status); !got.Equal(base.Add(time.Hour)) {
		t.Errorf("the newest observation is of %s", got)
	}
}

// TestUploadPayloads lifts two generations of the same event, and works out when an upload expires.
func TestUploadPayloads(t *testing.T) {
	for _, name := range []string{"video.upload.asset_created--2021", "video.upload.asset_created--2024"} {
		lifted, ok := LiftUploadEvent(payload(t, name))
		var status video.MuxUploadStatus
		lifted.Write(&status)
		if !ok || status.State != StateAssetCreated || status.AssetID == "" || status.ExpiresAt != nil {
			t.Errorf("%s: %v %+v", name, ok, status)
		}
	}
	created, ok := LiftUploadEvent(&mux.Event{Type: "video.upload.created", ID: "1", CreatedAt: base, Data: []byte(`{"id":"u","status":"waiting","timeout":3600,"url":"https://secret"}`)})
	if !ok {
		t.Fatal("not lifted")
	}
	later := LiftUploadAnswer(&mux.Upload{Status: StateWaiting, Timeout: 3600}, base.Add(10*time.Minute), SourceGet, "2")
	var status video.MuxUploadStatus
	later.Join(created).Write(&status)
	if want := base.Truncate(time.Second).Add(time.Hour); !status.ExpiresAt.Time.Equal(want) {
		t.Errorf("expires at %s, want %s", status.ExpiresAt, want)
	}
	ReadUpload(&status).Join(LiftUploadAbsence(base.Add(2 * time.Hour))).Write(&status)
	if status.State != StateDeleted {
		t.Errorf("a waiting upload that is gone is %s", status.State)
	}
	ended, _ := LiftUploadEvent(&mux.Event{Type: "video.upload.cancelled", ID: "3", CreatedAt: base.Add(time.Minute), Data: []byte(`{"id":"u","status":"waiting"}`)})
	ReadUpload(&status).Join(ended).Write(&status)
	if status.State != StateCancelled {
		t.Errorf("an upload that had ended and is forgotten is %s", status.State)
	}
	for _, kind := range []string{"video.asset.created", "video.upload.novel", "robots.job.x.completed"} {
		if _, ok := LiftUploadEvent(&mux.Event{Type: kind, Data: []byte(`{"id":"u"}`)}); ok {
			t.Errorf("%s moves an upload", kind)
		}
		if _, ok := LiftLiveStreamEvent(&mux.Event{Type: kind, Data: []byte(`{"id":"u"}`)}); ok {
			t.Errorf("%s moves a live stream", kind)
		}
	}
}

// conditionsOf are the conditions as "Type=Status Reason".
func conditionsOf(conditions []metav1.Condition) string {
	var all []string
	for _, c := range conditions {
		all = append(all, c.Type+"="+string(c.Status)+" "+c.Reason)
	}
	return strings.Join(all, ", ")
}

var syncedCondition = metav1.Condition{Type: video.ConditionSynced, Status: metav1.ConditionTrue, Reason: video.ReasonSynced}

func TestSummarizeLiveStream(t *testing.T) {
	const gone = "Connected=False DeletedAtMux, Recording=False DeletedAtMux, Active=False DeletedAtMux"
	const off = "Connected=False NoEncoder, Recording=False NotRecording"
	for name, test := range map[string]struct {
		change func(*video.MuxLiveStream)
		want   string
	}{
		"new":       {func(s *video.MuxLiveStream) { s.Status = video.MuxLiveStreamStatus{} }, "Ready=False Pending, Reconciling=True Pending"},
		"idle":      {func(s *video.MuxLiveStream) { s.Status.State = StateIdle }, "Ready=True Ready, Synced=True Synced, " + off + ", Active=False Idle"},
		"connected": {func(s *video.MuxLiveStream) { s.Status.State, s.Status.Connected = StateIdle, true }, "Ready=True Ready, Synced=True Synced, Connected=True EncoderConnected, Recording=False NotRecording, Active=False Idle"},
		"active": {func(s *video.MuxLiveStream) {
			s.Status.State, s.Status.Connected, s.Status.Recording = StateActive, true, true
		}, "Ready=True Ready, Synced=True Synced, Connected=True EncoderConnected, Recording=True Recording, Active=True Broadcasting"},
		"disabled": {func(s *video.MuxLiveStream) { s.Status.State = StateDisabled }, "Ready=True Ready, Synced=True Synced, " + off + ", Active=False Disabled"},
		"deleted":  {func(s *video.MuxLiveStream) { s.Status.State = StateDeleted }, "Ready=False DeletedAtMux, Stalled=True DeletedAtMux, Synced=True Synced, " + gone},
		"observed": {func(s *video.MuxLiveStream) {
			s.Spec.ManagementPolicy = video.ManagementPolicyObserve
			s.Status.State, s.Status.Conditions = StateIdle, nil
		}, "Ready=True Ready, " + off + ", Active=False Idle"},
		"not synced": {func(s *video.MuxLiveStream) {
			s.Status.State = StateIdle
			s.Status.Conditions[0].Status, s.Status.Conditions[0].Reason = metav1.ConditionFalse, video.ReasonThrottled
		}, "Ready=False Throttled, Reconciling=True Throttled, Synced=False Throttled, " + off + ", Active=False Idle"},
		"unheard of": {func(*video.MuxLiveStream) {}, "Ready=False Pending, Reconciling=True Pending, Synced=True Synced"},
		"being deleted": {func(s *video.MuxLiveStream) { s.DeletionTimestamp = &metav1.Time{Time: base} },
			"Ready=False Deleting, Reconciling=True Deleting, Synced=True Synced"},
		"a target errored": {func(s *video.MuxLiveStream) {
			s.Status.State = StateIdle
			s.Status.SimulcastTargets = []video.SimulcastTargetStatus{{ID: "1", Status: StateErrored, ErrorSeverity: "fatal"}, {ID: "2", Name: "n", Status: StateIdle}}
		}, "Ready=True Ready, Synced=True Synced, " + off + ", Active=False Idle, SimulcastHealthy=False SimulcastTargetErrored"},
		"targets": {func(s *video.MuxLiveStream) {
			s.Status.State, s.Status.SimulcastTargets = StateIdle, []video.SimulcastTargetStatus{{ID: "2", Status: "broadcasting"}}
		}, "Ready=True Ready, Synced=True Synced, " + off + ", Active=False Idle, SimulcastHealthy=True Ready"},
	} {
		t.Run(name, func(t *testing.T) {
			stream := &video.MuxLiveStream{}
			stream.Status.Conditions = []metav1.Condition{syncedCondition}
			test.change(stream)
			SummarizeLiveStream(stream, metav1.NewTime(base))
			if got := conditionsOf(stream.Status.Conditions); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if c := meta.FindStatusCondition(stream.Status.Conditions, video.ConditionSimulcastHealthy); c != nil && c.Status == metav1.ConditionFalse && !strings.Contains(c.Message, "1 (until the next broadcast)") {
				t.Errorf("the message is %q", c.Message)
			}
		})
	}
}

func TestSummarizeUpload(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*video.MuxUpload)
		want   string
	}{
		"new":           {func(u *video.MuxUpload) { u.Status = video.MuxUploadStatus{} }, "Ready=False Pending, Reconciling=True Pending"},
		"waiting":       {func(u *video.MuxUpload) { u.Status.State = StateWaiting }, "Ready=False WaitingForUpload, Reconciling=True WaitingForUpload, Synced=True Synced"},
		"asset created": {func(u *video.MuxUpload) { u.Status.State = StateAssetCreated }, "Ready=True Ready, Synced=True Synced"},
		"errored":       {func(u *video.MuxUpload) { u.Status.State = StateErrored }, "Ready=False Errored, Stalled=True Errored, Synced=True Synced"},
		"timed out":     {func(u *video.MuxUpload) { u.Status.State = StateTimedOut }, "Ready=False TimedOut, Stalled=True TimedOut, Synced=True Synced"},
		"cancelled":     {func(u *video.MuxUpload) { u.Status.State = StateCancelled }, "Ready=False Cancelled, Stalled=True Cancelled, Synced=True Synced"},
		"deleted":       {func(u *video.MuxUpload) { u.Status.State = StateDeleted }, "Ready=False DeletedAtMux, Stalled=True DeletedAtMux, Synced=True Synced"},
		"not synced": {func(u *video.MuxUpload) {
			u.Status.State = StateWaiting
			u.Status.Conditions[0].Status, u.Status.Conditions[0].Reason = metav1.ConditionFalse, video.ReasonInvalid
		}, "Ready=False InvalidSpec, Stalled=True InvalidSpec, Synced=False InvalidSpec"},
		"observed": {func(u *video.MuxUpload) {
			u.Spec.ManagementPolicy, u.Status.State, u.Status.Conditions = video.ManagementPolicyObserve, StateWaiting, nil
		}, "Ready=False WaitingForUpload, Reconciling=True WaitingForUpload"},
		"observed, not found": {func(u *video.MuxUpload) {
			u.Spec.ManagementPolicy = video.ManagementPolicyObserve
			u.Status.Conditions[0].Status, u.Status.Conditions[0].Reason = metav1.ConditionFalse, video.ReasonNotFound
		}, "Ready=False NotFound, Stalled=True NotFound, Synced=False NotFound"},
		"observed, unheard of": {func(u *video.MuxUpload) { u.Spec.ManagementPolicy = video.ManagementPolicyObserve },
			"Ready=False Pending, Reconciling=True Pending, Synced=True Synced"},
		"being deleted": {func(u *video.MuxUpload) { u.DeletionTimestamp = &metav1.Time{Time: base} },
			"Ready=False Deleting, Reconciling=True Deleting, Synced=True Synced"},
	} {
		t.Run(name, func(t *testing.T) {
			upload := &video.MuxUpload{}
			upload.Status.Conditions = []metav1.Condition{syncedCondition}
			test.change(upload)
			SummarizeUpload(upload, metav1.NewTime(base))
			if got := conditionsOf(upload.Status.Conditions); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
