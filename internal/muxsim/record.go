// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"slices"
	"time"
)

// keptVersions bounds what a stale read can see of one resource; an asset with everything switched on goes through
// about a dozen changes.
const keptVersions = 32

// version is what GET says from a moment on; a nil body means that the resource is gone.
type version struct {
	at   time.Time
	body json.RawMessage
}

// record is the part that all resources share.
type record struct {
	id        string
	seq       uint64 // grows with creation; the order of lists
	createdAt time.Time
	versions  []version
}

func (r *record) rec() *record { return r }

func (r *record) save(at time.Time, body json.RawMessage) {
	if len(r.versions) == keptVersions {
		r.versions = slices.Delete(r.versions, 0, 1)
	}
	r.versions = append(r.versions, version{at: at, body: body})
}

// asOf is what GET said at t; nil when the resource was not there.
func (r *record) asOf(t time.Time) json.RawMessage {
	for _, v := range slices.Backward(r.versions) {
		if !v.at.After(t) {
			return v.body
		}
	}
	return nil
}

func (r *record) gone() bool {
	return len(r.versions) > 0 && r.versions[len(r.versions)-1].body == nil
}

// resource is anything with a record.
type resource interface{ rec() *record }

// shelf holds the resources of one kind in one environment, gone ones included since a stale read can still see them.
type shelf[T resource] struct {
	byID  map[string]T
	order []T // oldest first
}

func newShelf[T resource]() shelf[T] {
	return shelf[T]{byID: map[string]T{}}
}

func (s *shelf[T]) add(item T) {
	s.byID[item.rec().id] = item
	s.order = append(s.order, item)
}

// find returns the resource unless it is unknown or gone.
func (s *shelf[T]) find(id string) (T, bool) {
	item, ok := s.byID[id]
	if !ok || item.rec().gone() {
		var none T
		return none, false
	}
	return item, true
}
