// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

const (
	created = `{"type":"video.asset.created","id":"e1","created_at":"2026-11-25T10:00:00Z","data":{"id":"a1","status":"preparing"}}`
	ready   = `{"type":"video.asset.ready","id":"e2","created_at":"2026-11-25T10:00:05Z","data":{"id":"a1","status":"ready","duration":3}}`
)

// TestTake : an event that was taken has to be in the status, and the newest one's state has to be the object's.
func TestTake(t *testing.T) {
	asset := &video.MuxAsset{}
	asset.Name, asset.Status.ID = "one", "a1"
	join := func(body string) {
		event, err := mux.DecodeEvent([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		lifted, _ := projection.LiftAssetEvent(event)
		projection.ReadAsset(&asset.Status).Join(lifted).Write(&asset.Status)
	}
	a := account{objects: map[string]followed{"a1": asset}, newest: map[string]told{}, answers: map[string]int{}}
	took := func(body, answer string) string {
		if err := a.take(delivery{Status: 200, Body: []byte(body), Answer: []byte(answer)}); err != nil {
			return err.Error()
		}
		return ""
	}
	join(created)
	asset.Status.ProjectionVersion = 0
	if got := took(created, `{"result":"applied"}`); got != "" {
		t.Error(got)
	}
	if err := a.states(); err != nil {
		t.Error(err)
	}
	if got := took(ready, `{"result":"applied"}`); !strings.Contains(got, "one does not have it") {
		t.Errorf("an event that is lost is answered by %q", got)
	}
	if got := took(ready, `{"result":"ignored","reason":"unknown_object"}`); got != "" {
		t.Error(got)
	}
	if err := a.states(); err == nil || !strings.Contains(err.Error(), `one is "preparing", its newest event says [ready]`) {
		t.Errorf("a state that is behind gives %v", err)
	}
	join(ready)
	if got := took(created, `{"result":"unchanged"}`) + took(ready, `{"result":"applied"}`); got != "" {
		t.Error(got)
	}
	if err := a.states(); err != nil {
		t.Error(err)
	}
	if got := took(strings.ReplaceAll(ready, `"a1"`, `"a2"`), `{"result":"applied"}`); !strings.Contains(got, "no object has the id a2") {
		t.Errorf("an event of nobody's gives %q", got)
	}
	if got := tally(a.answers); got != "4 applied, 1 ignored unknown_object, 1 unchanged" {
		t.Errorf("counted %s", got)
	}
}
