// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// What a file is like unless its URL says otherwise: the numbers of Mux's own examples.
const (
	defaultDuration  = 23.857167 // s
	defaultWidth     = 1920
	defaultHeight    = 1080
	defaultFrameRate = 29.97
	// tracksShorter is how much shorter the tracks of those examples are than their asset, s.
	tracksShorter   = 0.033375
	longestDuration = 12 * 3600 // s; Mux's bound for an asset
	largestSide     = 16384
	testDuration    = 10             // s; longest of a test asset
	testLifetime    = 24 * time.Hour // of a test asset
)

// media is what probing finds out about a file. The simulator does not fetch it: the URL tells.
type media struct {
	duration      float64
	width, height int
	audioOnly     bool
	broken        bool // sim-error
	slow          bool // sim-slow
	nonStandard   bool // sim-nonstandard
}

// probe reads the markers of a URL, which the package documentation lists.
func probe(address string, test bool) media {
	m := media{duration: defaultDuration, width: defaultWidth, height: defaultHeight}
	u, err := url.Parse(address)
	if err != nil {
		return m
	}
	m.broken = strings.Contains(u.Path, "sim-error")
	m.slow = strings.Contains(u.Path, "sim-slow")
	m.audioOnly = strings.Contains(u.Path, "sim-audio-only")
	m.nonStandard = strings.Contains(u.Path, "sim-nonstandard")
	query := u.Query()
	if d, err := strconv.ParseFloat(query.Get("sim-duration"), 64); err == nil && d > 0 && d <= longestDuration {
		m.duration = d
	}
	if w, h, ok := strings.Cut(query.Get("sim-size"), "x"); ok {
		width, errW := strconv.Atoi(w)
		height, errH := strconv.Atoi(h)
		if errW == nil && errH == nil && min(width, height) > 0 && max(width, height) <= largestSide {
			m.width, m.height = width, height
		}
	}
	if test {
		m.duration = min(m.duration, testDuration)
	}
	return m
}

func (m media) trackDuration() float64 { return max(m.duration-tracksShorter, m.duration/2) }

// lines is the size that tiers and renditions count in: the shorter side.
func (m media) lines() int {
	if m.audioOnly {
		return 0
	}
	return min(m.width, m.height)
}

func (m media) aspectRatio() string {
	a, b := m.width, m.height
	for b != 0 {
		a, b = b, a%b
	}
	return fmt.Sprintf("%d:%d", m.width/a, m.height/a)
}

// storedLines is what is left of lines under a max_resolution_tier.
func (m media) storedLines(maxTier string) int {
	return min(m.lines(), tierLines[maxTier])
}

var tierLines = map[string]int{"1080p": 1080, "1440p": 1440, "2160p": 2160}

func resolutionTier(lines int) string {
	switch {
	case lines == 0:
		return "audio-only"
	case lines <= 720:
		return "720p"
	case lines <= 1080:
		return "1080p"
	case lines <= 1440:
		return "1440p"
	}
	return "2160p"
}

func maxStoredResolution(lines int) string {
	switch {
	case lines == 0:
		return "Audio only"
	case lines < 720:
		return "SD"
	case lines <= 1080:
		return "HD"
	case lines <= 1440:
		return "FHD"
	}
	return "UHD"
}

// describe adds what probing tells about the asset as a whole.
func (m media) describe(o object, maxTier string) {
	lines := m.storedLines(maxTier)
	o["duration"] = m.duration
	o["resolution_tier"] = resolutionTier(lines)
	o["max_stored_resolution"] = maxStoredResolution(lines)
	if m.audioOnly {
		return
	}
	o["max_stored_frame_rate"] = defaultFrameRate
	o["aspect_ratio"] = m.aspectRatio()
	if m.nonStandard {
		o["non_standard_input_reasons"] = object{"video_codec": "hevc"}
	}
}
