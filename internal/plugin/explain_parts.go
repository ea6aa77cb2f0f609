// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// Fields of a status that one snapshot sets together: what Mux says of the object as a whole.
var (
	assetFacts = []string{
		"duration", "aspectRatio", "resolutionTier", "maxResolutionTier", "videoQuality", "ingestType", "createdAt", "isLive", "test",
		"passthrough", "meta", "liveStreamID", "uploadID", "sourceAssetID", "legacyRenditions", "master", "nonStandardInput", "error",
	}
	liveStreamFacts = []string{
		"activeAssetID", "recentAssetIDs", "activeIngestProtocol", "createdAt", "latencyMode", "reconnectWindow", "maxContinuousDuration",
		"test", "audioOnly", "passthrough", "title", "useSlateForStandardLatency", "newAssetSettings",
	}
	uploadFacts = []string{"assetID", "test", "error"}
)

// stamped are the other fields with a stamp of their own, or of their elements.
var stamped = []string{"id", "state", "playbackIDs", "tracks", "staticRenditions", "simulcastTargets", "connected", "recording"}

// unstamped are fields that no single observation has set: the operator's own records, and what follows from others.
var unstamped = []string{
	"observedGeneration", "conditions", "projectionVersion", "environmentID", "creation", "identified", "lastHandledRefresh", "children",
	"removed", "adding", "acknowledged", "lastHandledMaster", "lastHandledComplete", "lastHandledResetStreamKey", "streamKeyResetAt",
	"stamps", "assetRef", "expiresAt", "digests",
}

// partsOf collects which observation has set which part of an object's status.
func partsOf(object object) (*timeline, error) {
	t := &timeline{}
	switch o := object.(type) {
	case *video.MuxAsset:
		t.followed(&o.Status.FollowedStatus, o.Spec.Import)
		return t, t.asset(&o.Status)
	case *video.MuxLiveStream:
		t.followed(&o.Status.FollowedStatus, o.Spec.Import)
		return t, t.liveStream(&o.Status)
	case *video.MuxUpload:
		t.followed(&o.Status.FollowedStatus, o.Spec.Import)
		return t, t.upload(&o.Status)
	case *video.MuxEnvironment:
		t.environment(&o.Status)
	}
	return t, nil
}

// followed notes where the id came from.
func (t *timeline) followed(status *video.FollowedStatus, imported *video.ImportSpec) {
	if status.Creation != nil {
		t.act(status.Creation.StartedAt.Time, "creation", "the intent to create it at Mux was written")
	}
	switch {
	case status.ID == "":
	case status.Identified != nil && status.Identified.Stamp != "":
		t.set(status.Identified.Stamp, "id", status.ID)
	case status.Identified != nil:
		t.act(status.Identified.At.Time, "id", status.ID)
	}
}

// facts notes the fields of a snapshot.
func (t *timeline) facts(stamp video.Stamp, status any, fields []string, but ...string) error {
	content, err := asMap(status)
	if err != nil {
		return err
	}
	for _, field := range fields {
		if value, ok := content[field]; ok && !slices.Contains(but, field) {
			t.set(stamp, field, brief(value))
		}
	}
	return nil
}

func (t *timeline) asset(status *video.MuxAssetStatus) error {
	s := status.Stamps
	if s == nil {
		return nil
	}
	t.state(s.State, s.Absent, status.State)
	if err := t.facts(s.Snapshot, status, assetFacts, "isLive"); err != nil {
		return err
	}
	switch {
	case s.Completed != "":
		t.set(s.Completed, "isLive", "false: the recording has ended")
	case status.IsLive:
		t.set(s.Snapshot, "isLive", "true")
	}
	t.set(s.MasterReady, "stamps.masterReady", "the master is ready, at a new URL")
	playbackIDs(t, s.PlaybackIDs, status.PlaybackIDs)
	elements(t, "tracks", s.Tracks, status.Tracks, s.HiddenTracks, func(e video.TrackStatus) element {
		return element{e.Stamp, e.Status, e.ID, told(e.Type, e.LanguageCode, e.Status, e.ID)}
	})
	elements(t, "staticRenditions", s.StaticRenditions, status.StaticRenditions, s.HiddenStaticRenditions, func(e video.StaticRenditionStatus) element {
		return element{e.Stamp, e.Status, e.ID, told(e.Name, e.Status, e.ID)}
	})
	return nil
}

func (t *timeline) liveStream(status *video.MuxLiveStreamStatus) error {
	s := status.Stamps
	if s == nil {
		return nil
	}
	shown := s.Snapshot
	if status.State == projection.StateDeleted {
		shown = s.Deleted
	}
	t.state(shown, s.Absent, status.State)
	if err := t.facts(s.Snapshot, status, liveStreamFacts); err != nil {
		return err
	}
	t.set(s.Connected, "connected", fmt.Sprint(status.Connected))
	t.set(s.Recording, "recording", fmt.Sprint(status.Recording))
	t.set(s.Updated, "stamps.updated", "somebody has changed the live stream")
	playbackIDs(t, s.PlaybackIDs, status.PlaybackIDs)
	elements(t, "simulcastTargets", s.SimulcastTargets, status.SimulcastTargets, s.HiddenSimulcastTargets, func(e video.SimulcastTargetStatus) element {
		return element{e.Stamp, e.Status, e.ID, told(e.Name, e.Status, e.ID)}
	})
	return nil
}

func (t *timeline) upload(status *video.MuxUploadStatus) error {
	s := status.Stamps
	if s == nil {
		return nil
	}
	t.state(s.State, s.Absent, status.State)
	return t.facts(s.Snapshot, status, uploadFacts)
}

// state notes who said the state that is shown. A 404 counts as deleted until something newer is seen; where something is, it is
// remembered and of no effect.
func (t *timeline) state(reached, absent video.Stamp, shown string) {
	switch {
	case absent == "":
		t.set(reached, "state", shown)
	case shown == projection.StateDeleted && read(reached).State != projection.StateDeleted:
		if was := read(reached).State; was != "" {
			t.set(reached, "state", was+", before Mux did not find it any more")
		}
		t.set(absent, "state", shown)
	default:
		t.set(reached, "state", shown)
		t.set(absent, "stamps.absent", "a 404 that the life cycle or something newer has overruled")
	}
}

func playbackIDs(t *timeline, whole video.Stamp, ids []video.PlaybackIDStatus) {
	elements(t, "playbackIDs", whole, ids, nil, func(e video.PlaybackIDStatus) element {
		return element{e.Stamp, "", e.ID, told(e.Policy, e.ID)}
	})
}

// element is what explain shows of an element of a list.
type element struct {
	stamp      video.Stamp
	status, id string
	shown      string
}

// elements notes who told of each element of a list: its own stamp, or that of the answer with the whole list, which also says that
// there are none. Hidden ones are remembered so that what is older does not bring them back.
func elements[E any](t *timeline, field string, whole video.Stamp, shown, hidden []E, of func(E) element) {
	if len(shown) == 0 {
		t.set(whole, field, "none")
	}
	for _, one := range shown {
		e := of(one)
		t.set(cmp.Or(e.stamp, whole), field, e.shown)
	}
	for _, one := range hidden {
		e := of(one)
		t.set(cmp.Or(e.stamp, whole), field, told(e.status, e.id, "(remembered, not shown)"))
	}
}

// environment notes the operator's own acts: of a MuxEnvironment nothing is observed by webhooks.
func (t *timeline) environment(status *video.MuxEnvironmentStatus) {
	for _, endpoint := range status.WebhookEndpoints {
		t.act(endpoint.CreatedAt.Time, "webhookEndpoints", told("made", endpoint.ID))
	}
	if status.LastSweepTime != nil {
		t.act(status.LastSweepTime.Time, "lastSweepTime", fmt.Sprintf("the repair sweep found %d changes that no webhook told", status.MissedWebhooks))
	}
}

// told puts the words of an element together, without those that are not there.
func told(words ...string) string {
	var all []string
	for _, word := range words {
		if word != "" {
			all = append(all, word)
		}
	}
	return strings.Join(all, " ")
}

// brief is a value of JSON in one line.
func brief(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		var pairs []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, key+": "+brief(v[key]))
		}
		return strings.Join(pairs, ", ")
	default:
		return fmt.Sprint(v)
	}
}
