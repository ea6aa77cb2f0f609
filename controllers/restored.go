// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// Backups and moves between clusters lose statuses, and etcd restored from a snapshot has those of an earlier time. What the
// status alone would know is then answered for the safe side: nothing that was sent is sent again, as far as Mux can tell that
// it was.

// restored says that the object has an id that is known from an earlier life: its annotations have it, and its status is one that
// the controller has never written, though the receiver may have. A first adoption, or a create, that was cut short is none.
func restored(o commit.Followed) bool {
	status := o.GetFollowedStatus()
	return o.GetAnnotations()[video.AnnotationID] != "" && status.Identified == nil && status.Creation == nil &&
		meta.FindStatusCondition(o.GetConditions(), video.ConditionSynced) == nil
}

// noteRestored counts as done what annotations of a restored object ask for, and what of its spec Mux does not show: a stream key
// that is reset once more cuts off every encoder that has the present one, and a master that was downloadable for 24 hours long ago
// would be so again.
func (r *follower) noteRestored(ctx context.Context, s *scope) {
	k, ok := r.kind.(onceKind)
	if !ok || !restored(s.object) {
		return
	}
	s.find(k.assume)
	for annotation, handled := range k.once() {
		token := s.object.GetAnnotations()[annotation]
		if token == "" || *handled(s.object) != "" {
			continue
		}
		ctrl.LoggerFrom(ctx).Info("the status was lost; what the annotation asks for counts as done", "annotation", annotation)
		s.find(func(o commit.Followed) { *handled(o) = token })
	}
}

// searchRestored looks for what an earlier create has made of a kind whose creates are sent again without a search, unless it was
// this process that has just lost the answer.
func (r *follower) searchRestored(ctx context.Context, s *scope, c *mux.Client) (string, error) {
	k, ok := r.kind.(resender)
	recent := r.options.Clock().Sub(createTime(s.object)) < r.certainlyOver()
	if creation := s.status().Creation; !ok || !r.traceable(s) || (recent && creation != nil && creation.UnknownSince != nil) {
		return "", nil
	}
	found, err := k.searchAny(ctx, c, s.object.GetAnnotations()[video.AnnotationCreateToken])
	if err != nil {
		return "", fromMux(err, "search for what an earlier create made")
	}
	free, err := r.unheld(ctx, s, found)
	if err != nil || len(free) == 0 {
		return "", err
	}
	return free[0], nil
}

// lostHere says that the answer to the create was lost by an operator that has written so since: then the status is not of an
// earlier time, and nobody has set a text of the user's own, which takes the id.
func lostHere(s *scope) bool {
	creation := s.status().Creation
	return creation != nil && creation.UnknownSince != nil
}

// adoptOverwritten takes what was found by a text of the user's own. Others may set the same text, so it counts as imported and not
// as made by the operator: it is deleted at Mux only where spec.deletionPolicy says so.
func (r *follower) adoptOverwritten(ctx context.Context, s *scope, muxClient *mux.Client, id string) error {
	if err := r.adoptFound(ctx, s, muxClient, id); err != nil {
		return err
	}
	s.edit(func(status *video.FollowedStatus) { status.Creation = nil })
	return r.takeBackIntent(ctx, s)
}

// searchOverwritten looks for what an earlier create has made and bears a text of the user's own in the place of the token: the
// update phase has set it, and the status that knew the id is lost. It is taken where it is the only one, made at the time of the
// create, and no other object holds it.
func (r *follower) searchOverwritten(ctx context.Context, s *scope, c *mux.Client) (string, error) {
	k, ok := r.kind.(overwriter)
	if !ok {
		return "", nil
	}
	sent := createTime(s.object)
	found, err := k.searchOwn(ctx, c, s.object, sent.Add(-searchMargin), sent.Add(sendWithin+r.options.Timeout+searchMargin))
	if err != nil {
		return "", fromMux(err, "search for what an earlier create made")
	}
	free, err := r.unheld(ctx, s, found)
	switch {
	case err != nil || len(free) == 0:
		return "", err
	case len(free) == 1:
		return free[0], nil
	}
	slices.Sort(free)
	return "", waiting(video.ReasonCreateOutcomeUnknown, searchEvery,
		"a create was sent at %s, and each of %s may be what it made; set the annotation %s to the right one",
		s.object.GetAnnotations()[video.AnnotationCreateTime], strings.Join(free[:min(len(free), mostNamed)], ", "), video.AnnotationID)
}

// unheld are those ids that no other object holds. An object that was copied has the token of another.
func (r *follower) unheld(ctx context.Context, s *scope, ids []string) (free []string, err error) {
	for _, id := range ids {
		holders, err := r.otherHolders(ctx, s, id)
		if err != nil {
			return nil, err
		}
		if len(holders) == 0 {
			free = append(free, id)
		}
	}
	return free, nil
}

// mostNamed is how many ids a message names; each has about 45 characters.
const mostNamed = 5

// between says whether a time, in whole seconds, lies between two.
func between(at, from, until time.Time) bool {
	return !at.Before(from.Truncate(time.Second)) && !at.After(until)
}
