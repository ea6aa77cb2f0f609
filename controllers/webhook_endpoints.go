// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// endpoint is a webhook endpoint of this MuxEnvironment at Mux.
type endpoint struct {
	mux.Webhook
	base   string
	serial int32
	// held says that its signing secret is in the Secret. Without it the endpoint is of no use, for Mux never tells it again.
	held bool
}

// endpoints are what Mux has, sorted by what this MuxEnvironment has to do with it.
type endpoints struct {
	own    []endpoint // the newest first
	others []string   // ids of those that others have made for the same address
}

// sortEndpoints tells the own ones from others. base is the wanted address without its query.
func sortEndpoints(env *video.MuxEnvironment, base string, all []mux.Webhook, secret map[string][]byte) (e endpoints) {
	for _, w := range all {
		at, owner, serial := readAddress(w.Address)
		switch {
		case owner == string(env.UID):
			e.own = append(e.own, endpoint{Webhook: w, base: at, serial: serial, held: len(secret[w.ID]) > 0})
		case at == base:
			e.others = append(e.others, w.ID)
		}
	}
	slices.SortFunc(e.own, func(a, b endpoint) int { return cmp.Or(cmp.Compare(b.serial, a.serial), cmp.Compare(a.ID, b.ID)) })
	return e
}

// current is the endpoint that does what the spec asks for; nil for none.
func (e endpoints) current(env *video.MuxEnvironment, base string) *endpoint {
	for i := range e.own {
		if own := &e.own[i]; own.held && own.base == base && own.serial >= env.Status.WebhookSerial {
			return own
		}
	}
	return nil
}

// nextSerial is one that no endpoint had that is known of.
func (e endpoints) nextSerial(status *video.MuxEnvironmentStatus) int32 {
	newest := max(status.WebhookSerial-1, 0)
	for _, own := range e.own {
		newest = max(newest, own.serial)
	}
	for _, recorded := range status.WebhookEndpoints {
		newest = max(newest, recorded.Serial)
	}
	return newest + 1
}

// rotationOverlap is how long the endpoint with the old signing secret stays beside the new one. An event from before the new one
// was made is redelivered to the old one alone, for 24 hours; an hour more is for clocks and for attempts that are under way.
const rotationOverlap = 25 * time.Hour

// leaving are the endpoints that are to be deleted now, and how long it is until the next one is; 0 for never. Those with another
// address, and those without a secret, serve nobody.
func (e endpoints) leaving(current *endpoint, now time.Time) (gone []endpoint, next time.Duration) {
	for i, own := range e.own {
		if current != nil && own.ID == current.ID {
			continue
		}
		wait := time.Duration(0)
		if current != nil && own.held && own.base == current.base {
			wait = e.successor(i, current).CreatedAt.Add(rotationOverlap).Sub(now)
		}
		if wait <= 0 {
			gone = append(gone, own)
		} else {
			next = soonest(next, wait)
		}
	}
	return gone, next
}

// successor is the endpoint that took the place of one: the oldest that is newer and serves the same address.
func (e endpoints) successor(i int, current *endpoint) *endpoint {
	for j := i - 1; j >= 0; j-- {
		if newer := &e.own[j]; newer.held && newer.base == current.base {
			return newer
		}
	}
	return current
}

// soonest is the shorter of two waits, of which 0 is none.
func soonest(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// without leaves out those that have been deleted.
func (e endpoints) without(gone []endpoint) endpoints {
	e.own = slices.DeleteFunc(slices.Clone(e.own), func(own endpoint) bool {
		return slices.ContainsFunc(gone, func(g endpoint) bool { return g.ID == own.ID })
	})
	return e
}

// record writes down what there is. An endpoint that was begun and is not seen stays for as long as it may still appear.
func (e endpoints) record(status *video.MuxEnvironmentStatus, until time.Time) {
	var recorded []video.WebhookEndpointStatus
	for _, own := range e.own {
		recorded = append(recorded, video.WebhookEndpointStatus{
			Address: own.Address, ID: own.ID, Serial: own.serial, CreatedAt: metav1.NewTime(own.CreatedAt.Truncate(time.Second)),
		})
	}
	for _, begun := range status.WebhookEndpoints {
		seen := slices.ContainsFunc(e.own, func(own endpoint) bool { return own.serial == begun.Serial })
		if begun.ID == "" && !seen && begun.CreatedAt.After(until) {
			recorded = append(recorded, begun)
		}
	}
	status.WebhookEndpoints = recorded
}
