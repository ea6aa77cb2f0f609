// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"cmp"
	"maps"
	"slices"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// kind says how the elements of one collection are kept in a status.
type kind[V any] struct {
	// limit bounds the collection.
	limit int
	// id, life and order read an element; order is how a status lists them.
	id    func(*V) string
	life  func(*V) int
	order func(a, b V) int
	// stamps points at the element's own stamp and at the stamp of its last absence; nil where there is no life cycle and
	// the last absence does not matter.
	stamps func(*V) (own, absent *video.Stamp)
}

var playbackIDs = kind[video.PlaybackIDStatus]{
	limit: maxPlayback,
	id:    func(p *video.PlaybackIDStatus) string { return p.ID },
	life:  func(*video.PlaybackIDStatus) int { return 0 },
	order: func(a, b video.PlaybackIDStatus) int {
		return cmp.Or(cmp.Compare(policyRank(a), policyRank(b)), cmp.Compare(a.ID, b.ID))
	},
	stamps: func(p *video.PlaybackIDStatus) (*video.Stamp, *video.Stamp) { return &p.Stamp, nil },
}

var tracks = kind[video.TrackStatus]{
	limit: maxTracks,
	id:    func(t *video.TrackStatus) string { return t.ID },
	life:  func(t *video.TrackStatus) int { return lifeRank(t.Status) },
	order: func(a, b video.TrackStatus) int {
		return cmp.Or(cmp.Compare(trackRank(a), trackRank(b)), cmp.Compare(a.ID, b.ID))
	},
	stamps: func(t *video.TrackStatus) (*video.Stamp, *video.Stamp) { return &t.Stamp, &t.AbsentAt },
}

var staticRenditions = kind[video.StaticRenditionStatus]{
	limit:  maxRenditions,
	id:     func(r *video.StaticRenditionStatus) string { return r.ID },
	life:   func(r *video.StaticRenditionStatus) int { return lifeRank(r.Status) },
	order:  func(a, b video.StaticRenditionStatus) int { return cmp.Compare(a.ID, b.ID) },
	stamps: func(r *video.StaticRenditionStatus) (*video.Stamp, *video.Stamp) { return &r.Stamp, &r.AbsentAt },
}

// A simulcast target's states come and go; only its deletion is final.
var simulcastTargets = kind[video.SimulcastTargetStatus]{
	limit: maxTargets,
	id:    func(s *video.SimulcastTargetStatus) string { return s.ID },
	life: func(s *video.SimulcastTargetStatus) int {
		if s.Status == StateDeleted {
			return lifeRank(StateDeleted)
		}
		return 0
	},
	order: func(a, b video.SimulcastTargetStatus) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	},
	stamps: func(s *video.SimulcastTargetStatus) (*video.Stamp, *video.Stamp) { return &s.Stamp, &s.AbsentAt },
}

// policyRank lists the playback ids that need no token first.
func policyRank(p video.PlaybackIDStatus) int {
	return slices.Index([]string{"drm", "signed", "public"}, p.Policy) * -1
}

// trackRank lists video, then audio, then text.
func trackRank(t video.TrackStatus) int {
	return slices.Index([]string{"text", "audio", "video"}, t.Type) * -1
}

// single is a collection that knows one element only.
func (k kind[V]) single(value V, at stamp) collection[V] {
	var c collection[V]
	c.set(k.id(&value), stamp{}, entry[V]{stamp: at, life: k.life(&value), value: value})
	return c
}

// complete is a collection as a whole answer tells it.
func (k kind[V]) complete(values []V, at stamp) collection[V] {
	c := collection[V]{whole: at}
	for _, value := range values {
		if id := k.id(&value); id != "" && len(id) <= maxID {
			c.set(id, stamp{}, entry[V]{stamp: at, life: k.life(&value), value: value})
		}
	}
	c.bound(k.limit)
	return c
}

// covers says that joining o adds nothing to what is kept of c.
func (k kind[V]) covers(c, o collection[V]) bool {
	if latest(c.whole, o.whole) != c.whole {
		return false
	}
	for id, e := range c.elements {
		if !k.coversElement(e, o.get(id)) {
			return false
		}
	}
	for id, e := range o.elements {
		if _, done := c.elements[id]; !done && !k.coversElement(c.get(id), e) && !k.isBeyond(c, id, e) {
			return false
		}
	}
	return true
}

// isBeyond says that the bound would drop an element that is new: the collection is full, and has greater ones alone.
func (k kind[V]) isBeyond(c collection[V], id string, e element[V]) bool {
	if len(c.elements) < k.limit {
		return false
	}
	newest := e.newest()
	for other, known := range c.elements {
		if order := known.newest().compare(newest); order < 0 || order == 0 && other < id {
			return false
		}
	}
	return true
}

func (k kind[V]) coversElement(e, o element[V]) bool {
	absent := latest(e.absent, o.absent)
	if _, kept := k.stamps(new(V)); kept != nil && len(e.entries) > 0 && absent != e.absent {
		return false
	}
	isPast := func(n entry[V]) bool { return !absent.isZero() && n.stamp.compare(absent) <= 0 }
	isKnown := func(n entry[V]) bool {
		return isPast(n) || slices.ContainsFunc(e.entries, func(known entry[V]) bool { return known.dominates(n) })
	}
	return !slices.ContainsFunc(e.entries, isPast) && !slices.ContainsFunc(o.entries, func(n entry[V]) bool { return !isKnown(n) })
}

// read rebuilds the collection from what write kept.
func (k kind[V]) read(whole video.Stamp, lists ...[]V) collection[V] {
	c := collection[V]{whole: parseStamp(whole)}
	for _, value := range slices.Concat(lists...) {
		own, absent := k.stamps(&value)
		at, gone := c.whole, stamp{}
		if *own != "" {
			at = parseStamp(*own)
		}
		*own = ""
		if absent != nil {
			if gone = parseStamp(*absent); *absent == asWhole {
				gone = c.whole
			}
			*absent = ""
		}
		c.set(k.id(&value), gone, entry[V]{stamp: at, life: k.life(&value), value: value})
	}
	return c
}

// write splits the collection into what a reader sees and what only the join needs.
func (k kind[V]) write(c collection[V]) (visible, hidden []V) {
	deleted := lifeRank(StateDeleted)
	for _, id := range slices.Sorted(maps.Keys(c.elements)) {
		e := c.elements[id]
		for _, n := range slices.SortedFunc(slices.Values(e.entries), func(a, b entry[V]) int { return b.life - a.life }) {
			value := k.stamped(n, e.absent, c.whole)
			if n.life == e.current().life && n.life != deleted {
				visible = append(visible, value)
			} else {
				hidden = append(hidden, value)
			}
		}
	}
	slices.SortFunc(visible, k.order)
	return visible, hidden
}

func (k kind[V]) stamped(n entry[V], absent, whole stamp) V {
	value := n.value
	own, gone := k.stamps(&value)
	if n.stamp != whole {
		*own = n.stamp.text()
	}
	if gone != nil {
		if *gone = absent.text(); absent == whole && !whole.isZero() {
			*gone = asWhole
		}
	}
	return value
}

// asWhole stands for the stamp of the collection in those of its elements: of many that are newer than the last whole answer
// it would take a fifth of the status.
const asWhole video.Stamp = "="
