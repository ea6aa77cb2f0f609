// SPDX-License-Identifier: Apache-2.0

package projection

// States of an asset.
const (
	// StatePreparing : Mux is fetching or processing the input.
	StatePreparing = "preparing"
	// StateReady : the asset can be played.
	StateReady = "ready"
	// StateErrored : Mux gave up.
	StateErrored = "errored"
	// StateDeleted : Mux no longer has the asset.
	StateDeleted = "deleted"
	// StateSkipped : a static rendition does not fit the asset; final, not an error.
	StateSkipped = "skipped"
)

// States of a live stream, which come and go.
const (
	// StateIdle : nothing is broadcast.
	StateIdle = "idle"
	// StateActive : viewers can watch.
	StateActive = "active"
	// StateDisabled : encoders are refused.
	StateDisabled = "disabled"
)

// States of an upload; errored as for an asset.
const (
	// StateWaiting : Mux waits for the file.
	StateWaiting = "waiting"
	// StateTimedOut : the file did not come in time.
	StateTimedOut = "timed_out"
	// StateCancelled : somebody cancelled the upload.
	StateCancelled = "cancelled"
	// StateAssetCreated : the file has come and an asset is made of it.
	StateAssetCreated = "asset_created"
)

// lifeRanks is the order of life cycles: of assets and their parts, and of uploads. A state that is not here ranks lowest:
// it is shown while nothing else is known. The states of live streams are not here; they are ordered by time alone.
var lifeRanks = map[string]int{
	StatePreparing: 10, StateReady: 20, StateSkipped: 30,
	StateWaiting: 10, StateTimedOut: 15, StateCancelled: 20, StateAssetCreated: 30,
	StateErrored: 40, StateDeleted: 50,
}

func lifeRank(state string) int { return lifeRanks[state] }

// sourceRanks decides between observations with the same time and state, in the order in which Mux documents them being
// produced. A REST answer comes first, so that it never beats an event that may have come after it; the answer to our own
// change comes last.
var sourceRanks = map[string]int{
	"asset.created":                     1,
	"asset.non_standard_input_detected": 2,
	"asset.ready":                       3,
	"asset.errored":                     3,
	"asset.live_stream_completed":       4,
	"asset.updated":                     5,
	"asset.static_renditions.preparing": 6,
	"asset.static_renditions.ready":     7,
	"asset.static_renditions.errored":   7,
	"asset.static_renditions.deleted":   8,
	"asset.master.preparing":            6,
	"asset.master.ready":                7,
	"asset.master.errored":              7,
	"asset.master.deleted":              8,
	"asset.track.created":               1,
	"asset.track.ready":                 2,
	"asset.track.errored":               3,
	"asset.track.deleted":               4,
	"asset.static_rendition.created":    1,
	"asset.static_rendition.ready":      2,
	"asset.static_rendition.skipped":    3,
	"asset.static_rendition.errored":    4,
	"asset.static_rendition.deleted":    5,
	"asset.deleted":                     12,

	"upload.created":       1,
	"upload.asset_created": 2,
	"upload.cancelled":     2,
	"upload.errored":       3,

	// A change that somebody made may fall anywhere; the documented course of a broadcast goes before it. A target and the
	// snapshots of its live stream are in one order, since both tell of the target.
	"live_stream.updated":                       1,
	"live_stream.simulcast_target.updated":      1,
	"live_stream.created":                       2,
	"live_stream.simulcast_target.created":      3,
	"live_stream.enabled":                       4,
	"live_stream.connected":                     5,
	"live_stream.simulcast_target.starting":     6,
	"live_stream.recording":                     7,
	"live_stream.simulcast_target.broadcasting": 8,
	"live_stream.active":                        9,
	"live_stream.simulcast_target.errored":      10,
	"live_stream.disconnected":                  11,
	"live_stream.simulcast_target.idle":         12,
	"live_stream.idle":                          13,
	"live_stream.disabled":                      14,
	"live_stream.deleted":                       20,
	"live_stream.simulcast_target.deleted":      20,
	SourceWrite:                                 99,
}

func sourceRank(source string) int { return sourceRanks[source] }
