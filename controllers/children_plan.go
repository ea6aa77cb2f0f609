// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"slices"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// part is an item of a spec that is an object of its own at Mux, as the spec asks for it.
type part struct {
	key string
	// content is a digest of what Mux cannot change, and settings of what it can; "" where there is no such thing.
	content, settings string
	// is says whether what Mux shows may be this part; nil compares the key with its label.
	is func(shownPart) bool
	// send readies the request for it, with what that takes from Secrets.
	send func(context.Context, *follower) (sendPart, error)
	// change tells Mux its settings; nil where it has none. shows is a digest of those that the spec says, as Mux shows them.
	change changePart
	shows  func(shownPart) string
}

// shownPart is one that Mux shows.
type shownPart struct {
	id string
	// label is what the key of its part is, where Mux changes nothing about that.
	label string
	// settings are what Mux can change of it, and asOf the time of the observation; of tracks alone.
	settings trackSettings
	asOf     time.Time
}

// shownParts are all of a kind that Mux shows.
type shownParts struct {
	parts []shownPart
	// asOf is the time of the newest whole answer about them, zero for none.
	asOf time.Time
	// gone are the ids of those that an event has told to be deleted.
	gone []string
	// removed are those that were removed, whether or not they are shown still.
	removed []string
	// clipped says that there are as many as a status holds, so that there may be more.
	clipped bool
	// complete says that what a create has asked for is there by now, or never will be.
	complete bool
}

func (s shownParts) has(id string) bool {
	_, ok := s.byID(id)
	return ok
}

func (s shownParts) byID(id string) (shownPart, bool) {
	i := slices.IndexFunc(s.parts, func(p shownPart) bool { return p.id == id })
	if i < 0 {
		return shownPart{}, false
	}
	return s.parts[i], true
}

// lost says that a part that Mux had is not there any more.
func (s shownParts) lost(child *video.ChildStatus) bool {
	if child.ID == "" || s.has(child.ID) {
		return false
	}
	return slices.Contains(s.gone, child.ID) || (!s.clipped && child.AddedAt != nil && s.asOf.After(child.AddedAt.Time))
}

// step is one thing to do about the parts of a kind.
type step struct {
	do   partAction
	part part
	// child is what is known of the part, for steps about one that is.
	child video.ChildStatus
}

type partAction int

const (
	stepNone   partAction = iota
	stepRecord            // it is there: write down its id
	stepNote              // it is shown: write down its settings
	stepForget            // it is not there, and need not be: drop it
	stepAdd
	stepChange
	stepRemove
	stepWait // Mux has been asked for it and has not shown it yet
)

// planParts is the next step that brings the parts of a kind nearer to what the spec asks for. What the spec does not ask for
// and the operator has not made belongs to others and is left alone. addFirst adds what is new before it removes what is old;
// otherwise the old makes room, since Mux refuses two of one name.
func planParts(kind string, wanted []part, children []video.ChildStatus, shown shownParts, addFirst bool) step {
	known := knownParts(kind, children)
	first, second := planRemove(wanted, known), planAdd(wanted, known)
	if addFirst {
		first, second = second, first
	}
	for _, s := range []step{
		planRecord(wanted, known, shown), planForget(wanted, known, shown), planRename(wanted, known),
		first, second, planChange(wanted, known, shown),
	} {
		if s.do != stepNone {
			return s
		}
	}
	return step{}
}

func knownParts(kind string, children []video.ChildStatus) map[string]*video.ChildStatus {
	known := map[string]*video.ChildStatus{}
	for i := range children {
		if children[i].Kind == kind {
			known[children[i].Key] = &children[i]
		}
	}
	return known
}

// planRecord finds a part that Mux shows and that nothing is known of yet.
func planRecord(wanted []part, known map[string]*video.ChildStatus, shown shownParts) step {
	for _, p := range wanted {
		child := known[p.key]
		if child != nil && child.ID != "" {
			continue
		}
		if found, ok := firstOf(p, shown, known, nil); ok {
			id := childOf(p, child)
			id.ID = found.id
			return step{do: stepRecord, part: p, child: id}
		}
	}
	for _, child := range sortedChildren(known) {
		if _, ok := partOf(wanted, child.Key); ok || child.ID != "" {
			continue
		}
		if found, ok := firstOf(part{key: child.Key}, shown, known, nil); ok {
			id := *child
			id.ID = found.id
			return step{do: stepRecord, child: id}
		}
	}
	return step{}
}

// childOf is what will be known of a part. What a create was given counts, not what the spec has become since.
func childOf(p part, child *video.ChildStatus) video.ChildStatus {
	if child != nil {
		return *child
	}
	return video.ChildStatus{Key: p.key, Content: p.content, Settings: p.settings}
}

// firstOf is the first shown one that may be the part, is nobody else's, and is not among those seen before.
func firstOf(p part, shown shownParts, known map[string]*video.ChildStatus, seen []string) (shownPart, bool) {
	for _, s := range shown.parts {
		taken := slices.Contains(seen, s.id) || slices.Contains(shown.removed, s.id)
		for _, child := range known {
			taken = taken || child.ID == s.id
		}
		if !taken && p.matches(s) {
			return s, true
		}
	}
	return shownPart{}, false
}

func (p part) matches(s shownPart) bool {
	if p.is != nil {
		return p.is(s)
	}
	return s.label == p.key
}

// planForget drops what is gone at Mux, so that it is made again where the spec asks for it, and what a create was asked for
// and will never be.
func planForget(wanted []part, known map[string]*video.ChildStatus, shown shownParts) step {
	for _, child := range sortedChildren(known) {
		p, ok := partOf(wanted, child.Key)
		never := child.ID == "" && shown.complete && (!ok || p.content != child.Content)
		if shown.lost(child) || never {
			return step{do: stepForget, child: *child}
		}
	}
	return step{}
}

func planAdd(wanted []part, known map[string]*video.ChildStatus) step {
	for _, p := range wanted {
		if known[p.key] == nil {
			return step{do: stepAdd, part: p}
		}
	}
	return step{}
}

func planRemove(wanted []part, known map[string]*video.ChildStatus) step {
	for _, child := range sortedChildren(known) {
		p, ok := partOf(wanted, child.Key)
		switch {
		case ok && p.content == child.Content:
			continue
		case !ok && child.Adopted:
			return step{do: stepForget, child: *child}
		case child.ID == "":
			return step{do: stepWait, child: *child}
		}
		return step{do: stepRemove, part: p, child: *child}
	}
	return step{}
}

// planRename finds a part that has got another name and is the same otherwise: it is changed, and not made anew.
func planRename(wanted []part, known map[string]*video.ChildStatus) step {
	for _, p := range wanted {
		if known[p.key] != nil || p.change == nil {
			continue
		}
		for _, child := range sortedChildren(known) {
			if _, ok := partOf(wanted, child.Key); !ok && child.ID != "" && child.Content == p.content {
				return step{do: stepChange, part: p, child: *child}
			}
		}
	}
	return step{}
}

// planChange finds a part whose settings the spec has changed, or somebody else: Mux shows others than it did when it had
// accepted those of the spec, which need not be the same.
func planChange(wanted []part, known map[string]*video.ChildStatus, shown shownParts) step {
	for _, p := range wanted {
		child := known[p.key]
		if child == nil || child.ID == "" || p.change == nil {
			continue
		}
		if child.Settings != p.settings {
			return step{do: stepChange, part: p, child: *child}
		}
		s, ok := shown.byID(child.ID)
		switch {
		case !ok:
		case child.Shown == "":
			return step{do: stepNote, part: p, child: *child}
		case child.Shown != p.shows(s) && child.AddedAt != nil && s.asOf.After(child.AddedAt.Time):
			return step{do: stepChange, part: p, child: *child}
		}
	}
	return step{}
}

func partOf(wanted []part, key string) (part, bool) {
	i := slices.IndexFunc(wanted, func(p part) bool { return p.key == key })
	if i < 0 {
		return part{}, false
	}
	return wanted[i], true
}

// sortedChildren are in the order of their keys, so that a plan depends on nothing else.
func sortedChildren(known map[string]*video.ChildStatus) []*video.ChildStatus {
	var sorted []*video.ChildStatus
	for _, child := range known {
		sorted = append(sorted, child)
	}
	slices.SortFunc(sorted, func(a, b *video.ChildStatus) int { return cmp.Compare(a.Key, b.Key) })
	return sorted
}

// addsAny says whether a part is missing that can be added now and is sendable.
func addsAny(kinds []partKind, o commit.Followed, sendable func(partKind, part) bool) bool {
	return slices.ContainsFunc(kinds, func(k partKind) bool {
		known, shown := knownParts(k.name, o.GetFollowedStatus().Children), k.shownNow(o)
		return k.hold(o) == nil && slices.ContainsFunc(k.wanted(o), func(p part) bool {
			_, found := firstOf(p, shown, known, nil)
			return known[p.key] == nil && !found && sendable(k, p)
		})
	})
}

// askedFor is what is known of the parts that a create asks for along with the object.
func askedFor(kinds []partKind, o commit.Followed) []video.ChildStatus {
	var children []video.ChildStatus
	for _, k := range kinds {
		for _, p := range k.wanted(o) {
			child := childOf(p, nil)
			child.Kind = k.name
			children = append(children, child)
		}
	}
	return children
}

// partsChanged says whether a part has come or gone at Mux, or was changed.
func partsChanged(kinds []partKind, before, after commit.Followed) bool {
	return slices.ContainsFunc(kinds, func(k partKind) bool {
		return !slices.EqualFunc(k.shown(before).parts, k.shown(after).parts, func(a, b shownPart) bool {
			return a.id == b.id && a.settings == b.settings
		})
	})
}

// shownSlack is how long after a part was added the GET for it is sent, beyond what its answer is dated back: Mux's Date has whole
// seconds, and the request takes its time.
const shownSlack = 2 * time.Second

// partsDue is how long it is until the object is to be read for a part that was added or removed and of which no webhook has told.
// Once a reading is newer than that, no other is due. seen is the time of the newest one of the object.
func partsDue(kinds []partKind, o commit.Followed, seen, now time.Time) (wait time.Duration, ok bool) {
	for _, k := range kinds {
		shown := k.shown(o)
		for _, child := range knownParts(k.name, o.GetFollowedStatus().Children) {
			if child.ID == "" || child.AddedAt == nil || shown.has(child.ID) || seen.After(child.AddedAt.Time) {
				continue
			}
			wait, ok = sooner(wait, ok, child.AddedAt.Add(mux.GetMargin+shownSlack).Sub(now))
		}
		for _, removed := range o.GetFollowedStatus().Removed {
			if shown.has(removed.ID) && !seen.After(removed.At.Time) {
				wait, ok = sooner(wait, ok, removed.At.Add(mux.GetMargin+shownSlack).Sub(now))
			}
		}
	}
	return wait, ok
}

// sooner is the sooner of two waits, where there is a first one.
func sooner(wait time.Duration, ok bool, other time.Duration) (time.Duration, bool) {
	if ok {
		return min(wait, other), true
	}
	return other, true
}

// shownNow is what Mux shows of a kind, with what was removed.
func (k partKind) shownNow(o commit.Followed) shownParts {
	shown := k.shown(o)
	for _, removed := range o.GetFollowedStatus().Removed {
		shown.removed = append(shown.removed, removed.ID)
	}
	return shown
}
