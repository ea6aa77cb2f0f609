// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// +kubebuilder:rbac:groups=video.mux.com,resources=muxlivestreams,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=video.mux.com,resources=muxlivestreams/status,verbs=patch

// liveStreamKind is MuxLiveStream.
type liveStreamKind struct{}

func liveStreamOf(o commit.Followed) *video.MuxLiveStream { return o.(*video.MuxLiveStream) }

func (liveStreamKind) name() string               { return "muxlivestream" }
func (liveStreamKind) noun() string               { return "live stream" }
func (liveStreamKind) newObject() commit.Followed { return &video.MuxLiveStream{} }
func (liveStreamKind) newList() client.ObjectList { return &video.MuxLiveStreamList{} }

// changed passes what may make the controller act: the live stream has become idle, for which changes wait, or is deleted; what can
// be changed shows something else; a part has come or gone; somebody has changed it, perhaps its stream key.
func (liveStreamKind) changed(before, after commit.Followed) bool {
	was, is := &liveStreamOf(before).Status, &liveStreamOf(after).Status
	return isIdle(is) && !isIdle(was) ||
		(is.State == projection.StateDeleted) != (was.State == projection.StateDeleted) ||
		!equality.Semantic.DeepEqual(was.Digests, is.Digests) ||
		updatedAt(was).Before(updatedAt(is)) ||
		partsChanged(liveParts, before, after)
}

// isIdle says whether nothing of a broadcast is under way, not even an encoder that waits.
func isIdle(status *video.MuxLiveStreamStatus) bool {
	return status.State == projection.StateIdle && status.ActiveAssetID == "" && !status.Connected
}

// updatedAt is the time of the newest event that told of a change, on Mux's clock.
func updatedAt(status *video.MuxLiveStreamStatus) time.Time {
	if status.Stamps == nil {
		return time.Time{}
	}
	return projection.StampTime(status.Stamps.Updated)
}

func (liveStreamKind) takesFrom(o commit.Followed, secret string) bool {
	for _, target := range liveStreamOf(o).Spec.SimulcastTargets {
		for _, from := range []*video.SecretKeyReference{target.URLFrom, target.StreamKeySecretRef} {
			if from != nil && from.Name == secret {
				return true
			}
		}
	}
	return false
}

func (liveStreamKind) get(ctx context.Context, c *mux.Client, id string) (told, error) {
	answer, err := c.GetLiveStream(ctx, id)
	return toldLiveStreamAt(&answer, answer.Meta.AsOf(mux.GetMargin), projection.SourceGet), err
}

// toldLiveStreamAt is what an answer tells of a live stream, with what goes into its Secret.
func toldLiveStreamAt(answer *mux.Answer[mux.LiveStream], at time.Time, source string) told {
	t := toldOfLiveStream(projection.LiftLiveStreamAnswer(&answer.Value, at, source, answer.Meta.Digest))
	t.id, t.meta = answer.Value.ID, answer.Meta
	t.secrets = ingestSecrets(&answer.Value)
	return t
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

// due asks for a GET where webhooks have not shown a part that was added. Of its secrets see staleSince.
func (liveStreamKind) due(o commit.Followed, now time.Time) (time.Duration, bool) {
	return partsDue(liveParts, o, projection.StampTime(liveStampsOf(o).Snapshot), now)
}

// search reads live streams, newest first, back to a time. The first that was made with the token is it; a later one is the duplicate.
func (liveStreamKind) search(ctx context.Context, c *mux.Client, token string, oldest time.Time) (id, duplicate string, err error) {
	err = eachLiveStream(ctx, c, oldest, func(stream *mux.LiveStream) {
		if stream.Passthrough == token && stream.ID != id {
			duplicate, id = id, stream.ID
		}
	})
	return id, duplicate, err
}

// eachLiveStream shows all live streams, newest first, on pages that go back to a time. A page may repeat what the one before has
// shown, since what is made meanwhile moves them.
func eachLiveStream(ctx context.Context, c *mux.Client, oldest time.Time, show func(*mux.LiveStream)) error {
	for page := 1; ; page++ {
		answer, err := c.ListLiveStreams(ctx, listLimit, page)
		if err != nil {
			return err
		}
		for i := range answer.Value {
			show(&answer.Value[i])
		}
		if len(answer.Value) < listLimit || answer.Value[len(answer.Value)-1].CreatedAt.Time.Before(oldest) {
			return nil
		}
	}
}

// searchOwn finds those with the spec's own passthrough.
func (liveStreamKind) searchOwn(ctx context.Context, c *mux.Client, o commit.Followed, from, until time.Time) (found []string, err error) {
	own := liveStreamOf(o).Spec.Passthrough
	if own == nil || *own == "" {
		return nil, nil
	}
	err = eachLiveStream(ctx, c, from, func(stream *mux.LiveStream) {
		if stream.Passthrough == *own && between(stream.CreatedAt.Time, from, until) && !slices.Contains(found, stream.ID) {
			found = append(found, stream.ID)
		}
	})
	return found, err
}

func (liveStreamKind) once() map[string]func(commit.Followed) *string {
	return map[string]func(commit.Followed) *string{
		completeAction.annotation: completeAction.handled,
		resetAction.annotation:    resetAction.handled,
	}
}

// assume has nothing to do: what can be sent of a live stream can be sent again.
func (liveStreamKind) assume(commit.Followed) {}
