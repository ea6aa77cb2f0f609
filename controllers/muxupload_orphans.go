// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// An upload costs nothing and times out by itself. So a create whose outcome is not known is not searched for but sent again,
// unless its webhook, which bears the token, has brought the id meanwhile. The URL of the upload that the object has in the
// end is the only one that is published. What an earlier create has made beside it is an orphan: it is looked for by the token
// at once and, since a list may lag, when the create is certainly over, and cancelled. An upload whose settings have no room
// for the token (a user's own passthrough and external id) cannot be told from one that somebody else has made with the same
// settings, and Mux does not say when one was made; cancelling on a guess could hit a stranger's, so its orphans are left to
// time out.

// traceable says whether the upload that the spec asks for can be told from those of others at Mux.
func (uploadKind) traceable(o commit.Followed) bool {
	return newUploadRequest(&uploadOf(o).Spec).HasRoomForToken()
}

// searchPages bounds the search: Mux makes an upload a second, so the 325 of certainlyOver are on four pages, with a burst of
// them on five. What lies deeper is left to time out.
const searchPages = 5

// search finds an upload that waits and bears the token. Mux does not say when an upload was made, so the pages are the bound.
func (uploadKind) search(ctx context.Context, c *mux.Client, token string, _ time.Time) (id, duplicate string, err error) {
	found, err := waitingWith(ctx, c, token)
	if err != nil || len(found) == 0 {
		return "", "", err
	}
	return found[0], "", nil
}

// restoredPages bounds the search of an intent that was restored: at an upload a second, half an hour of them is on 18 pages.
const restoredPages = 20

// searchAny finds the uploads that bear the token, whatever has become of them; those last that were cancelled.
func (uploadKind) searchAny(ctx context.Context, c *mux.Client, token string) (found []string, err error) {
	var cancelled []string
	err = uploadsWith(ctx, c, token, restoredPages, func(upload *mux.Upload) {
		if upload.Status == projection.StateCancelled {
			cancelled = append(cancelled, upload.ID)
		} else {
			found = append(found, upload.ID)
		}
	})
	return append(found, cancelled...), err
}

// waitingWith are the ids of the uploads that wait and bear the token, the newest first.
func waitingWith(ctx context.Context, c *mux.Client, token string) ([]string, error) {
	var found []string
	err := uploadsWith(ctx, c, token, searchPages, func(upload *mux.Upload) {
		if upload.Status == projection.StateWaiting {
			found = append(found, upload.ID)
		}
	})
	return found, err
}

// uploadsWith shows the uploads that bear the token, the newest first, as far as a number of pages goes.
func uploadsWith(ctx context.Context, c *mux.Client, token string, pages int, show func(*mux.Upload)) error {
	for page := range pages {
		answer, err := c.ListUploads(ctx, listLimit, page+1)
		if err != nil {
			return err
		}
		for i := range answer.Value {
			if upload := &answer.Value[i]; upload.NewAssetSettings.Token() == token {
				show(upload)
			}
		}
		if len(answer.Value) < listLimit {
			break
		}
	}
	return nil
}

// tidy cancels what waits at Mux and bears the object's token beside the object, unless another object has it.
func (k uploadKind) tidy(ctx context.Context, r *follower, s *scope, c *mux.Client) error {
	found, err := waitingWith(ctx, c, s.status().Creation.Token)
	if err != nil {
		return fromMux(err, "search for what a lost create made")
	}
	for _, id := range found {
		holders, err := r.otherHolders(ctx, s, id)
		if err != nil {
			return err
		}
		if id == s.status().ID || len(holders) > 0 {
			continue
		}
		if err := k.delete(ctx, c, id); err != nil && !mux.IsNotFound(err) {
			return fromMux(err, "cancel the upload "+id+", which a lost create made")
		}
		ctrl.LoggerFrom(ctx).Info("cancelled what a lost create had made", "id", id)
	}
	return nil
}

// update changes nothing, since Mux changes no upload. It cancels what lost creates have made.
func (k uploadKind) update(ctx context.Context, r *follower, s *scope) error {
	creation := s.status().Creation
	if creation == nil || creation.OrphanSearchAt == nil {
		return nil
	}
	now := r.options.Clock()
	if wait := creation.OrphanSearchAt.Sub(now); wait > 0 {
		s.lookAgain(wait)
		return nil
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	if err := k.tidy(ctx, r, s, muxClient); err != nil {
		return err
	}
	var next *metav1.MicroTime
	if last := creation.StartedAt.Add(r.certainlyOver()); now.Before(last) {
		next = new(metav1.NewMicroTime(last))
		s.lookAgain(last.Sub(now))
	}
	s.edit(func(status *video.FollowedStatus) {
		if status.Creation != nil {
			status.Creation.OrphanSearchAt = next
		}
	})
	return nil
}
