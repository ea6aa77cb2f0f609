// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"container/list"
	"sync"

	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// recent remembers objects as our own patches left them, with the version that the API server gave them, until the cache shows the same or
// more, so that the second event of an object, a few milliseconds after the first, does not begin with what the cache had before it: that would
// cost a conflict and a read from the API server.
type recent[T client.Object] struct {
	mu      sync.Mutex
	objects map[client.ObjectKey]*list.Element
	order   list.List // of T, the oldest first
}

// maxRecent bounds what is remembered: more than a second of writes, and with a few kB each a few MB. What falls out costs one
// conflict when the cache is that late.
const maxRecent = 1024

// put remembers an object.
func (r *recent[T]) put(object T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.objects == nil {
		r.objects = map[client.ObjectKey]*list.Element{}
	}
	key := client.ObjectKeyFromObject(object)
	r.remove(key)
	r.objects[key] = r.order.PushBack(object)
	if r.order.Len() > maxRecent {
		r.remove(client.ObjectKeyFromObject(r.order.Front().Value.(T)))
	}
}

// drop forgets an object.
func (r *recent[T]) drop(key client.ObjectKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove(key)
}

func (r *recent[T]) remove(key client.ObjectKey) {
	if e, ok := r.objects[key]; ok {
		r.order.Remove(e)
		delete(r.objects, key)
	}
}

// newer is the object of the cache or the one that is remembered, whichever is newer. What the cache has caught up with is
// forgotten.
func (r *recent[T]) newer(cached T) T {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := client.ObjectKeyFromObject(cached)
	e, ok := r.objects[key]
	if !ok {
		return cached
	}
	remembered := e.Value.(T)
	order, err := resourceversion.CompareResourceVersion(cached.GetResourceVersion(), remembered.GetResourceVersion())
	if err != nil || order >= 0 || cached.GetUID() != remembered.GetUID() {
		r.remove(key)
		return cached
	}
	return remembered
}
