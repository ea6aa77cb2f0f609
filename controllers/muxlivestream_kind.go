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

// +kubebuilder:rbac:groups=video.mux.com,resources=muxlivestreams,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=video.mux.com,resources=muxlivestreams/status,verbs=get;patch

// liveStreamKind is MuxLiveStream. This release follows and deletes live streams; it creates and changes none.
type liveStreamKind struct{}

func liveStreamOf(o commit.Followed) *video.MuxLiveStream { return o.(*video.MuxLiveStream) }

func (liveStreamKind) name() string               { return "muxlivestream" }
func (liveStreamKind) noun() string               { return "live stream" }
func (liveStreamKind) newObject() commit.Followed { return &video.MuxLiveStream{} }
func (liveStreamKind) newList() client.ObjectList { return &video.MuxLiveStreamList{} }

// changed passes nothing: without a create or an update no news of a webhook is the controller's business.
func (liveStreamKind) changed(_, _ commit.Followed) bool { return false }

func (liveStreamKind) takesFrom(commit.Followed, string) bool { return false }

func (liveStreamKind) get(ctx context.Context, c *mux.Client, id string) (told, error) {
	answer, err := c.GetLiveStream(ctx, id)
	t := toldOfLiveStream(projection.LiftLiveStreamAnswer(&answer.Value, answer.Meta.AsOf(mux.GetMargin), projection.SourceGet, answer.Meta.Digest))
	t.id, t.meta = answer.Value.ID, answer.Meta
	return t, err
}

func toldOfLiveStream(lifted projection.LiveStream) told {
	return told{
		snapshot: lifted.SnapshotStamp(),
		join: func(o commit.Followed) {
			status := &liveStreamOf(o).Status
			projection.ReadLiveStream(status).Join(lifted).Write(status)
		},
	}
}

func (liveStreamKind) absent(at time.Time) told {
	return toldOfLiveStream(projection.LiftLiveStreamAbsence(at))
}

func (liveStreamKind) delete(ctx context.Context, c *mux.Client, id string) error {
	return c.DeleteLiveStream(ctx, id)
}

func (liveStreamKind) ended(o commit.Followed) bool {
	return projection.LiveStreamDeletedForGood(&liveStreamOf(o).Status)
}

func (liveStreamKind) known(o commit.Followed) bool { return liveStreamOf(o).Status.State != "" }

// settled is true once an event has told of the live stream.
func (liveStreamKind) settled(o commit.Followed) bool {
	return toldByEvent(liveStreamOf(o).Status.Stamps.Snapshot)
}

// awaited is true while anything is going on: an encoder that left unheard must not stay connected for ever.
func (liveStreamKind) awaited(o commit.Followed) bool {
	status := &liveStreamOf(o).Status
	return status.State == projection.StateActive || status.Connected || status.Recording
}

func (liveStreamKind) createdAt(o commit.Followed) time.Time {
	return timeOf(liveStreamOf(o).Status.CreatedAt)
}

func (liveStreamKind) page(ctx context.Context, c *mux.Client, cursor string) (page []told, next string, err error) {
	number, _ := nextPage(cursor, 0)
	answer, err := c.ListLiveStreams(ctx, listLimit, number)
	if err != nil {
		return nil, "", err
	}
	at := answer.Meta.AsOf(mux.ListMargin)
	for i := range answer.Value {
		stream := &answer.Value[i]
		t := toldOfLiveStream(projection.LiftLiveStreamAnswer(stream, at, projection.SourceList, answer.Meta.Digest))
		t.id, t.created = stream.ID, stream.CreatedAt.Time
		page = append(page, t)
	}
	_, next = nextPage(cursor, len(page))
	return page, next, nil
}

// due is never: webhooks tell all of a live stream.
func (liveStreamKind) due(commit.Followed, time.Time) (time.Duration, bool) { return 0, false }

func (liveStreamKind) request(context.Context, *follower, commit.Followed) (createRequest, error) {
	return nil, notCreated("live streams")
}

// notCreated says that this release does not create a kind.
func notCreated(plural string) error {
	return terminal(video.ReasonUpdateUnsupported,
		"%s cannot be created by this release; create it at Mux and name it in spec.import.id of a new object, with managementPolicy Observe to follow it only", plural)
}

func (liveStreamKind) acknowledge(commit.Followed) {}
func (liveStreamKind) forget(commit.Followed)      {}

func (liveStreamKind) search(context.Context, *mux.Client, string, time.Time) (id, duplicate string, err error) {
	return "", "", nil // nothing was ever sent
}

// update sends nothing: an adopted live stream keeps the settings that it has.
func (liveStreamKind) update(context.Context, *follower, *scope) error { return nil }
