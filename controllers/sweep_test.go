// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/projection"
)

func TestMissedWebhook(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	stamp := func(source string, age time.Duration) video.Stamp {
		return video.Stamp(now.Add(-age).Format("2006-01-02T15:04:05.000000Z") + " ready " + source + " id")
	}
	for name, test := range map[string]struct {
		state, snapshot video.Stamp
		identified      video.Stamp
		want            bool
	}{
		"told by a webhook":             {stamp("asset.ready", time.Hour), stamp("asset.ready", time.Hour), "", false},
		"found by reading":              {stamp("LIST", time.Hour), stamp("GET", time.Hour), "", true},
		"found, then told":              {stamp("LIST", time.Hour), stamp("asset.ready", time.Hour), "", false},
		"found a minute ago":            {stamp("LIST", time.Minute), stamp("LIST", time.Minute), "", false},
		"found two days ago":            {stamp("LIST", 48*time.Hour), stamp("LIST", 48*time.Hour), "", false},
		"known since it was identified": {stamp("GET", time.Hour), stamp("GET", time.Hour), stamp("GET", time.Hour), false},
		"nothing known":                 {"", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			status := &video.MuxAssetStatus{Stamps: &video.AssetStamps{State: test.state, Snapshot: test.snapshot}}
			if test.identified != "" {
				status.Identified = &video.IdentifiedStatus{Stamp: test.identified}
			}
			if got := missedWebhook(status, now); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if missedWebhook(&video.MuxAssetStatus{}, now) {
		t.Error("a status without stamps has missed a webhook")
	}
}

func TestUntilDue(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	created, last := metav1.NewTime(now.Add(-time.Hour)), metav1.NewTime(now.Add(-10*time.Minute))
	if got := untilDue(nil, created, 6*time.Hour, now); got != 5*time.Hour {
		t.Errorf("the first sweep is due in %s, want 5h after the creation an hour ago", got)
	}
	if got := untilDue(&last, created, 6*time.Hour, now); got != 6*time.Hour-10*time.Minute {
		t.Errorf("the next sweep is due in %s", got)
	}
}

func TestJittered(t *testing.T) {
	for range 1000 {
		if got := jittered(time.Hour, 6*time.Hour); got < time.Hour || got > time.Hour+36*time.Minute {
			t.Fatalf("got %s, want no less than the wait and at most a tenth of the interval more", got)
		}
	}
}

func TestSettled(t *testing.T) {
	asset := func(state string, live bool, reconciling metav1.ConditionStatus) *video.MuxAsset {
		a := &video.MuxAsset{}
		a.Status.State, a.Status.IsLive = state, live
		projection.SetCondition(&a.Status.Conditions, 1, metav1.Now(), video.ConditionReconciling, reconciling, "Any", "")
		return a
	}
	for name, test := range map[string]struct {
		asset *video.MuxAsset
		want  bool
	}{
		"preparing":          {asset(projection.StatePreparing, false, metav1.ConditionTrue), false},
		"ready":              {asset(projection.StateReady, false, metav1.ConditionFalse), true},
		"live":               {asset(projection.StateReady, true, metav1.ConditionFalse), false},
		"waiting for tracks": {asset(projection.StateReady, false, metav1.ConditionTrue), false},
		"errored":            {asset(projection.StateErrored, false, metav1.ConditionFalse), true},
	} {
		if got := !unsettled(assetKind{}, test.asset); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestPagesBackTo(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	var all []commit.Followed
	for i := range 250 {
		a := &video.MuxAsset{}
		created := metav1.NewTime(at.Add(time.Duration(i) * time.Minute))
		a.Status.CreatedAt = &created
		all = append(all, a)
	}
	for oldest, want := range map[time.Duration]int{0: 3, 150 * time.Minute: 2, 249 * time.Minute: 1} {
		if got := (&objectSweep{kind: assetKind{}}).pagesBackTo(at.Add(oldest), all); got != want {
			t.Errorf("back to %s takes %d pages, want %d", oldest, got, want)
		}
	}
}

// TestPagesLeft : the pages that were read tell how many more there are, where objects were made at a steady pace.
func TestPagesLeft(t *testing.T) {
	newest := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return newest.Add(-d) }
	for name, test := range map[string]struct {
		read            int
		reached, oldest time.Time
		want            int
	}{
		"a page an hour, a thousand hours":  {1, ago(time.Hour), ago(1000 * time.Hour), 999},
		"ten pages an hour, two hours more": {10, ago(time.Hour), ago(3 * time.Hour), 20},
		"nearly there":                      {5, ago(5 * time.Hour), ago(5*time.Hour + time.Minute), 0},
		"all made at once":                  {1, newest, ago(time.Hour), 0},
		"the oldest is not known":           {1, ago(time.Hour), time.Time{}, 0},
		"times are not told":                {1, time.Time{}, time.Time{}, 0},
	} {
		if got := pagesLeft(test.read, newest, test.reached, test.oldest); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}

// TestSweepable : what an event called deleted is never read again, what a 404 called absent is, once a day.
func TestSweepable(t *testing.T) {
	at := "2026-01-02T12:00:00.000000Z "
	for name, test := range map[string]struct {
		change             func(*video.MuxAsset)
		sweepable, settled bool
	}{
		"ready":     {func(*video.MuxAsset) {}, true, true},
		"preparing": {func(a *video.MuxAsset) { a.Status.State = "preparing" }, true, false},
		"live":      {func(a *video.MuxAsset) { a.Status.IsLive = true }, true, false},
		"deleted": {func(a *video.MuxAsset) {
			a.Status.State, a.Status.Stamps.State = "deleted", video.Stamp(at+"deleted asset.deleted id")
		}, false, true},
		"absent":       {func(a *video.MuxAsset) { a.Status.State, a.Status.Stamps.Absent = "deleted", video.Stamp(at+"- GET -") }, true, true},
		"without id":   {func(a *video.MuxAsset) { a.Status.ID = "" }, false, true},
		"being delete": {func(a *video.MuxAsset) { a.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }, false, true},
		"suspended":    {func(a *video.MuxAsset) { a.Spec.Suspend = true }, false, true},
		"reconciling": {func(a *video.MuxAsset) {
			a.Status.Conditions = []metav1.Condition{{Type: video.ConditionReconciling, Status: metav1.ConditionTrue}}
		}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			asset := &video.MuxAsset{Status: video.MuxAssetStatus{State: "ready", Stamps: &video.AssetStamps{State: video.Stamp(at + "ready asset.ready id")}}}
			asset.Status.ID = "id"
			test.change(asset)
			if got := sweepable(assetKind{}, asset); got != test.sweepable {
				t.Errorf("sweepable is %v", got)
			}
			if got := !unsettled(assetKind{}, asset); got != test.settled {
				t.Errorf("settled is %v", got)
			}
		})
	}
}
