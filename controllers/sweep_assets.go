// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// assetSweep reads a set of assets from Mux and joins what it says.
type assetSweep struct {
	reconciler *sweepReconciler
	env        *video.MuxEnvironment
	client     *mux.Client
	due        map[string]*video.MuxAsset // by Mux id; what has been read is taken out
	read       int
}

// run reads what is due. all are the assets of the environment, by which the length of a LIST is estimated.
func (s *assetSweep) run(ctx context.Context, all []video.MuxAsset) error {
	oldest := oldestOf(s.due)
	if pages := pagesBackTo(oldest, all); pages < len(s.due) {
		if err := s.list(ctx, oldest); err != nil {
			return err
		}
	}
	return s.getRest(ctx)
}

// oldestOf is the creation time of the oldest asset, zero when one of them is unknown.
func oldestOf(due map[string]*video.MuxAsset) time.Time {
	var oldest time.Time
	for _, asset := range due {
		if asset.Status.CreatedAt == nil {
			return time.Time{}
		}
		if at := asset.Status.CreatedAt.Time; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// pagesBackTo estimates the LIST pages from now back to a time by the assets that the cluster knows. There may be more at
// Mux; list stops when it has taken as many calls as GETs would have.
func pagesBackTo(oldest time.Time, all []video.MuxAsset) int {
	newer := 0
	for i := range all {
		if at := all[i].Status.CreatedAt; at == nil || !at.Time.Before(oldest) {
			newer++
		}
	}
	return newer/listLimit + 1
}

// list reads pages until everything due was met, the pages are older than the oldest, or GETs would be cheaper.
func (s *assetSweep) list(ctx context.Context, oldest time.Time) error {
	cursor, budget := "", len(s.due)
	for call := 0; call < budget && len(s.due) > 0; call++ {
		if err := s.mayGoOn(ctx); err != nil {
			return err
		}
		page, err := s.client.ListAssets(ctx, mux.ListAssetsOptions{Limit: listLimit, Cursor: cursor})
		if err != nil {
			return err
		}
		for i := range page.Value.Items {
			asset := &page.Value.Items[i]
			told := projection.LiftAssetAnswer(asset, page.Meta.AsOf(mux.ListMargin), projection.SourceList, page.Meta.Digest)
			if err := s.take(ctx, asset.ID, told); err != nil {
				return err
			}
		}
		cursor = page.Value.NextCursor
		if cursor == "" || wentBackTo(page.Value.Items, oldest) {
			return nil
		}
	}
	return nil
}

// getRest reads one by one what no page has shown. For an asset that a complete LIST did not have, this is what confirms
// its absence.
func (s *assetSweep) getRest(ctx context.Context) error {
	ids := make([]string, 0, len(s.due))
	for id := range s.due {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := s.mayGoOn(ctx); err != nil {
			return err
		}
		told, err := s.get(ctx, id)
		if refusesOne(err) {
			s.pass(ctx, id, err)
			continue
		}
		if err != nil {
			return err
		}
		if err := s.take(ctx, id, told); err != nil {
			return err
		}
	}
	return nil
}

func (s *assetSweep) get(ctx context.Context, id string) (projection.Asset, error) {
	answer, err := s.client.GetAsset(ctx, id)
	if mux.IsNotFound(err) {
		return projection.LiftAssetAbsence(answer.Meta.AsOf(mux.GetMargin)), trustNotFound(ctx, s.client, s.env)
	}
	if err != nil {
		return projection.Asset{}, err
	}
	return projection.LiftAssetAnswer(&answer.Value, answer.Meta.AsOf(mux.GetMargin), projection.SourceGet, answer.Meta.Digest), nil
}

// take joins what was told of one asset into its object.
func (s *assetSweep) take(ctx context.Context, id string, told projection.Asset) error {
	asset, ok := s.due[id]
	if !ok {
		return nil
	}
	delete(s.due, id)
	s.read++
	_, outcome, err := commit.Status(ctx, s.reconciler.options.Committer, client.ObjectKeyFromObject(asset), func(asset *video.MuxAsset) error {
		projection.ReadAsset(&asset.Status).Join(told).Write(&asset.Status)
		return nil
	})
	if outcome == commit.Invalid || errors.Is(err, commit.ErrNewerProjection) {
		s.pass(ctx, id, err)
		return nil
	}
	return client.IgnoreNotFound(err)
}

// mayGoOn ends a sweep of an environment that was suspended or deleted meanwhile.
func (s *assetSweep) mayGoOn(ctx context.Context) error {
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
func (s *assetSweep) pass(ctx context.Context, id string, err error) {
	ctrl.LoggerFrom(ctx).Info("the sweep passes over an asset", "id", id, "reason", err.Error())
}

// missedMessage says how many changes came without a webhook, and what to check.
func missedMessage(status *video.MuxEnvironmentStatus) string {
	return fmt.Sprintf("%d assets changed without a webhook in the last 24 hours; check that an enabled endpoint at Mux points to %s and that its signing secret is in spec.webhook.signingSecretRefs",
		status.MissedWebhooks, status.WebhookPath)
}
