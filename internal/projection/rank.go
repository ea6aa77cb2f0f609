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

// lifeRanks is the order of life cycles. A state that is not here ranks lowest: it is shown while nothing else is known.
var lifeRanks = map[string]int{
	StatePreparing: 1,
	StateReady:     2,
	StateSkipped:   3,
	StateErrored:   4,
	StateDeleted:   5,
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
	SourceWrite:                         99,
}

func sourceRank(source string) int { return sourceRanks[source] }
