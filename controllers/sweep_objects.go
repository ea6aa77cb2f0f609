// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// objectSweep reads a set of objects of one kind from Mux and joins what it says.
type objectSweep struct {
	reconciler *sweepReconciler
	kind       kind
	env        *video.MuxEnvironment
	client     *mux.Client
	due        map[string]commit.Followed // by Mux id; what has been read is taken out
	read       int
}

// run reads what is due. all are the objects of the environment, by which the length of a LIST is estimated.
func (s *objectSweep) run(ctx context.Context, all []commit.Followed) error {
	oldest := s.oldest()
	if pages := s.pagesBackTo(oldest, all); pages < len(s.due) {
		if err := s.list(ctx, oldest); err != nil {
			return err
		}
	}
	return s.getRest(ctx)
}

// oldest is the creation time of the oldest object that is due, zero when one of them is unknown.
func (s *objectSweep) oldest() time.Time {
	var oldest time.Time
	for _, o := range s.due {
		created := s.kind.createdAt(o)
		if created.IsZero() {
			return time.Time{}
		}
		if oldest.IsZero() || created.Before(oldest) {
			oldest = created
		}
	}
	return oldest
}

// pagesBackTo estimates the LIST pages from now back to a time by the objects that the cluster knows. There may be more at
// Mux; list stops when it has taken as many calls as GETs would have.
func (s *objectSweep) pagesBackTo(oldest time.Time, all []commit.Followed) int {
	newer := 0
	for _, o := range all {
		if created := s.kind.createdAt(o); created.IsZero() || !created.Before(oldest) {
			newer++
		}
	}
	return newer/listLimit + 1
}

// list reads pages until everything due was met, the pages are older than the oldest, or GETs are cheaper: Mux may have many more
// objects than the cluster knows, which the pages themselves show.
func (s *objectSweep) list(ctx context.Context, oldest time.Time) error {
	var newest time.Time
	cursor, budget := "", len(s.due)
	for call := 1; call <= budget && len(s.due) > 0; call++ {
		if err := s.mayGoOn(ctx); err != nil {
			return err
		}
		page, next, err := s.kind.page(ctx, s.client, cursor)
		if err != nil {
			return err
		}
		for _, answer := range page {
			if err := s.take(ctx, answer.id, answer); err != nil {
				return err
			}
		}
		if next == "" || len(page) == 0 || page[len(page)-1].created.Before(oldest) {
			return nil
		}
		newest = firstTime(newest, page[0].created)
		oldest = s.oldest()
		if pagesLeft(call, newest, page[len(page)-1].created, oldest) > len(s.due) {
			return nil
		}
		cursor = next
	}
	return nil
}

// pagesLeft estimates how many pages it takes from one time back to the oldest, by how far those that were read have come since the
// newest; 0 where that cannot be told.
func pagesLeft(read int, newest, reached, oldest time.Time) int {
	if oldest.IsZero() || !newest.After(reached) {
		return 0
	}
	return int(float64(read) * float64(reached.Sub(oldest)) / float64(newest.Sub(reached)))
}

// getRest reads one by one what no page has shown. For an object that a complete LIST did not have, this is what confirms
// its absence.
func (s *objectSweep) getRest(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(s.due)) {
		if err := s.mayGoOn(ctx); err != nil {
			return err
		}
		answer, err := s.get(ctx, id)
		if refusesOne(err) {
			s.pass(ctx, id, err)
			continue
		}
		if err != nil {
			return err
		}
		if err := s.take(ctx, id, answer); err != nil {
			return err
		}
	}
	return nil
}

func (s *objectSweep) get(ctx context.Context, id string) (told, error) {
	answer, err := s.kind.get(ctx, s.client, id)
	if mux.IsNotFound(err) {
		absent := s.kind.absent(answer.meta.AsOf(mux.GetMargin))
		absent.missing = true
		return absent, trustNotFound(ctx, s.client, s.env)
	}
	return answer, err
}

// take joins what was told of one object into its status.
func (s *objectSweep) take(ctx context.Context, id string, answer told) error {
	due, ok := s.due[id]
	if !ok {
		return nil
	}
	delete(s.due, id)
	s.read++
	object := s.kind.newObject()
	if err := s.reconciler.client.Get(ctx, client.ObjectKeyFromObject(due), object); err != nil {
		return client.IgnoreNotFound(err)
	}
	found := foundNothingNew
	_, outcome, err := commit.StatusOf(ctx, s.reconciler.options.Committer, object, func(o commit.Followed) error {
		before := projection.WithoutStamps(o)
		answer.join(o)
		found = finding(before, o, answer)
		return nil
	})
	switch {
	case outcome == commit.Invalid || errors.Is(err, commit.ErrNewerProjection):
		s.pass(ctx, id, err)
		return nil
	case err == nil:
		s.note(found)
	}
	return client.IgnoreNotFound(err)
}

// note what was found of an object.
func (s *objectSweep) note(found string) {
	s.reconciler.found.WithLabelValues(s.kind.name(), found).Inc()
}

// finding is what an answer has changed of an object that was so before, without its stamps, apart from how new it is.
func finding(before runtime.Object, after commit.Followed, answer told) string {
	switch {
	case answer.missing:
		return foundGone
	case equality.Semantic.DeepEqual(before, projection.WithoutStamps(after)):
		return foundNothingNew
	default:
		return foundChange
	}
}

// mayGoOn ends a sweep of an environment that was suspended or deleted meanwhile.
func (s *objectSweep) mayGoOn(ctx context.Context) error {
	env := &video.MuxEnvironment{}
	if err := s.reconciler.client.Get(ctx, client.ObjectKeyFromObject(s.env), env); err != nil {
		if apierrors.IsNotFound(err) {
			return errDone
		}
		return err
	}
	if env.UID != s.env.UID || env.Spec.Suspend {
		return errDone
	}
	return nil
}

// refusesOne is true for an answer that says something of one object and nothing of the others.
func refusesOne(err error) bool {
	return mux.IsMalformedID(err) || mux.IsInvalid(err) || mux.IsForbidden(err)
}

// pass leaves one object out, so that it does not keep the sweep from the others.
func (s *objectSweep) pass(ctx context.Context, id string, err error) {
	s.note(foundRefused)
	ctrl.LoggerFrom(ctx).Info("the sweep passes over an object", "id", id, "reason", err.Error())
}

// missedMessage says how many changes came without a webhook, and what to check.
func missedMessage(status *video.MuxEnvironmentStatus) string {
	return fmt.Sprintf("%d objects changed without a webhook in the last 24 hours; check that an enabled endpoint at Mux points to %s and that its signing secret is known here, by spec.webhook.signingSecretRefs or by spec.webhook.registration",
		status.MissedWebhooks, status.WebhookPath)
}
