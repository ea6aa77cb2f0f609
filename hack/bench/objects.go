// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// parallel calls a function for each number below n, so many at a time, and returns how long that took and the first error.
func parallel(n, at int, do func(int) error) (time.Duration, error) {
	var next atomic.Int64
	var once sync.Once
	var failed error
	var all sync.WaitGroup
	began := time.Now()
	for range min(at, n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began), failed
}

// assets makes objects that follow assets of lives, with numbers of their own, and returns them. They bear their ids and the
// finalizer, and have the status, as objects do whose first event has come and been seen to by the leader.
func (s *stage) assets(l *life, namespace string, n int) ([]*video.MuxAsset, error) {
	made := make([]*video.MuxAsset, n)
	first := s.made
	s.made += n
	_, err := parallel(n, 16, func(i int) error {
		made[i] = &video.MuxAsset{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: namespace, Name: fmt.Sprintf("asset-%06d", first+i), Finalizers: []string{video.Finalizer},
				Annotations: map[string]string{video.AnnotationID: l.id(first + i)},
			},
			Spec: video.MuxAssetSpec{FollowedSpec: video.FollowedSpec{
				EnvironmentRef: video.EnvironmentReference{Name: "default"}, ManagementPolicy: video.ManagementPolicyObserve,
				Import: &video.ImportSpec{ID: l.id(first + i)},
			}},
		}
		if err := s.client.Create(s.ctx, made[i]); err != nil || s.prime == nil {
			return err
		}
		return s.prime.set(s, made[i])
	})
	return made, err
}

// number of an asset's life.
func number(asset *video.MuxAsset) (n int) {
	_, _ = fmt.Sscanf(asset.Name, "asset-%d", &n)
	return n
}

// settled waits until the operator has nothing to do any more: its cache shows the objects, and what it says about them
// without Mux is written.
func (s *stage) settled() error {
	version, since := "", time.Now()
	return s.within(2*time.Minute, func() error {
		list := &video.MuxAssetList{}
		if err := s.client.List(s.ctx, list, client.InNamespace(ours), client.Limit(1)); err != nil {
			return err
		}
		// Nobody else writes here, so the version of the list moves only while the operator does.
		if newest := s.newest(); newest != version {
			version, since = newest, time.Now()
		}
		if time.Since(since) < time.Second {
			return errors.New("the operator is still writing")
		}
		return nil
	})
}

// newest is the resourceVersion of the newest change of an asset.
func (s *stage) newest() string {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(video.GroupVersion.WithKind("MuxAssetList"))
	if err := s.client.List(s.ctx, list, client.InNamespace(ours)); err != nil {
		return err.Error()
	}
	newest := ""
	for i := range list.Items {
		if v := list.Items[i].ResourceVersion; len(v) > len(newest) || len(v) == len(newest) && v > newest {
			newest = v
		}
	}
	return newest
}

// read reads objects anew.
func (s *stage) read(assets []*video.MuxAsset) error {
	_, err := parallel(len(assets), 16, func(i int) error {
		return s.client.Get(s.ctx, client.ObjectKeyFromObject(assets[i]), assets[i])
	})
	return err
}

// statusPatch is the merge patch between two versions of an object, cut where the number of its asset is: another object gets it
// with its own.
type statusPatch event

// patchBetween is the change that the operator made of the object.
func patchBetween(before, after *video.MuxAsset) (statusPatch, error) {
	base := after.DeepCopy()
	base.Status = before.Status
	data, err := client.MergeFrom(base).Data(after)
	if err == nil && len(data) < 100 {
		err = fmt.Errorf("the operator has changed nothing: %s", data)
	}
	return statusPatch(newEvent(string(data))), err
}

// apply patches the status of an object, on condition of its version as the operator does.
func (p statusPatch) apply(s *stage, asset *video.MuxAsset) error {
	return s.patchStatus(asset, fmt.Sprintf(`{"metadata":{"resourceVersion":%q},%s`, asset.ResourceVersion, p.of(asset)[1:]))
}

// set patches the status whatever the version: the leader may be writing as well.
func (p statusPatch) set(s *stage, asset *video.MuxAsset) error {
	return s.patchStatus(asset, p.of(asset))
}

// of is the patch for an asset.
func (p statusPatch) of(asset *video.MuxAsset) string {
	return strings.Join(p, fmt.Sprintf("%0*d", digits, number(asset)))
}

// patchStatus patches in the operator's name, so that the managedFields are those of an object that only it writes.
func (s *stage) patchStatus(asset *video.MuxAsset, patch string) error {
	return s.client.Status().Patch(s.ctx, asset, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("mux-operator"))
}
