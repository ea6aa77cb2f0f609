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

type (
	toldAsset      projection.Asset
	toldLiveStream projection.LiveStream
	toldUpload     projection.Upload
)

func liftAsset(event *mux.Event) (told, bool) {
	lifted, ok := projection.LiftAssetEvent(event)
	return toldAsset(lifted), ok
}

func (t toldAsset) to(o commit.Followed) {
	status := &o.(*video.MuxAsset).Status
	projection.ReadAsset(status).Join(projection.Asset(t)).Write(status)
}

func (t toldAsset) and(other told) told {
	return toldAsset(projection.Asset(t).Join(projection.Asset(other.(toldAsset))))
}

func liftLiveStream(event *mux.Event) (told, bool) {
	lifted, ok := projection.LiftLiveStreamEvent(event)
	return toldLiveStream(lifted), ok
}

func (t toldLiveStream) to(o commit.Followed) {
	status := &o.(*video.MuxLiveStream).Status
	projection.ReadLiveStream(status).Join(projection.LiveStream(t)).Write(status)
}

func (t toldLiveStream) and(other told) told {
	return toldLiveStream(projection.LiveStream(t).Join(projection.LiveStream(other.(toldLiveStream))))
}

func liftUpload(event *mux.Event) (told, bool) {
	lifted, ok := projection.LiftUploadEvent(event)
	return toldUpload(lifted), ok
}

func (t toldUpload) to(o commit.Followed) {
	status := &o.(*video.MuxUpload).Status
	projection.ReadUpload(status).Join(projection.Upload(t)).Write(status)
}

func (t toldUpload) and(other told) told {
	return toldUpload(projection.Upload(t).Join(projection.Upload(other.(toldUpload))))
}
