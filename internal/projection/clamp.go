// SPDX-License-Identifier: Apache-2.0

package projection

import "unicode/utf8"

// Bounds of what a status keeps, in bytes. A track or rendition as Mux makes them has about 130: 64 and 32 of those are
// 12 kB, which leaves room for the rest within the 16 kB that a status aims at.
const (
	maxText = 512
	// Mux allows titles of 512 and passthroughs of 255 characters of up to four bytes; they are compared with the spec,
	// so they must not be cut.
	maxTitle       = 4 * 512
	maxPassthrough = 4 * 255
	maxID          = 255
	maxMessages    = 5
	maxPlayback    = 32
	maxTracks      = 64
	maxRenditions  = 32
	maxTargets     = 16
	maxRecent      = 16
)

// Bounds of the lists of a status: one that is full may not hold all that there is.
const (
	MaxPlaybackIDs      = maxPlayback
	MaxTracks           = maxTracks
	MaxStaticRenditions = maxRenditions
	MaxSimulcastTargets = maxTargets
)

// Clamp cuts text to at most limit bytes without cutting a character in two.
func Clamp(text string, limit int) string { return clamp(text, limit) }

// clamp cuts text to at most limit bytes without cutting a character in two.
func clamp(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
