// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// +kubebuilder:rbac:groups=video.mux.com,resources=muxuploads,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=video.mux.com,resources=muxuploads/status,verbs=patch

// uploadKind is MuxUpload.
type uploadKind struct{}

func uploadOf(o commit.Followed) *video.MuxUpload { return o.(*video.MuxUpload) }

func (uploadKind) name() string               { return "muxupload" }
func (uploadKind) noun() string               { return "upload" }
func (uploadKind) newObject() commit.Followed { return &video.MuxUpload{} }
func (uploadKind) newList() client.ObjectList { return &video.MuxUploadList{} }

// changed passes a new state or time of expiry: of an upload that times out no webhook tells, see expired.
func (uploadKind) changed(before, after commit.Followed) bool {
	was, is := &uploadOf(before).Status, &uploadOf(after).Status
	return was.State != is.State || !was.ExpiresAt.Equal(is.ExpiresAt)
}

func (uploadKind) takesFrom(commit.Followed, string) bool { return false }

func (uploadKind) get(ctx context.Context, c *mux.Client, id string) (told, error) {
	answer, err := c.GetUpload(ctx, id)
	return toldUpload(&answer, projection.SourceGet), err
}

func toldOfUpload(lifted projection.Upload) told {
	return told{
		snapshot: lifted.SnapshotStamp(),
		join: func(o commit.Followed) {
			status := &uploadOf(o).Status
			projection.ReadUpload(status).Join(lifted).Write(status)
		},
	}
}

func (uploadKind) absent(at time.Time) told { return toldOfUpload(projection.LiftUploadAbsence(at)) }

// delete cancels an upload that waits; one that has ended is no object at Mux that could be deleted.
func (uploadKind) delete(ctx context.Context, c *mux.Client, id string) error {
	_, err := c.CancelUpload(ctx, id)
	if mux.IsNotWaiting(err) {
		return nil
	}
	return err
}

func (uploadKind) ended(o commit.Followed) bool {
	state := uploadOf(o).Status.State
	return state != "" && state != projection.StateWaiting && state != projection.StateDeleted
}

func (uploadKind) known(o commit.Followed) bool { return uploadOf(o).Status.State != "" }

// settled is true once an event has told of the upload: created, or its end.
func (uploadKind) settled(o commit.Followed) bool {
	return toldByEvent(uploadOf(o).Status.Stamps.Snapshot)
}

// awaited is true while Mux waits for the file.
func (uploadKind) awaited(o commit.Followed) bool {
	return uploadOf(o).Status.State == projection.StateWaiting
}

// createdAt is never known: Mux does not say.
func (uploadKind) createdAt(commit.Followed) time.Time { return time.Time{} }

func (uploadKind) page(ctx context.Context, c *mux.Client, cursor string) (page []told, next string, err error) {
	number, _ := nextPage(cursor, 0)
	answer, err := c.ListUploads(ctx, listLimit, number)
	if err != nil {
		return nil, "", err
	}
	at := answer.Meta.AsOf(mux.ListMargin)
	for i := range answer.Value {
		upload := &answer.Value[i]
		t := toldOfUpload(projection.LiftUploadAnswer(upload, at, projection.SourceList, answer.Meta.Digest))
		t.id = upload.ID
		page = append(page, t)
	}
	_, next = nextPage(cursor, len(page))
	return page, next, nil
}

// acknowledge keeps nothing: what an upload is created with cannot be changed.
func (uploadKind) acknowledge(commit.Followed) {}
func (uploadKind) forget(commit.Followed)      {}

// expirySlack is how long after its time an upload is asked for: Mux's clock, and a file that is still coming in.
const expirySlack = time.Minute

// errorSlack is how long after the event errored the GET for its error is sent, beyond what its answer is dated back: Mux's
// Date has whole seconds, and the request takes its time.
const errorSlack = 2 * time.Second

// due asks for the one GET that tells of a time-out, since no webhook does, and the one that tells why an upload has errored,
// since that webhook does not say. Where it says that Mux still waits, since a file is
// coming in, the next is due when as much time again has passed.
func (uploadKind) due(o commit.Followed, now time.Time) (wait time.Duration, ok bool) {
	status := &uploadOf(o).Status
	if status.State == projection.StateErrored {
		if status.Error != nil || status.Stamps == nil || status.Stamps.Absent != "" || !toldByEvent(status.Stamps.Snapshot) {
			return 0, false
		}
		return projection.StampTime(status.Stamps.Snapshot).Add(mux.GetMargin + errorSlack).Sub(now), true
	}
	if status.State != projection.StateWaiting || status.ExpiresAt == nil {
		return 0, false
	}
	next := status.ExpiresAt.Add(expirySlack)
	if status.Stamps != nil {
		seen := projection.StampTime(status.Stamps.Snapshot)
		if over := seen.Sub(status.ExpiresAt.Time); !seen.IsZero() && over > 0 {
			next = seen.Add(max(over, expirySlack))
		}
	}
	return next.Sub(now), true
}
