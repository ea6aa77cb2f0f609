// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// Playback ids, tracks, renditions and simulcast targets are objects of their own at Mux, and repeating a POST makes another
// one. They bear no token, so a POST is sent once in this way:
//
//  1. status.adding is written, conditional on the version that was read: the part, and the ids of its kind that Mux showed.
//  2. The POST goes out once, within sendWithin of that intent.
//  3. The id of the answer goes into status.children, and status.adding goes, in one write.
//  4. After an unknown outcome, or a crash, an id that was not seen before and fits is the part. One that no webhook has brought
//     is looked for by one GET, once the POST is certainly over; only where that has none is the POST sent again.

// partKind is one kind of parts of an object.
type partKind struct {
	name, noun string
	// wanted are those that the spec asks for.
	wanted func(o commit.Followed) []part
	// shown are those that Mux shows.
	shown func(o commit.Followed) shownParts
	// hold says why nothing of the kind can be changed now; nil where nothing speaks against it.
	hold func(o commit.Followed) error
	// remove removes one at Mux.
	remove func(ctx context.Context, c *mux.Client, parent, id string) error
	// addFirst adds what is new before it removes what is old.
	addFirst bool
}

// sendPart asks Mux for a part of a parent, and changePart changes the settings of one. Both return it as Mux then has it.
type (
	sendPart   func(ctx context.Context, c *mux.Client, parent string) (shownPart, mux.Meta, error)
	changePart func(ctx context.Context, c *mux.Client, parent string, child video.ChildStatus) (shownPart, mux.Meta, error)
)

// seenWithin is how old a snapshot of the object may be by which a part is found to be missing and is asked for. Webhooks tell of
// changes within seconds; of an object that rests, or that was restored with an older state of the cluster, somebody may have
// changed the parts without a word of it. Reading it first is a call more for each time that somebody adds a part.
const seenWithin = 5 * time.Minute

// partSteps bounds the steps of one reconcile: more than any spec has parts of a kind to add, to change and to remove.
const partSteps = 128

// seeParts reads an object that a part is to be added to, unless its newest snapshot, of the time seen, is young.
func (r *follower) seeParts(ctx context.Context, s *scope, kinds []partKind, seen time.Time) error {
	sendable := func(k partKind, p part) bool {
		return r.refusals.check(s.object, k.adding(p), r.options.Clock()) == nil
	}
	if s.status().Adding != nil || r.options.Clock().Sub(seen) <= seenWithin || !addsAny(kinds, s.object, sendable) {
		return nil
	}
	return r.read(ctx, s)
}

// adding identifies the request for a part.
func (k partKind) adding(p part) digest {
	return digestOf([]any{"add", k.name, p.key, p.content, p.settings})
}

// syncParts brings the parts of an object to what its spec asks for. What holds up one kind does not hold up the others.
func (r *follower) syncParts(ctx context.Context, s *scope, kinds []partKind) error {
	if err := r.settleAdding(ctx, s, kinds); err != nil {
		return err
	}
	s.forgetRemoved(kinds)
	var first error
	for _, k := range kinds {
		err := r.syncPartsOf(ctx, s, k)
		if !goesOn(err) || s.status().Adding != nil {
			return err
		}
		first = cmp.Or(first, err)
	}
	return first
}

func (r *follower) syncPartsOf(ctx context.Context, s *scope, k partKind) error {
	for range partSteps {
		next := planParts(k.name, k.wanted(s.object), s.status().Children, k.shownNow(s.object), k.addFirst)
		if done, err := r.takeStep(ctx, s, k, next); done || err != nil {
			return err
		}
	}
	return errStale
}

// takeStep takes one step; done says that none is left that can be taken now.
func (r *follower) takeStep(ctx context.Context, s *scope, k partKind, next step) (done bool, err error) {
	switch next.do {
	case stepNone, stepWait:
		return true, nil
	case stepRecord:
		if known := knownParts(k.name, s.status().Children)[next.child.Key]; known == nil {
			next.child.Adopted = !(restored(s.object) && s.createdByUs())
		}
		s.recordChild(k, next.child, k.shown(s.object).asOf, r.options.Clock())
		return false, nil
	case stepForget:
		s.forgetChild(k, next.child)
		return false, nil
	case stepNote:
		s.noteChild(k, next)
		return false, nil
	}
	if err := k.hold(s.object); err != nil {
		return false, err
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return false, err
	}
	if next.do == stepAdd {
		return false, r.addPart(ctx, s, k, next.part, muxClient)
	}
	if next.do == stepRemove && next.part.send != nil {
		if err := r.canReplace(ctx, s, k, next.part); err != nil {
			return false, err
		}
	}
	return false, r.mendPart(ctx, s, k, next, muxClient)
}

// canReplace says whether a part can be asked for, before the one that it takes the place of is removed: a Secret may be missing, or
// Mux have refused it.
func (r *follower) canReplace(ctx context.Context, s *scope, k partKind, p part) error {
	if err := r.refusals.check(s.object, k.adding(p), r.options.Clock()); err != nil {
		return err
	}
	_, err := p.send(ctx, r)
	return err
}

// mendPart changes or removes a part that Mux has. Both can be repeated.
func (r *follower) mendPart(ctx context.Context, s *scope, k partKind, next step, c *mux.Client) error {
	child, doing := next.child, "change"
	var shown shownPart
	var meta mux.Meta
	send := func() (err error) {
		shown, meta, err = next.part.change(ctx, c, s.status().ID, child)
		return err
	}
	if next.do == stepRemove {
		doing = "remove"
		send = func() error { return k.remove(ctx, c, s.status().ID, child.ID) }
	}
	request := digestOf([]any{doing, k.name, child, next.part.settings})
	if err := r.refusals.check(s.object, request, r.options.Clock()); err != nil {
		return err
	}
	err := send()
	switch {
	case mux.IsNotFound(err): // gone by other hands, or with its parent
		if err := trustNotFound(ctx, c, s.env); err != nil {
			return err
		}
		s.removedChild(k, child, r.options.Clock())
		return nil
	case err != nil:
		err = fromMux(err, doing+" the "+k.noun+" "+child.Key)
		r.refusals.keep(s.object, request, r.options.Clock(), err)
		return err
	case next.do == stepRemove:
		s.removedChild(k, child, r.options.Clock())
	default:
		at := metav1.NewTime(certainlyAfter(firstTime(meta.Date, r.options.Clock())))
		s.editChild(k, child, func(c *video.ChildStatus) {
			c.Key, c.Settings, c.Shown, c.AddedAt = next.part.key, next.part.settings, next.part.shown(shown), &at
		})
	}
	ctrl.LoggerFrom(ctx).Info(doing+"d a part", "kind", k.name, "key", child.Key, "id", child.ID)
	return nil
}

// addPart sends the POST of a part once.
func (r *follower) addPart(ctx context.Context, s *scope, k partKind, p part, c *mux.Client) error {
	request := k.adding(p)
	if err := r.refusals.check(s.object, request, r.options.Clock()); err != nil {
		return err
	}
	if err := s.admitsNew(); err != nil {
		return err
	}
	send, err := p.send(ctx, r)
	if err != nil {
		return err
	}
	paid, err := c.Reserve(ctx, mux.ClassCreate)
	if err != nil {
		return fromMux(err, "add the "+k.noun+" "+p.key)
	}
	through, cancel := context.WithTimeout(context.WithoutCancel(paid), sendWithin+r.options.Timeout+toWriteDown)
	defer cancel()
	began := r.options.Clock()
	if err := r.writeAdding(through, s, k, p); err != nil {
		return err
	}
	shown, meta, err := send(r.timely(through, began), c, s.status().ID)
	switch {
	case mux.IsUnknownOutcome(err):
		ctrl.LoggerFrom(ctx).Info("the outcome of adding a part is not known", "kind", k.name, "key", p.key, "error", err.Error())
		return r.addingUnknown(s, k)
	case err != nil:
		err = fromMux(err, "add the "+k.noun+" "+p.key)
		r.refusals.keep(s.object, request, r.options.Clock(), err)
		return cmp.Or(r.endAdding(through, s, s.status().Children), err)
	}
	ctrl.LoggerFrom(ctx).Info("added a part", "kind", k.name, "key", p.key, "id", shown.id)
	child := childOf(p, nil)
	child.ID, child.Shown = shown.id, p.shown(shown)
	return r.endAdding(through, s, withChild(s.status().Children, k, child, firstTime(meta.Date, r.options.Clock())))
}

// writeAdding writes the intent to add a part.
func (r *follower) writeAdding(ctx context.Context, s *scope, k partKind, p part) error {
	adding := &video.AddingStatus{Kind: k.name, Key: p.key, Content: p.content, Settings: p.settings, StartedAt: metav1.NewMicroTime(r.options.Clock())}
	for _, shown := range k.shown(s.object).parts {
		adding.Seen = append(adding.Seen, shown.id)
	}
	children := s.status().Children
	return r.patchStatus(ctx, s, func(o commit.Followed) {
		o.GetFollowedStatus().Adding, o.GetFollowedStatus().Children = adding, children
	})
}

// endAdding removes the intent and writes the children, in one write and whatever else has changed meanwhile: webhooks of the new
// part normally race it. The patch tests that it is the same intent: another leader, which came while this one was paused, may
// have settled it and written others.
func (r *follower) endAdding(ctx context.Context, s *scope, children []video.ChildStatus) error {
	return s.patchIf([]operation{
		{"op": "test", "path": "/metadata/uid", "value": s.stored.GetUID()},
		{"op": "test", "path": "/status/adding/startedAt", "value": s.stored.GetFollowedStatus().Adding.StartedAt},
		{"op": "remove", "path": "/status/adding"},
		{"op": "add", "path": "/status/children", "value": append([]video.ChildStatus{}, children...)}, // not null
	}, func(o client.Object, p client.Patch) error { return r.client.Status().Patch(ctx, o, p) })
}

// addingOver is how long after its intent a POST is certainly over and its effect shown: it was sent within sendWithin, cut after
// the client's time-out, and a GET is dated back by its margin.
func (r *follower) addingOver() time.Duration {
	return sendWithin + r.options.Timeout + mux.GetMargin
}

func (r *follower) addingUnknown(s *scope, k partKind) error {
	adding := s.status().Adding
	wait := max(adding.StartedAt.Add(r.addingOver()).Sub(r.options.Clock()), time.Second)
	return waiting(video.ReasonCreateOutcomeUnknown, wait,
		"the %s %s was asked for at %s and nothing is known of the outcome; it is looked for before it is asked for again",
		k.noun, adding.Key, adding.StartedAt.UTC().Format(time.RFC3339))
}

// settleAdding finds out what became of a part that was asked for.
func (r *follower) settleAdding(ctx context.Context, s *scope, kinds []partKind) error {
	adding := s.status().Adding
	if adding == nil {
		return nil
	}
	k, ok := partKindOf(kinds, adding.Kind)
	if !ok { // of a newer release that was rolled back
		return r.endAdding(ctx, s, s.status().Children)
	}
	p, ok := partOf(k.wanted(s.object), adding.Key)
	if !ok {
		p = part{key: adding.Key}
	}
	if found, err := r.claimAdded(ctx, s, k, p); found || err != nil {
		return err
	}
	if r.options.Clock().Before(adding.StartedAt.Add(r.addingOver())) {
		return r.addingUnknown(s, k)
	}
	if err := r.read(ctx, s); err != nil {
		return err
	}
	if found, err := r.claimAdded(ctx, s, k, p); found || err != nil {
		return err
	}
	ctrl.LoggerFrom(ctx).Info("the part was not added; it is asked for again", "kind", adding.Kind, "key", adding.Key)
	return r.endAdding(ctx, s, s.status().Children)
}

// claimAdded takes what Mux shows and did not before as the part that was asked for.
func (r *follower) claimAdded(ctx context.Context, s *scope, k partKind, p part) (bool, error) {
	shown, adding := k.shownNow(s.object), s.status().Adding
	found, ok := firstOf(p, shown, knownParts(k.name, s.status().Children), adding.Seen)
	if !ok {
		return false, nil
	}
	// What was asked for counts, not what the spec has become since: the plan mends the rest.
	child := video.ChildStatus{Key: adding.Key, Content: adding.Content, Settings: adding.Settings, ID: found.id}
	ctrl.LoggerFrom(ctx).Info("found the part that was asked for", "kind", k.name, "key", p.key, "id", found.id)
	return true, r.endAdding(ctx, s, withChild(s.status().Children, k, child, firstTime(shown.asOf, r.options.Clock())))
}

func partKindOf(kinds []partKind, name string) (partKind, bool) {
	for _, k := range kinds {
		if k.name == name {
			return k, true
		}
	}
	return partKind{}, false
}

// shown is a digest of the settings of a part as Mux shows them, "" where it has none.
func (p part) shown(s shownPart) string {
	if p.shows == nil || s.id == "" {
		return ""
	}
	return p.shows(s)
}

// certainlyAfter is the time after which an observation is certainly newer than an answer of a time.
func certainlyAfter(at time.Time) time.Time { return at.Truncate(time.Second).Add(certainAfter) }

// certainAfter is how long after the answer to its POST, whose Date has whole seconds, an observation without a part does not
// yet say that the part is gone: the two come from different machines of Mux.
const certainAfter = 3 * time.Second

// withChild is a list of children with one put in, in the place of the one with its key.
func withChild(children []video.ChildStatus, k partKind, child video.ChildStatus, at time.Time) []video.ChildStatus {
	added := metav1.NewTime(certainlyAfter(at))
	child.Kind, child.AddedAt = k.name, &added
	all := withoutChild(children, child)
	return append(all, child)
}

func withoutChild(children []video.ChildStatus, child video.ChildStatus) []video.ChildStatus {
	all := []video.ChildStatus{}
	for _, c := range children {
		if c.Kind != child.Kind || c.Key != child.Key {
			all = append(all, c)
		}
	}
	return all
}

// recordChild writes down which of those at Mux a part is.
func (s *scope) recordChild(k partKind, child video.ChildStatus, asOf, now time.Time) {
	s.edit(func(status *video.FollowedStatus) {
		if known := knownParts(k.name, status.Children)[child.Key]; known == nil || known.ID == "" {
			status.Children = withChild(status.Children, k, child, firstTime(asOf, now))
		}
	})
}

// editChild changes what is known of a part, as long as it is the one with that id.
func (s *scope) editChild(k partKind, child video.ChildStatus, change func(*video.ChildStatus)) {
	s.edit(func(status *video.FollowedStatus) {
		if known := knownParts(k.name, status.Children)[child.Key]; known != nil && known.ID == child.ID {
			change(known)
		}
	})
}

// noteChild writes down what Mux shows of the settings of a part.
func (s *scope) noteChild(k partKind, next step) {
	shown, _ := k.shown(s.object).byID(next.child.ID)
	s.editChild(k, next.child, func(c *video.ChildStatus) { c.Shown = next.part.shown(shown) })
}

// forgetChild drops a part, as long as it is the one with that id.
func (s *scope) forgetChild(k partKind, child video.ChildStatus) {
	s.edit(func(status *video.FollowedStatus) {
		if known := knownParts(k.name, status.Children)[child.Key]; known != nil && known.ID == child.ID {
			status.Children = withoutChild(status.Children, *known)
		}
	})
}

// removedChild drops a part that was removed at Mux and remembers that, as long as the status shows it.
func (s *scope) removedChild(k partKind, child video.ChildStatus, now time.Time) {
	s.forgetChild(k, child)
	s.edit(func(status *video.FollowedStatus) {
		removed := slices.DeleteFunc(slices.Clone(status.Removed), func(r video.RemovedStatus) bool { return r.ID == child.ID })
		status.Removed = append(removed, video.RemovedStatus{ID: child.ID, At: metav1.NewTime(now.Truncate(time.Second))})
	})
}

// forgetRemoved drops what was removed and is not shown any more.
func (s *scope) forgetRemoved(kinds []partKind) {
	var over []string
	for _, removed := range s.status().Removed {
		if !slices.ContainsFunc(kinds, func(k partKind) bool { return k.shown(s.object).has(removed.ID) }) {
			over = append(over, removed.ID)
		}
	}
	if len(over) == 0 {
		return
	}
	s.edit(func(status *video.FollowedStatus) {
		status.Removed = slices.DeleteFunc(slices.Clone(status.Removed), func(r video.RemovedStatus) bool { return slices.Contains(over, r.ID) })
		if len(status.Removed) == 0 {
			status.Removed = nil
		}
	})
}

// firstTime is a time, or another where there is none.
func firstTime(at, otherwise time.Time) time.Time {
	if at.IsZero() {
		return otherwise
	}
	return at
}

// partDigest is a digest of values, for an object of the name, so that it tells nothing to whoever compares objects.
func partDigest(o commit.Followed, values ...any) string {
	data, err := json.Marshal(append([]any{o.GetName()}, values...))
	if err != nil {
		panic(err) // plain data always has a JSON form
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}
