// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// versions remembers the newest resourceVersion of each object that this process has written. A cache that is behind it
// would make a phase do again what has just been done.
type versions struct {
	mu     sync.Mutex
	newest map[types.NamespacedName]written
}

type written struct {
	version string
	at      time.Time
}

// remembered bounds how long a cache may be behind: after a restore of etcd it is for good.
const remembered = time.Minute

// note remembers the version of an object that was written.
func (v *versions) note(object client.Object) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.newest == nil {
		v.newest = map[types.NamespacedName]written{}
	}
	key := client.ObjectKeyFromObject(object)
	if older(v.newest[key].version, object.GetResourceVersion()) {
		v.newest[key] = written{version: object.GetResourceVersion(), at: time.Now()}
	}
}

// forget drops an object that no longer exists.
func (v *versions) forget(key types.NamespacedName) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.newest, key)
}

// newerThan says whether a cached object is behind what this process wrote. When the cache has caught up, the version is
// forgotten.
func (v *versions) newerThan(cached client.Object) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := client.ObjectKeyFromObject(cached)
	if last := v.newest[key]; older(cached.GetResourceVersion(), last.version) && time.Since(last.at) < remembered {
		return true
	}
	delete(v.newest, key)
	return false
}

// older compares two resourceVersions; what cannot be compared, such as none, is not older than anything but a version.
func older(a, b string) bool {
	if a == "" || b == "" {
		return a == "" && b != ""
	}
	order, err := resourceversion.CompareResourceVersion(a, b)
	return err == nil && order < 0
}
