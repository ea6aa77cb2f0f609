// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"errors"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// change is what an event tells of the object with an id at Mux, for one that follows it.
type change struct {
	// id is "" where only a part of the object is known.
	id, environmentID string
	told              told
}

// errOtherObject says that an object follows another one at Mux than the event is about. The route comes from a cache that
// may lag, and an object may claim an id by its annotation or its import that is not the one in force.
var errOtherObject = errors.New("the object follows another one at Mux")

func newChange(env *video.MuxEnvironment, to route, told told) change {
	c := change{id: to.id, environmentID: env.Status.EnvironmentID, told: told}
	if c.environmentID == "" {
		c.environmentID = to.environmentID
	}
	return c
}

// Apply joins what was told into an object's status.
func (c change) Apply(o commit.Followed) error {
	if id := o.GetMuxID(); id != "" && c.id != "" && id != c.id {
		return errOtherObject
	}
	status := o.GetFollowedStatus()
	if status.ID == "" {
		status.ID = c.id
	}
	if status.EnvironmentID == "" {
		status.EnvironmentID = c.environmentID
	}
	c.told.to(o)
	return nil
}

// Join what two events tell of one object.
func (c change) Join(with commit.Change) (commit.Change, bool) {
	other, ok := with.(change)
	if !ok || other.id != c.id || other.environmentID != c.environmentID {
		return nil, false
	}
	c.told = c.told.and(other.told)
	return c, true
}

// told is what an event tells of an object of its kind.
type told interface {
	// to joins it into the object's status.
	to(commit.Followed)
	// and joins it with what another event tells of the same object.
	and(told) told
}

// lifted is what an event tells as a projection, which join brings into an object's status.
type lifted[P interface{ Join(P) P }] struct {
	projection P
	join       func(P, commit.Followed)
}

func (l lifted[P]) to(o commit.Followed) { l.join(l.projection, o) }

func (l lifted[P]) and(other told) told {
	l.projection = l.projection.Join(other.(lifted[P]).projection)
	return l
}

func liftAsset(event *mux.Event) (told, bool) {
	asset, ok := projection.LiftAssetEvent(event)
	return lifted[projection.Asset]{asset, joinAsset}, ok
}

func joinAsset(told projection.Asset, o commit.Followed) {
	status := &o.(*video.MuxAsset).Status
	projection.ReadAsset(status).Join(told).Write(status)
}

func liftLiveStream(event *mux.Event) (told, bool) {
	stream, ok := projection.LiftLiveStreamEvent(event)
	return lifted[projection.LiveStream]{stream, joinLiveStream}, ok
}

func joinLiveStream(told projection.LiveStream, o commit.Followed) {
	status := &o.(*video.MuxLiveStream).Status
	projection.ReadLiveStream(status).Join(told).Write(status)
}

func liftUpload(event *mux.Event) (told, bool) {
	upload, ok := projection.LiftUploadEvent(event)
	return lifted[projection.Upload]{upload, joinUpload}, ok
}

func joinUpload(told projection.Upload, o commit.Followed) {
	status := &o.(*video.MuxUpload).Status
	projection.ReadUpload(status).Join(told).Write(status)
}
