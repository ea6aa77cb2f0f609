// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// target is a kind of object that a family of events moves.
type target struct {
	family    family
	newList   func() client.ObjectList
	newObject func() commit.Followed
	// lift gives what an event tells; false for nothing.
	lift func(*mux.Event) (told, bool)
	// fragments are the prefixes of event types whose data is a part of the object; parent is the object's id in such data.
	fragments []string
	parent    func(mux.DataIDs) string
	// token is the create token in the data of an event; "" for none.
	token func(mux.DataIDs) string
	// commit writes the status, commitTo that of an object that the cache need not have; drain waits for what is being written.
	commit   func(context.Context, client.ObjectKey, commit.Change, commit.Ticket) (commit.Outcome, error)
	commitTo func(context.Context, commit.Followed, commit.Change, commit.Ticket) (commit.Outcome, error)
	drain    func()
}

// newTargets are the kinds by the family of their events.
func newTargets(c *commit.Committer, turns *commit.Turns) map[family]*target {
	none := func(mux.DataIDs) string { return "" }
	assets := &target{
		family:    familyAsset,
		newList:   func() client.ObjectList { return &video.MuxAssetList{} },
		newObject: func() commit.Followed { return &video.MuxAsset{} },
		lift:      liftAsset,
		fragments: []string{"video.asset.track.", "video.asset.static_rendition."},
		parent:    func(ids mux.DataIDs) string { return ids.AssetID },
		token:     func(ids mux.DataIDs) string { return ids.ExternalID },
	}
	streams := &target{
		family:    familyLiveStream,
		newList:   func() client.ObjectList { return &video.MuxLiveStreamList{} },
		newObject: func() commit.Followed { return &video.MuxLiveStream{} },
		lift:      liftLiveStream,
		fragments: []string{"video.live_stream.simulcast_target."},
		parent:    func(ids mux.DataIDs) string { return ids.LiveStreamID },
		token:     func(ids mux.DataIDs) string { return ids.Passthrough },
	}
	uploads := &target{
		family:    familyUpload,
		newList:   func() client.ObjectList { return &video.MuxUploadList{} },
		newObject: func() commit.Followed { return &video.MuxUpload{} },
		lift:      liftUpload,
		parent:    none,
		token:     func(ids mux.DataIDs) string { return ids.UploadToken },
	}
	group[*video.MuxAsset](assets, c, turns)
	group[*video.MuxLiveStream](streams, c, turns)
	group[*video.MuxUpload](uploads, c, turns)
	return map[family]*target{assets.family: assets, streams.family: streams, uploads.family: uploads}
}

// group gives a target its group of commits: one patch in flight per object of the kind.
func group[T commit.Followed](t *target, c *commit.Committer, turns *commit.Turns) {
	g := commit.NewGroup[T](c, turns)
	t.commit, t.drain = g.Commit, g.Drain
	t.commitTo = func(ctx context.Context, object commit.Followed, change commit.Change, ticket commit.Ticket) (commit.Outcome, error) {
		return g.CommitTo(ctx, object.(T), change, ticket)
	}
}

// isFragment is true for events whose data is a part of an object and has that part's own id.
func (t *target) isFragment(eventType string) bool {
	for _, prefix := range t.fragments {
		if strings.HasPrefix(eventType, prefix) {
			return true
		}
	}
	return false
}

// ids are the ids that may be the object's, the most certain first. The data of a fragment names its object as parent.
func (t *target) ids(event *mux.Event, ids mux.DataIDs) []string {
	if t.isFragment(event.Type) {
		return distinct(t.parent(ids), event.Object.ID)
	}
	return distinct(ids.ID, event.Object.ID)
}

// distinct leaves out what is empty or there already.
func distinct(a, b string) []string {
	switch {
	case a == "" && b == "":
		return nil
	case a == "":
		return []string{b}
	case b == "" || a == b:
		return []string{a}
	default:
		return []string{a, b}
	}
}
