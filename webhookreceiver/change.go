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

// IsIn says that an object's status has all of it. A status that an older version has written may show less of what it has.
func (c change) IsIn(o commit.Followed) bool {
	status := o.GetFollowedStatus()
	hasIDs := (c.id == "" || status.ID == c.id) && (status.EnvironmentID != "" || c.environmentID == "")
	return hasIDs && status.ProjectionVersion == video.ProjectionVersion && c.told.isIn(o)
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
	// isIn says that the status has it.
	isIn(commit.Followed) bool
	// and joins it with what another event tells of the same object.
	and(told) told
}

// lifted is what an event tells as a projection, with the functions that take one from an object's status and put one there.
type lifted[P interface {
	Join(P) P
	Covers(P) bool
}] struct {
	projection P
	read       func(commit.Followed) P
	write      func(P, commit.Followed)
}

func (l lifted[P]) to(o commit.Followed) { l.write(l.read(o).Join(l.projection), o) }

func (l lifted[P]) isIn(o commit.Followed) bool { return l.read(o).Covers(l.projection) }

func (l lifted[P]) and(other told) told {
	l.projection = l.projection.Join(other.(lifted[P]).projection)
	return l
}

func liftAsset(event *mux.Event) (told, bool) {
	asset, ok := projection.LiftAssetEvent(event)
	return lifted[projection.Asset]{asset, readAsset, writeAsset}, ok
}

func readAsset(o commit.Followed) projection.Asset {
	return projection.ReadAsset(&o.(*video.MuxAsset).Status)
}

func writeAsset(p projection.Asset, o commit.Followed) { p.Write(&o.(*video.MuxAsset).Status) }

func liftLiveStream(event *mux.Event) (told, bool) {
	stream, ok := projection.LiftLiveStreamEvent(event)
	return lifted[projection.LiveStream]{stream, readLiveStream, writeLiveStream}, ok
}

func readLiveStream(o commit.Followed) projection.LiveStream {
	return projection.ReadLiveStream(&o.(*video.MuxLiveStream).Status)
}

func writeLiveStream(p projection.LiveStream, o commit.Followed) {
	p.Write(&o.(*video.MuxLiveStream).Status)
}

func liftUpload(event *mux.Event) (told, bool) {
	upload, ok := projection.LiftUploadEvent(event)
	return lifted[projection.Upload]{upload, readUpload, writeUpload}, ok
}

func readUpload(o commit.Followed) projection.Upload {
	return projection.ReadUpload(&o.(*video.MuxUpload).Status)
}

func writeUpload(p projection.Upload, o commit.Followed) { p.Write(&o.(*video.MuxUpload).Status) }
