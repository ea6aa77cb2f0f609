// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"maps"
	"slices"
)

// collection is a set of elements by id, told by whole answers ("these are all tracks") and by fragments ("this track is
// ready"). It remembers exactly as much as a join needs:
//
//   - whole is the newest whole answer. An id that is not among the elements was absent at that time.
//   - An element keeps its entries that no other entry dominates; an entry dominates another when it is at least as far in
//     the life cycle and at least as new. Normally that is one entry.
//   - absent is the newest whole answer that lacked the element. Entries up to it are dropped, and with the last entry the
//     element: ids are never used again, so it was deleted.
type collection[V any] struct {
	whole    stamp
	elements map[string]element[V]
}

type element[V any] struct {
	absent  stamp
	entries []entry[V]
}

type entry[V any] struct {
	stamp stamp
	life  int
	value V
}

// dominates says that o adds nothing to e.
func (e entry[V]) dominates(o entry[V]) bool {
	return e.life >= o.life && e.stamp.compare(o.stamp) >= 0
}

// current is the entry that is farthest in the life cycle; there is always one.
func (e element[V]) current() entry[V] {
	return slices.MaxFunc(e.entries, func(a, b entry[V]) int { return a.life - b.life })
}

// newest is the greatest stamp of the element.
func (e element[V]) newest() stamp {
	return slices.MaxFunc(e.entries, func(a, b entry[V]) int { return a.stamp.compare(b.stamp) }).stamp
}

// add puts an entry in, unless one that is there dominates it, and drops those that it dominates.
func (e *element[V]) add(n entry[V]) {
	if n.stamp.compare(e.absent) <= 0 && !e.absent.isZero() {
		return
	}
	if slices.ContainsFunc(e.entries, func(o entry[V]) bool { return o.dominates(n) }) {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(e.entries), n.dominates)
	e.entries = append(kept, n)
}

// get returns the element as the collection knows it: an unknown id is absent as of the newest whole answer.
func (c collection[V]) get(id string) element[V] {
	if e, ok := c.elements[id]; ok {
		return e
	}
	return element[V]{absent: c.whole}
}

// set adds an entry for id to a collection under construction.
func (c *collection[V]) set(id string, absent stamp, n entry[V]) {
	if c.elements == nil {
		c.elements = map[string]element[V]{}
	}
	e := c.elements[id]
	e.absent = latest(e.absent, absent)
	e.add(n)
	if len(e.entries) > 0 {
		c.elements[id] = e
	}
}

// join is the least collection that knows what both know, bounded to the limit newest elements.
func (c collection[V]) join(o collection[V], limit int) collection[V] {
	joined := collection[V]{whole: latest(c.whole, o.whole), elements: map[string]element[V]{}}
	for id := range c.elements {
		joined.merge(id, c.get(id), o.get(id))
	}
	for id := range o.elements {
		if _, done := c.elements[id]; !done {
			joined.merge(id, c.get(id), o.get(id))
		}
	}
	joined.bound(limit)
	return joined
}

func (c *collection[V]) merge(id string, a, b element[V]) {
	e := element[V]{absent: latest(a.absent, b.absent)}
	for _, n := range a.entries {
		e.add(n)
	}
	for _, n := range b.entries {
		e.add(n)
	}
	if len(e.entries) > 0 {
		c.elements[id] = e
	}
}

// bound keeps the limit greatest elements by (stamp, id), deleted ones counted. What a dropped element knew of its life
// cycle is lost with it.
func (c *collection[V]) bound(limit int) {
	if len(c.elements) <= limit {
		return
	}
	ids := slices.SortedFunc(maps.Keys(c.elements), func(a, b string) int {
		if order := c.elements[b].newest().compare(c.elements[a].newest()); order != 0 {
			return order
		}
		if a < b {
			return 1
		}
		return -1
	})
	for _, id := range ids[limit:] {
		delete(c.elements, id)
	}
}

// newest is the greatest stamp in the collection.
func (c collection[V]) newest() stamp {
	greatest := c.whole
	for _, e := range c.elements {
		greatest = latest(greatest, e.newest())
	}
	return greatest
}
