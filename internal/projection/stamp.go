// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"cmp"
	"strings"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Sources of REST answers in a stamp.
const (
	// SourceGet marks the answer to a GET of one object.
	SourceGet = "GET"
	// SourceList marks an element of a LIST page.
	SourceList = "LIST"
	// SourceWrite marks the answer to a change of our own; it wins a tie of time.
	SourceWrite = "WRITE"
)

// none stands in a stamp for a word that the observation did not have. It sorts before every digit, so a stamp without
// time is older than any with one.
const none = "-"

// stampTime has a fixed width, so that times compare as strings.
const stampTime = "2006-01-02T15:04:05.000000Z"

// maxWord bounds each word of a stamp: event ids have 36 characters, and a status holds many stamps.
const maxWord = 64

// stamp is a parsed video.Stamp. The zero stamp is bottom: nothing was observed.
type stamp struct {
	time, state, source, id string
}

func newStamp(at time.Time, state, source, id string) stamp {
	s := stamp{time: none, state: word(state), source: word(source), id: word(id)}
	if !at.IsZero() {
		s.time = at.UTC().Format(stampTime)
	}
	return s
}

// word makes text fit between the spaces of a stamp.
func word(text string) string {
	text = strings.Join(strings.Fields(text), "_")
	if text == "" {
		return none
	}
	return clamp(text, maxWord)
}

func parseStamp(text video.Stamp) stamp {
	words := strings.SplitN(string(text), " ", 4)
	if len(words) != 4 {
		return stamp{}
	}
	return stamp{time: words[0], state: words[1], source: words[2], id: words[3]}
}

func (s stamp) isZero() bool { return s == stamp{} }

func (s stamp) String() string {
	if s.isZero() {
		return ""
	}
	return s.time + " " + s.state + " " + s.source + " " + s.id
}

func (s stamp) text() video.Stamp { return video.Stamp(s.String()) }

func (s stamp) withState(state string) stamp {
	s.state = word(state)
	return s
}

// compare orders stamps by time, then by the rank of the state, of the source, and by the id. The order is total: two
// observations that differ have different ids.
func (s stamp) compare(o stamp) int {
	return cmp.Or(
		cmp.Compare(s.time, o.time),
		cmp.Compare(lifeRank(s.state), lifeRank(o.state)),
		cmp.Compare(sourceRank(s.source), sourceRank(o.source)),
		cmp.Compare(s.id, o.id),
		cmp.Compare(s.source, o.source),
		cmp.Compare(s.state, o.state),
	)
}

// compareByLife orders the snapshots of a thing with a life cycle: what the snapshot itself says of the state comes
// before its time. A snapshot without time still loses to every one that has a time.
func (s stamp) compareByLife(o stamp) int {
	return cmp.Or(
		cmp.Compare(s.clock(), o.clock()),
		cmp.Compare(lifeRank(s.state), lifeRank(o.state)),
		s.compare(o),
	)
}

// clock is 0 for bottom, 1 for an observation without time, 2 for one with a time.
func (s stamp) clock() int {
	switch s.time {
	case "":
		return 0
	case none:
		return 1
	default:
		return 2
	}
}

// latest and earliest keep a stamp that was set over one that was not.
func latest(a, b stamp) stamp {
	if a.compare(b) >= 0 {
		return a
	}
	return b
}

func earliest(a, b stamp) stamp {
	if a.isZero() || (!b.isZero() && b.compare(a) < 0) {
		return b
	}
	return a
}

// StampTime returns the time of a stamp, on Mux's clock; zero when it has none.
func StampTime(text video.Stamp) time.Time {
	at, err := time.Parse(stampTime, parseStamp(text).time)
	if err != nil {
		return time.Time{}
	}
	return at
}

// StampWords takes a stamp apart: its time as it is written there, the state, the source and the id; "" for those that it does not have.
func StampWords(text video.Stamp) (at, state, source, id string) {
	s := parseStamp(text)
	for _, word := range []*string{&s.time, &s.state, &s.source, &s.id} {
		if *word == none {
			*word = ""
		}
	}
	return s.time, s.state, s.source, s.id
}

// StampSource returns the source of a stamp: an event type without "video.", GET, LIST or WRITE; "" for no stamp.
func StampSource(text video.Stamp) string { return parseStamp(text).source }
