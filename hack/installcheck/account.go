// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// account compares events with the objects that they are about.
type account struct {
	objects map[string]followed // by their id at Mux
	newest  map[string]told
	answers map[string]int
}

// told is what the newest event of an object says of its state. Events of the same time may say several.
type told struct {
	at     time.Time
	states []string
}

// accounted compares every event that was answered 2xx with the status of its object.
func (c *check) accounted() error {
	deliveries, err := c.deliveries()
	if err != nil {
		return err
	}
	named, err := c.followed()
	if err != nil {
		return err
	}
	a := account{objects: map[string]followed{}, newest: map[string]told{}, answers: map[string]int{}}
	for _, object := range named {
		a.objects[object.GetFollowedStatus().ID] = object
	}
	for _, d := range deliveries[c.compared:] {
		if !d.taken() {
			continue
		}
		if err := a.take(d); err != nil {
			return fmt.Errorf("event %s, %s, answered %d %s: %w", d.EventID, d.Type, d.Status, d.Answer, err)
		}
	}
	if err := a.states(); err != nil {
		return err
	}
	say("events by their answers: %s; of %d objects", tally(a.answers), len(a.newest))
	return nil
}

// take holds that a status has what an event tells, and notes the state.
func (a *account) take(d delivery) error {
	var answer struct{ Result, Reason string }
	if err := json.Unmarshal(d.Answer, &answer); err != nil {
		return err
	}
	a.answers[strings.TrimSpace(answer.Result+" "+answer.Reason)]++
	event, err := mux.DecodeEvent(d.Body)
	if err != nil {
		return err
	}
	object, ok := a.objects[about(event)]
	if !ok {
		return fmt.Errorf("no object has the id %s", about(event))
	}
	// What is passed over is made good by a request, so only the state is sure to be there.
	if answer.Result != "ignored" && !has(object, event) {
		return fmt.Errorf("%s does not have it", object.GetName())
	}
	a.note(event)
	return nil
}

// parts are the families of events that are about a part of an object.
var parts = []string{"video.asset.track.", "video.asset.static_rendition.", "video.live_stream.simulcast_target."}

func isPart(event *mux.Event) bool {
	return slices.ContainsFunc(parts, func(prefix string) bool { return strings.HasPrefix(event.Type, prefix) })
}

// about is the id of the object that an event is about.
func about(event *mux.Event) string {
	ids := event.DataIDs()
	switch {
	case isPart(event) && strings.HasPrefix(event.Type, "video.asset."):
		return ids.AssetID
	case isPart(event):
		return ids.LiveStreamID
	default:
		return ids.ID
	}
}

// has is true when an event would change nothing: what it tells is joined to the status already.
func has(object followed, event *mux.Event) bool {
	changed := object.DeepCopyObject().(followed)
	switch changed := changed.(type) {
	case *video.MuxAsset:
		if lifted, ok := projection.LiftAssetEvent(event); ok {
			projection.ReadAsset(&changed.Status).Join(lifted).Write(&changed.Status)
		}
	case *video.MuxLiveStream:
		if lifted, ok := projection.LiftLiveStreamEvent(event); ok {
			projection.ReadLiveStream(&changed.Status).Join(lifted).Write(&changed.Status)
		}
	case *video.MuxUpload:
		if lifted, ok := projection.LiftUploadEvent(event); ok {
			projection.ReadUpload(&changed.Status).Join(lifted).Write(&changed.Status)
		}
	}
	// An older version may have been the last to write.
	changed.GetFollowedStatus().ProjectionVersion = object.GetFollowedStatus().ProjectionVersion
	return equality.Semantic.DeepEqual(object, changed)
}

// note keeps the state that the newest event of an object tells.
func (a *account) note(event *mux.Event) {
	var data struct{ Status string }
	if isPart(event) || json.Unmarshal(event.Data, &data) != nil || data.Status == "" {
		return
	}
	switch newest := a.newest[about(event)]; {
	case event.CreatedAt.After(newest.at):
		a.newest[about(event)] = told{event.CreatedAt, []string{data.Status}}
	case event.CreatedAt.Equal(newest.at):
		newest.states = append(newest.states, data.Status)
		a.newest[about(event)] = newest
	}
}

// states compares the states without the projection, which both sides of has share.
func (a *account) states() error {
	for id, newest := range a.newest {
		if object := a.objects[id]; !slices.Contains(newest.states, object.GetState()) {
			return fmt.Errorf("%s is %q, its newest event says %v", object.GetName(), object.GetState(), newest.states)
		}
	}
	return nil
}
