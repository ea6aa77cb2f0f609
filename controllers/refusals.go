// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// refusals remembers what Mux has refused, so that a reconcile for another reason does not send it again. A changed request is
// sent at once, an unchanged one after refusedRetry, or after a restart.
type refusals struct {
	mu   sync.Mutex
	kept map[types.NamespacedName]map[digest]refusal
}

// refusal is of one request of an object: several of its requests may be refused, one for each group of values and for each part.
type refusal struct {
	uid   types.UID
	until time.Time
	why   blocked
}

// digest identifies a request without keeping the secrets in it.
type digest [sha256.Size]byte

// digestOf is the digest of what will be sent as JSON.
func digestOf(request any) digest {
	data, err := json.Marshal(request)
	if err != nil {
		return digest{} // the client refuses it as well, with the reason
	}
	return sha256.Sum256(data)
}

// check returns why Mux refused this request of the object, if it did and that still holds.
func (r *refusals) check(object client.Object, request digest, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.kept[client.ObjectKeyFromObject(object)][request]
	if !ok || known.uid != object.GetUID() || !now.Before(known.until) {
		return nil
	}
	why := known.why
	why.after = known.until.Sub(now)
	return &why
}

// keep remembers err where it is a refusal of the request itself.
func (r *refusals) keep(object client.Object, request digest, now time.Time, err error) {
	var b *blocked
	if !errors.As(err, &b) || (b.reason != video.ReasonInvalid && b.reason != video.ReasonPlanLimit) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.kept = map[types.NamespacedName]map[digest]refusal{}
	}
	key := client.ObjectKeyFromObject(object)
	if r.kept[key] == nil {
		r.kept[key] = map[digest]refusal{}
	}
	maps.DeleteFunc(r.kept[key], func(_ digest, old refusal) bool { return old.uid != object.GetUID() || !now.Before(old.until) })
	r.kept[key][request] = refusal{uid: object.GetUID(), until: now.Add(b.after), why: *b}
}

// forget drops an object that no longer exists.
func (r *refusals) forget(key types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.kept, key)
}
