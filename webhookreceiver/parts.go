// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"slices"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// parts finds the objects of the cache by their tracks, static renditions and simulcast targets, some of whose events name nothing
// else. An index of the cache would take 700 bytes for each part, of which an asset has five; this takes 280, and no copies.
type parts struct {
	mu sync.Mutex
	// first are the objects that have a part; nearly always it is one. others are the further ones.
	first  map[part]client.ObjectKey
	others map[part][]client.ObjectKey
}

// part is one of an object of a kind, by its id, in an environment: no environment sees the objects of another.
type part struct {
	kind family
	env  client.ObjectKey
	id   string
}

// partsOf an object; none for nil.
func partsOf(o commit.Followed) (all []part) {
	if o == nil {
		return nil
	}
	env := environment.Key(o.GetEnvironmentRef(), o.GetNamespace())
	switch o := o.(type) {
	case *video.MuxAsset:
		for i := range o.Status.Tracks {
			all = append(all, part{familyAsset, env, o.Status.Tracks[i].ID})
		}
		for i := range o.Status.StaticRenditions {
			all = append(all, part{familyAsset, env, o.Status.StaticRenditions[i].ID})
		}
	case *video.MuxLiveStream:
		for i := range o.Status.SimulcastTargets {
			all = append(all, part{familyLiveStream, env, o.Status.SimulcastTargets[i].ID})
		}
	}
	return all
}

// change has an object no longer found by what it was, but by what it is; nil is for none.
func (p *parts) change(was, is commit.Followed) {
	before, after := partsOf(was), partsOf(is)
	if slices.Equal(before, after) {
		return // as nearly always
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range before {
		p.remove(one, client.ObjectKeyFromObject(was))
	}
	for _, one := range after {
		p.add(one, client.ObjectKeyFromObject(is))
	}
}

// add an object that has a part. Called with the lock.
func (p *parts) add(one part, o client.ObjectKey) {
	if p.first == nil {
		p.first, p.others = map[part]client.ObjectKey{}, map[part][]client.ObjectKey{}
	}
	switch first, ok := p.first[one]; {
	case !ok:
		p.first[one] = o
	case first != o && !slices.Contains(p.others[one], o):
		p.others[one] = append(p.others[one], o)
	}
}

// remove an object that had a part. Called with the lock.
func (p *parts) remove(one part, o client.ObjectKey) {
	others := p.others[one]
	switch first, ok := p.first[one]; {
	case ok && first != o:
		others = slices.DeleteFunc(others, func(other client.ObjectKey) bool { return other == o })
	case len(others) > 0:
		p.first[one], others = others[0], others[1:]
	default:
		delete(p.first, one)
	}
	if p.others[one] = others; len(others) == 0 {
		delete(p.others, one)
	}
}

// find the objects that have a part.
func (p *parts) find(one part) []client.ObjectKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	first, ok := p.first[one]
	if !ok {
		return nil
	}
	return append([]client.ObjectKey{first}, p.others[one]...)
}
