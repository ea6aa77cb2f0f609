// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"slices"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// observation is something that was said at one moment, with the parts of the status that it has set.
type observation struct {
	// Time is on Mux's clock, of the operator's own acts and of transitions on its clock; "" where the event bore none.
	Time string `json:"time,omitempty"`
	// Source is event, GET, LIST, WRITE (the answer to a change of ours), operator, or transition (a Kubernetes Event of the object).
	Source string `json:"source"`
	// Event is the event's type.
	Event string `json:"event,omitempty"`
	// ID is the event's; of an answer it is a digest of its body.
	ID string `json:"id,omitempty"`
	// State is what the object itself said to be in.
	State string    `json:"state,omitempty"`
	Set   []setting `json:"set"`
}

// setting is a part of the status and what it was set to.
type setting struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// timeline collects what each observation has set.
type timeline struct {
	observations []*observation
	byStamp      map[video.Stamp]*observation
}

// sourceOperator marks what the operator did itself.
const sourceOperator = "operator"

// set notes that the observation of a stamp has set a field. Without a stamp nothing has.
func (t *timeline) set(stamp video.Stamp, field, value string) {
	if stamp == "" {
		return
	}
	o := t.byStamp[stamp]
	if o == nil {
		o = read(stamp)
		if t.byStamp == nil {
			t.byStamp = map[video.Stamp]*observation{}
		}
		t.byStamp[stamp] = o
		t.observations = append(t.observations, o)
	}
	o.Set = append(o.Set, setting{field, value})
}

// act notes something that the operator did at a time of its own clock.
func (t *timeline) act(at time.Time, field, value string) {
	t.observations = append(t.observations, &observation{
		Time: at.UTC().Format(timeOfStamps), Source: sourceOperator, Set: []setting{{field, value}},
	})
}

// sorted are the observations from the oldest.
func (t *timeline) sorted() []*observation { return inOrder(t.observations) }

// inOrder sorts observations from the oldest; those without a time come first, since they lose to all others.
func inOrder(observations []*observation) []*observation {
	slices.SortStableFunc(observations, func(a, b *observation) int {
		return cmp.Or(moment(a).Compare(moment(b)), cmp.Compare(a.ID, b.ID))
	})
	return observations
}

func moment(o *observation) time.Time {
	at, err := time.Parse(time.RFC3339Nano, o.Time)
	if err != nil {
		return time.Time{}
	}
	return at
}

// read takes a stamp apart, as api/v1alpha1 documents it.
func read(stamp video.Stamp) *observation {
	o := &observation{}
	o.Time, o.State, o.Source, o.ID = projection.StampWords(stamp)
	switch o.Source {
	case projection.SourceGet, projection.SourceList, projection.SourceWrite:
	default:
		o.Source, o.Event = "event", "video."+o.Source
	}
	return o
}

// name is how the text calls the observation.
func (o *observation) name() string {
	switch o.Source {
	case "event":
		return "event " + o.Event
	case projection.SourceGet:
		if o.ID == "404" {
			return "GET, answered 404"
		}
		return "answer to a GET"
	case projection.SourceList:
		return "element of a LIST"
	case projection.SourceWrite:
		return "answer to a change by the operator"
	case sourceTransition:
		return "transition, says a Kubernetes Event"
	default:
		return "the operator"
	}
}

// heading is the line above what the observation has set.
func (o *observation) heading() string {
	line := cmp.Or(o.Time, "without a time") + "  " + o.name()
	if o.ID != "" && o.Source == "event" {
		line += "  " + o.ID
	}
	return line
}
