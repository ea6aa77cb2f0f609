// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What a status has to show is worked out here from the JSON that GET gives, without a line of this package.

// fields are those of a JSON object.
type fields = map[string]any

// rename copies what is set from one object to another under other names: "status→state" or the same "id".
func rename(from fields, names ...string) fields {
	to := fields{}
	for _, name := range names {
		old, renamed, found := strings.Cut(name, "→")
		if !found {
			renamed = old
		}
		switch value := from[old]; value {
		case nil, "", false, 0.0:
		default:
			to[renamed] = value
		}
	}
	return to
}

// inner is an object within another, nil for none.
func inner(of fields, name string) fields {
	value, _ := of[name].(fields)
	return value
}

func seconds3(value any) (string, bool) {
	number, ok := value.(float64)
	return (time.Duration(number*1000+0.5) * time.Millisecond).String(), ok
}

func putError(to fields, failure fields) {
	if failure == nil {
		return
	}
	want := rename(failure, "type")
	if messages, _ := failure["messages"].([]any); len(messages) > 0 {
		want["messages"] = messages
	}
	if message, _ := failure["message"].(string); message != "" {
		want["messages"] = []any{message}
	}
	to["error"] = want
}

func putTime(to, from fields) {
	if text, ok := from["created_at"].(string); ok {
		unix, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(err)
		}
		to["createdAt"] = time.Unix(unix, 0).UTC().Format(time.RFC3339)
	}
}

// putList copies a list of objects, in the order of less.
func putList(to fields, name string, from any, element func(fields) fields, key func(fields) string) {
	list, _ := from.([]any)
	var all []any
	for _, o := range list {
		all = append(all, element(o.(fields)))
	}
	slices.SortStableFunc(all, func(a, b any) int { return strings.Compare(key(a.(fields)), key(b.(fields))) })
	if len(all) > 0 {
		to[name] = all
	}
}

func playbackID(o fields) fields { return rename(o, "id", "policy") }

// publicFirst lists playback ids that need no token first.
func publicFirst(o fields) string { return fmt.Sprint(o["policy"] != "public", o["id"]) }

func byID(o fields) string { return o["id"].(string) }

// shownAsset is the status of an asset by its GET.
func shownAsset(get fields) fields {
	want := rename(get, "status→state", "aspect_ratio→aspectRatio", "resolution_tier→resolutionTier", "max_resolution_tier→maxResolutionTier",
		"video_quality→videoQuality", "ingest_type→ingestType", "is_live→isLive", "test", "passthrough", "live_stream_id→liveStreamID",
		"upload_id→uploadID", "source_asset_id→sourceAssetID")
	putTime(want, get)
	if duration, ok := seconds3(get["duration"]); ok {
		want["duration"] = duration
	}
	if meta := rename(inner(get, "meta"), "title", "creator_id→creatorID", "external_id→externalID"); len(meta) > 0 {
		want["meta"] = meta
	}
	if master := inner(get, "master"); master != nil {
		want["master"] = rename(master, "status")
	}
	if len(inner(get, "non_standard_input_reasons")) > 0 {
		want["nonStandardInput"] = true
	}
	putError(want, inner(get, "errors"))
	putList(want, "playbackIDs", get["playback_ids"], playbackID, publicFirst)
	putList(want, "tracks", get["tracks"], func(o fields) fields {
		track := rename(o, "id", "type", "status", "text_type→textType", "text_source→textSource", "language_code→languageCode", "name",
			"closed_captions→closedCaptions", "primary", "passthrough")
		putError(track, inner(o, "error"))
		return track
	}, func(o fields) string {
		return fmt.Sprint(strings.Index("video audio text", o["type"].(string))+10, o["id"])
	})
	putList(want, "staticRenditions", inner(get, "static_renditions")["files"], func(o fields) fields {
		rendition := rename(o, "id", "name", "resolution", "status", "width", "height", "passthrough")
		if rendition["id"] == nil { // those of mp4_support have none
			rendition["id"] = rendition["name"]
		}
		if size, ok := o["filesize"].(string); ok {
			number, _ := strconv.ParseFloat(size, 64)
			rendition["filesize"] = number
		}
		putError(rendition, inner(o, "error"))
		return rendition
	}, byID)
	if get["mp4_support"] != "none" {
		want["legacyRenditions"] = inner(get, "static_renditions")["status"]
	}
	return want
}

// shownLiveStream is the status of a live stream by its GET.
func shownLiveStream(get fields) fields {
	want := rename(get, "status→state", "active_asset_id→activeAssetID", "active_ingest_protocol→activeIngestProtocol", "latency_mode→latencyMode",
		"test", "audio_only→audioOnly", "passthrough")
	putTime(want, get)
	if recent, _ := get["recent_asset_ids"].([]any); len(recent) > 0 {
		want["recentAssetIDs"] = recent
	}
	for to, from := range map[string]string{"reconnectWindow": "reconnect_window", "maxContinuousDuration": "max_continuous_duration"} {
		if duration, ok := seconds3(get[from]); ok {
			want[to] = duration
		}
	}
	if title, _ := inner(get, "meta")["title"].(string); title != "" {
		want["title"] = title
	}
	putList(want, "playbackIDs", get["playback_ids"], playbackID, publicFirst)
	putList(want, "simulcastTargets", get["simulcast_targets"], func(o fields) fields {
		return rename(o, "id", "passthrough→name", "status", "error_severity→errorSeverity")
	}, byID)
	return want
}

// shownUpload is the status of an upload by its GET.
func shownUpload(get fields) fields {
	want := rename(get, "status→state", "asset_id→assetID", "test")
	putError(want, inner(get, "error"))
	return want
}

// status is what is stored after the observations, as a reader gets it, without what is not from Mux.
func statusAfter(t *testing.T, of *species, observations []observation) (fields, string) {
	t.Helper()
	object := of.start()
	for _, o := range observations {
		o.join(object, time.Time{})
		of.summarize(object, metav1.NewTime(base))
	}
	var conditions []string
	for _, c := range conditionsIn(object) {
		conditions = append(conditions, map[metav1.ConditionStatus]string{metav1.ConditionTrue: "+", metav1.ConditionFalse: "-"}[c.Status]+c.Type)
	}
	data, err := json.Marshal(of.status(object))
	if err != nil {
		t.Fatal(err)
	}
	var status fields
	if err := json.Unmarshal(data, &status); err != nil {
		t.Fatal(err)
	}
	withoutOurs(status)
	delete(status, "expiresAt") // is worked out, not told
	delete(status, "assetRef")
	delete(status, "digests") // see TestDigests
	return status, strings.Join(conditions, " ")
}

// withoutOurs drops what is not from Mux, and the stamps.
func withoutOurs(status fields) {
	for _, ours := range []string{"stamps", "conditions", "projectionVersion", "observedGeneration"} {
		delete(status, ours)
	}
	for _, list := range []string{"tracks", "staticRenditions", "playbackIDs", "simulcastTargets"} {
		elements, _ := status[list].([]any)
		for _, element := range elements {
			delete(element.(fields), "stamp")
			delete(element.(fields), "absentAt")
		}
	}
}

// byWebhooksAlone is what GET does not show: an encoder is connected, and its broadcast recorded.
var byWebhooksAlone = map[string]fields{
	"broadcast that goes on: MuxLiveStream": {"connected": true, "recording": true},
}

// endConditions are those at the end of each life: + is True, - False. The spec of each asset asks for a text track English and
// the static rendition highest.
var endConditions = map[string]string{
	"asset from a URL: MuxAsset":                                       "+Ready +Synced +Playable +Finalized +TextTracksReady +StaticRenditionsReady",
	"deletion: MuxAsset":                                               "-Ready +Stalled +Synced -Playable -Finalized +StaticRenditionsReady",
	"asset that errors: MuxAsset":                                      "-Ready +Stalled +Synced -Playable -Finalized",
	"text tracks that error and go: MuxAsset":                          "-Ready +Reconciling +Synced +Playable +Finalized -TextTracksReady",
	"static renditions that error and go: MuxAsset":                    "-Ready +Reconciling +Synced +Playable +Finalized -StaticRenditionsReady",
	"mp4 support: MuxAsset":                                            "-Ready +Reconciling +Synced +Playable +Finalized",
	"master access twice: MuxAsset":                                    "-Ready +Reconciling +Synced +Playable +Finalized +MasterReady",
	"master copy that errors: MuxAsset":                                "-Ready +Reconciling +Synced +Playable +Finalized -MasterReady",
	"direct upload: MuxUpload":                                         "+Ready +Synced",
	"direct upload: MuxAsset":                                          "-Ready +Reconciling +Synced +Playable +Finalized",
	"upload that errors: MuxUpload":                                    "-Ready +Stalled +Synced",
	"upload that errors: MuxAsset":                                     "-Ready +Stalled +Synced -Playable -Finalized",
	"upload that is cancelled: MuxUpload":                              "-Ready +Stalled +Synced",
	"upload that times out: MuxUpload":                                 "-Ready +Stalled +Synced",
	"broadcast with a reconnect and a second session: MuxLiveStream":   "+Ready +Synced -Connected -Recording -Active",
	"broadcast with a reconnect and a second session: MuxAsset":        "-Ready +Reconciling +Synced +Playable +Finalized",
	"broadcast with a reconnect and a second session: MuxAsset again":  "-Ready +Reconciling +Synced +Playable +Finalized",
	"broadcast that goes on: MuxLiveStream":                            "+Ready +Synced +Connected +Recording +Active +SimulcastHealthy",
	"broadcast that goes on: MuxAsset":                                 "-Ready +Reconciling +Synced +Playable -Finalized",
	"simulcast with errors: MuxLiveStream":                             "+Ready +Synced -Connected -Recording -Active -SimulcastHealthy",
	"simulcast of a broadcast that ends: MuxLiveStream":                "+Ready +Synced -Connected -Recording +Active +SimulcastHealthy",
	"simulcast with errors: MuxAsset":                                  "-Ready +Reconciling +Synced +Playable +Finalized",
	"live stream that is changed, disabled and deleted: MuxLiveStream": "-Ready +Stalled +Synced -Connected -Recording -Active",
}

// byRESTAlone is what no webhook tells: the end of an upload in time, and why one has errored.
var byRESTAlone = map[string]fields{
	"upload that times out: MuxUpload": {"state": StateTimedOut},
	"upload that errors: MuxUpload":    {"error": fields{"type": "invalid_input", "messages": []any{"The asset could not be made from the upload."}}},
}

// TestLivesEndAsShown compares the status at the end of each life, after its events and after its events and REST answers,
// with what GET shows then.
func TestLivesEndAsShown(t *testing.T) {
	compared := 0
	for _, l := range lives {
		t.Run(l.name, func(t *testing.T) {
			for _, told := range l.tell(t) {
				want := told.shown()
				compared += len(want)
				got, conditions := statusAfter(t, told.of, slices.Concat(told.events, told.answers))
				if told.end == nil {
					got = fields{"state": got["state"]}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: GET (-), status after events and REST answers (+):\n%s", told.name, diff)
				}
				if diff := cmp.Diff(endConditions[told.name], conditions); diff != "" {
					t.Errorf("%s: conditions (-), those after events and REST answers (+):\n%s", told.name, diff)
				}
				got, _ = statusAfter(t, told.of, told.events)
				if told.end == nil {
					got = fields{"state": got["state"]}
				}
				for name, value := range byRESTAlone[told.name] {
					if cmp.Equal(got[name], value) {
						t.Errorf("%s: webhooks tell %s after all", told.name, name)
					}
					got[name] = value
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: GET (-), status after events alone (+):\n%s", told.name, diff)
				}
			}
		})
	}
	t.Logf("%d fields are as GET shows them", compared)
}

// shown is what a status has to show.
func (p told) shown() fields {
	if p.end == nil {
		return fields{"state": "deleted"}
	}
	var want fields
	switch p.of {
	case assetSpecies:
		want = shownAsset(p.end)
	case streamSpecies:
		want = shownLiveStream(p.end)
	default:
		want = shownUpload(p.end)
	}
	for name, value := range byWebhooksAlone[p.name] {
		want[name] = value
	}
	return want
}
