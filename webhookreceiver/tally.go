// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"slices"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// tally counts the objects of the cache as they change, by what events ask of all of them together, so that an event costs the
// same whether there are ten or ten thousand.
type tally struct {
	mu sync.Mutex
	// counts are by namespace, since not every namespace may use an environment. What has come to nothing is not in them.
	counts map[tallied]map[string]int
	// identified is, for each environment, when an object of it last got its id from an answer.
	identified map[client.ObjectKey]time.Time
}

// tallied is what objects are counted by.
type tallied struct {
	what string
	kind family // "" for all
	of   string
}

// waitsFor are the objects of a kind that may get an id from the environment any moment.
func waitsFor(kind family, env client.ObjectKey) tallied {
	return tallied{"waits", kind, env.String()}
}

// makesFor are the objects for whose assets others are made.
func makesFor(env client.ObjectKey) tallied { return tallied{"makes", "", env.String()} }

// madeAs are the objects of a kind that were made for an origin, by the values of its labels.
func madeAs(kind family, origin, name string) tallied {
	return tallied{"made", kind, origin + " " + name}
}

// traits are what an object counts as; none for nil.
func traits(o commit.Followed) (all []tallied) {
	if o == nil {
		return nil
	}
	kind, env := familyOfObject(o), environment.Key(o.GetEnvironmentRef(), o.GetNamespace())
	if commit.Waiting(o) {
		all = append(all, waitsFor(kind, env))
	}
	if makesAssets(o) {
		all = append(all, makesFor(env))
	}
	if origin := o.GetLabels()[video.LabelOrigin]; origin != "" {
		all = append(all, madeAs(kind, origin, o.GetLabels()[video.LabelOriginName]))
	}
	return all
}

func familyOfObject(o commit.Followed) family {
	switch o.(type) {
	case *video.MuxLiveStream:
		return familyLiveStream
	case *video.MuxUpload:
		return familyUpload
	default:
		return familyAsset
	}
}

// change counts an object no longer as what it was, but as what it is; nil is for none.
func (t *tally) change(was, is commit.Followed) {
	before, after := traits(was), traits(is)
	t.mu.Lock()
	defer t.mu.Unlock()
	if is != nil {
		t.note(is)
	}
	if slices.Equal(before, after) {
		return // as nearly always
	}
	for _, trait := range before {
		t.add(trait, was.GetNamespace(), -1)
	}
	for _, trait := range after {
		t.add(trait, is.GetNamespace(), 1)
	}
}

// add to a count. Called with the lock.
func (t *tally) add(trait tallied, namespace string, n int) {
	if t.counts == nil {
		t.counts = map[tallied]map[string]int{}
	}
	of := t.counts[trait]
	if of == nil {
		of = map[string]int{}
		t.counts[trait] = of
	}
	if of[namespace] += n; of[namespace] != 0 {
		return
	}
	if delete(of, namespace); len(of) == 0 {
		delete(t.counts, trait)
	}
}

// note when an object got its id. Called with the lock.
func (t *tally) note(o commit.Followed) {
	identified := o.GetFollowedStatus().Identified
	if identified == nil {
		return
	}
	if t.identified == nil {
		t.identified = map[client.ObjectKey]time.Time{}
	}
	key := environment.Key(o.GetEnvironmentRef(), o.GetNamespace())
	if identified.At.After(t.identified[key]) {
		t.identified[key] = identified.At.Time
	}
}

// in is how many there are in a namespace.
func (t *tally) in(namespace string, trait tallied) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[trait][namespace]
}

// namespaces are those in which there is one.
func (t *tally) namespaces(trait tallied) (all []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for namespace := range t.counts[trait] {
		all = append(all, namespace)
	}
	return all
}

// lastIdentified is when an object of the environment last got its id; zero for never.
func (t *tally) lastIdentified(env client.ObjectKey) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.identified[env]
}
