// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"hash/maphash"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// delivery is a verified event with what it holds of the limits.
type delivery struct {
	env   *video.MuxEnvironment
	event *mux.Event
	place *place
	// hurried is true where there is no place to wait for an answer: what the event tells is kept at most.
	hurried bool
	// giveProcessor is called before the first wait for a write, so that who waits has none; what little is done after that is done without.
	giveProcessor func()
}

// line is where the event waits for its turn to write.
func (d *delivery) line() string { return client.ObjectKeyFromObject(d.env).String() }

// sameEvent is equal for deliveries of one event. What it says is part of it, so that two events to which somebody gave one
// id are two.
type sameEvent struct {
	kind, id string
	at       int64
	data     uint64
}

// seed of the hashes of data, which never leave the process.
var seed = maphash.MakeSeed()

// same is the event in a form that can be compared; nil where it has no id.
func (d *delivery) same() any {
	if d.event.ID == "" {
		return nil
	}
	return sameEvent{kind: d.event.Type, id: d.event.ID, at: d.event.CreatedAt.UnixNano(), data: maphash.Bytes(seed, d.event.Data)}
}

// ticket is what one commit of the event brings along. The lag ends when the effect is durable, also where its sender no longer
// waits for the answer: that is when it is longest.
func (r *Receiver) ticket(d *delivery) commit.Ticket {
	d.place.hold()
	created := d.event.CreatedAt // and not the event, with all that Mux has said
	return commit.Ticket{
		Line: d.line(), Hurried: d.hurried, Waits: d.giveProcessor, Same: d.same(), Released: d.place.leave,
		Applied: func() { r.metrics.effective(created, r.options.Now()) },
	}
}
