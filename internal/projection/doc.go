// SPDX-License-Identifier: Apache-2.0

// Package projection turns what Mux says into what a status shows. It is pure: no clock, no I/O.
//
// An observation is a webhook event or a REST answer. Lift gives the partial status that one observation knows; Join
// merges two statuses. Join is commutative, associative and idempotent and never goes back, so observations may arrive in
// any order, any number of times, at any replica, and the status ends the same. Summarize derives the conditions.
//
// How two values of one thing are joined:
//
//   - An asset's state follows its life cycle, preparing < ready < errored < deleted, and keeps the smallest stamp that
//     reached it: Mux's clocks lag, life cycles do not.
//   - Everything else in a snapshot goes together, by the life-cycle state that the snapshot itself reports and then by
//     time. A snapshot of a preparing asset is older than one of a ready asset whatever their clocks say.
//   - A collection (playback ids, tracks, static renditions) has the stamp of the newest whole answer; an element has its
//     own where it differs. Absence counts only in an answer that has the collection at all. See collection.go.
//   - A trustworthy 404 is a stamp of its own: it counts as deleted until something newer is seen.
//
// Status fields are bounded here, by clamping, not by the schema: an event can always be stored.
package projection
