// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

var summaryTime = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))

// statusSize is the size in JSON of a status with its conditions.
func statusSize(t testing.TB, asset *video.MuxAsset) int {
	t.Helper()
	synced(asset)
	SummarizeAsset(asset, summaryTime)
	data, err := json.Marshal(asset.Status)
	if err != nil {
		t.Fatal(err)
	}
	return len(data)
}

func synced(asset *video.MuxAsset) {
	SetCondition(&asset.Status.Conditions, 1, summaryTime, video.ConditionSynced, metav1.ConditionTrue, video.ReasonSynced, "the spec has reached Mux")
}

func unsynced(reason string) func(*video.MuxAsset) {
	return func(asset *video.MuxAsset) {
		SetCondition(&asset.Status.Conditions, 1, summaryTime, video.ConditionSynced, metav1.ConditionFalse, reason, "why")
	}
}

func inState(state string) func(*video.MuxAsset) {
	return func(asset *video.MuxAsset) { asset.Status.State = state }
}

func textTrack(status string) func(*video.MuxAsset) {
	return func(asset *video.MuxAsset) {
		asset.Status.Tracks = append(asset.Status.Tracks, video.TrackStatus{ID: "t", Type: "text", Name: "English", LanguageCode: "en", Status: status})
	}
}

func declaresTrack(asset *video.MuxAsset) {
	asset.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en"}}
}

func declaresRendition(asset *video.MuxAsset) {
	asset.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}}
}

func rendition(status string) func(*video.MuxAsset) {
	return func(asset *video.MuxAsset) {
		asset.Status.StaticRenditions = []video.StaticRenditionStatus{{ID: "r", Name: "720p.mp4", Resolution: "720p", Status: status}}
	}
}

func observes(asset *video.MuxAsset) { asset.Spec.ManagementPolicy = video.ManagementPolicyObserve }

func deleting(asset *video.MuxAsset) { asset.DeletionTimestamp = &summaryTime }

// phase is what kstatus makes of an object's conditions.
func phase(conditions []metav1.Condition) string {
	switch {
	case meta.IsStatusConditionTrue(conditions, video.ConditionStalled):
		return "Failed"
	case meta.IsStatusConditionTrue(conditions, video.ConditionReconciling):
		return "InProgress"
	case meta.IsStatusConditionTrue(conditions, video.ConditionReady):
		return "Current"
	default:
		return "none"
	}
}

func TestSummarizeAssetReady(t *testing.T) {
	type edits = []func(*video.MuxAsset)
	for name, test := range map[string]struct {
		edits  edits
		reason string
		phase  string
	}{
		"new":                         {nil, video.ReasonPending, "InProgress"},
		"creating":                    {edits{unsynced(video.ReasonCreateOutcomeUnknown)}, video.ReasonCreateOutcomeUnknown, "InProgress"},
		"refused":                     {edits{unsynced(video.ReasonInvalid)}, video.ReasonInvalid, "Failed"},
		"preparing":                   {edits{synced, inState(StatePreparing)}, video.ReasonPreparing, "InProgress"},
		"ready":                       {edits{synced, inState(StateReady)}, video.ReasonReady, "Current"},
		"ready but not synced":        {edits{unsynced(video.ReasonThrottled), inState(StateReady)}, video.ReasonThrottled, "InProgress"},
		"errored":                     {edits{synced, inState(StateErrored)}, video.ReasonErrored, "Failed"},
		"deleted at Mux":              {edits{synced, inState(StateDeleted)}, video.ReasonDeletedAtMux, "Failed"},
		"being deleted":               {edits{synced, inState(StateReady), deleting}, video.ReasonDeleting, "InProgress"},
		"deletion blocked":            {edits{unsynced(video.ReasonCredentialsRejected), inState(StateReady), deleting}, video.ReasonCredentialsRejected, "Failed"},
		"observed, not found":         {edits{observes, unsynced(video.ReasonNotFound)}, video.ReasonNotFound, "Failed"},
		"observed, found by webhook":  {edits{observes, unsynced(video.ReasonNotFound), inState(StateReady)}, video.ReasonReady, "Current"},
		"observed, preparing":         {edits{observes, synced, inState(StatePreparing)}, video.ReasonPreparing, "InProgress"},
		"declared track missing":      {edits{synced, inState(StateReady), declaresTrack}, video.ReasonWaitingForTracks, "InProgress"},
		"declared track preparing":    {edits{synced, inState(StateReady), declaresTrack, textTrack(StatePreparing)}, video.ReasonWaitingForTracks, "InProgress"},
		"declared track ready":        {edits{synced, inState(StateReady), declaresTrack, textTrack(StateReady)}, video.ReasonReady, "Current"},
		"declared track errored":      {edits{synced, inState(StateReady), declaresTrack, textTrack(StateErrored)}, video.ReasonTrackErrored, "Failed"},
		"undeclared track preparing":  {edits{synced, inState(StateReady), textTrack(StatePreparing)}, video.ReasonReady, "Current"},
		"declared rendition missing":  {edits{synced, inState(StateReady), declaresRendition}, video.ReasonWaitingForRenditions, "InProgress"},
		"declared rendition skipped":  {edits{synced, inState(StateReady), declaresRendition, rendition(StateSkipped)}, video.ReasonReady, "Current"},
		"declared rendition errored":  {edits{synced, inState(StateReady), declaresRendition, rendition(StateErrored)}, video.ReasonRenditionErrored, "Failed"},
		"environment not ready":       {edits{unsynced(video.ReasonEnvironmentNotReady)}, video.ReasonEnvironmentNotReady, "InProgress"},
		"unknown state is no error":   {edits{synced, inState("remuxing")}, video.ReasonPreparing, "InProgress"},
		"observed, not yet asked for": {edits{observes}, video.ReasonPending, "InProgress"},
	} {
		t.Run(name, func(t *testing.T) {
			asset := &video.MuxAsset{}
			asset.Status.ObservedGeneration = 1
			for _, edit := range test.edits {
				edit(asset)
			}
			SummarizeAsset(asset, summaryTime)
			ready := meta.FindStatusCondition(asset.Status.Conditions, video.ConditionReady)
			if ready == nil || ready.Reason != test.reason || (ready.Status == metav1.ConditionTrue) != (test.phase == "Current") {
				t.Errorf("Ready is %+v, want reason %s", ready, test.reason)
			}
			if got := phase(asset.Status.Conditions); got != test.phase {
				t.Errorf("kstatus phase is %s, want %s", got, test.phase)
			}
			before := *asset.DeepCopy()
			SummarizeAsset(asset, metav1.NewTime(summaryTime.Add(time.Hour)))
			if a, b := mustJSON(t, before.Status), mustJSON(t, asset.Status); a != b {
				t.Errorf("a second summary changed the status:\n%s\n%s", a, b)
			}
		})
	}
}

func mustJSON(t testing.TB, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSummarizeAssetStages(t *testing.T) {
	type want map[string]metav1.ConditionStatus
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	playableID := func(asset *video.MuxAsset) { asset.Status.PlaybackIDs = []video.PlaybackIDStatus{{ID: "p"}} }
	live := func(asset *video.MuxAsset) { asset.Status.IsLive = true }
	master := func(status string) func(*video.MuxAsset) {
		return func(asset *video.MuxAsset) { asset.Status.Master = &video.MasterStatus{Status: status} }
	}
	for name, test := range map[string]struct {
		edits []func(*video.MuxAsset)
		want  want
	}{
		"nothing known":  {nil, want{}},
		"preparing":      {[]func(*video.MuxAsset){inState(StatePreparing)}, want{video.ConditionPlayable: no, video.ConditionFinalized: no}},
		"no playback id": {[]func(*video.MuxAsset){inState(StateReady)}, want{video.ConditionPlayable: no, video.ConditionFinalized: yes}},
		"ready":          {[]func(*video.MuxAsset){inState(StateReady), playableID}, want{video.ConditionPlayable: yes, video.ConditionFinalized: yes}},
		"live":           {[]func(*video.MuxAsset){inState(StateReady), playableID, live}, want{video.ConditionPlayable: yes, video.ConditionFinalized: no}},
		"tracks":         {[]func(*video.MuxAsset){textTrack(StatePreparing)}, want{video.ConditionTextTracksReady: no}},
		"renditions":     {[]func(*video.MuxAsset){rendition(StateSkipped)}, want{video.ConditionStaticRenditionsReady: yes}},
		"master":         {[]func(*video.MuxAsset){master(StateReady)}, want{video.ConditionMasterReady: yes}},
		"master ended":   {[]func(*video.MuxAsset){master(StateDeleted)}, want{video.ConditionMasterReady: no}},
	} {
		t.Run(name, func(t *testing.T) {
			asset := &video.MuxAsset{}
			for _, edit := range test.edits {
				edit(asset)
			}
			SummarizeAsset(asset, summaryTime)
			got := want{}
			for _, c := range asset.Status.Conditions {
				if c.Type != video.ConditionReady && c.Type != video.ConditionReconciling && c.Type != video.ConditionStalled {
					got[c.Type] = c.Status
				}
			}
			if mustJSON(t, got) != mustJSON(t, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
