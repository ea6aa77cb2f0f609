// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/json"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// patch writes a change of the object's metadata, if it is one, conditional on the version that the reconcile knows.
func (r *follower) patch(ctx context.Context, s *scope, change func(commit.Followed)) error {
	changed := copyOf(s.stored)
	change(changed)
	if equality.Semantic.DeepEqual(changed, s.stored) {
		return nil
	}
	if err := r.client.Patch(ctx, changed, locked(s.stored)); err != nil {
		return staleOr(err)
	}
	s.accept(changed)
	return nil
}

// patchStatus writes a change of the status at once, ahead of publish, on the same condition.
func (r *follower) patchStatus(ctx context.Context, s *scope, change func(commit.Followed)) error {
	changed := copyOf(s.stored)
	change(changed)
	if err := r.client.Status().Patch(ctx, changed, locked(s.stored)); err != nil {
		return staleOr(err)
	}
	s.accept(changed)
	return nil
}

// locked is a patch that holds only for the version that it was made from.
func locked(base client.Object) client.Patch {
	return client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
}

// recordID writes the id into the status and nothing else, unless the object has another one. The webhook created normally races
// it and writes the same, so that a conflict is read and tried again. What has another id was created once more by a leader that
// came while this one was paused.
func (r *follower) recordID(ctx context.Context, s *scope, id string) (other bool, err error) {
	for {
		err := r.writeID(ctx, s, id)
		if !apierrors.IsConflict(err) {
			return false, err
		}
		newest := r.kind.newObject()
		if err := r.options.Committer.Live.Get(ctx, client.ObjectKeyFromObject(s.stored), newest); err != nil {
			return false, staleOr(err)
		}
		if newest.GetUID() != s.stored.GetUID() {
			return false, errStale
		}
		s.accept(newest)
		if now := newest.GetFollowedStatus().ID; now != "" {
			return now != id, nil
		}
	}
}

func (r *follower) writeID(ctx context.Context, s *scope, id string) error {
	data, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": s.stored.GetUID(), "resourceVersion": s.stored.GetResourceVersion()},
		"status":   map[string]any{"id": id, "environmentID": s.env.Status.EnvironmentID},
	})
	if err != nil {
		return err
	}
	changed := copyOf(s.stored)
	if err := r.client.Status().Patch(ctx, changed, client.RawPatch(types.MergePatchType, data)); err != nil {
		return err
	}
	s.accept(changed)
	return nil
}

// operation is one of a JSON patch.
type operation map[string]any

// patchIf writes a JSON patch on whatever version of the object there is. It holds only where its tests do; one that fails is
// errStale.
func (s *scope) patchIf(operations []operation, send func(client.Object, client.Patch) error) error {
	data, err := json.Marshal(operations)
	if err != nil {
		return err
	}
	changed := copyOf(s.stored)
	if err := send(changed, client.RawPatch(types.JSONPatchType, data)); err != nil {
		if apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
			return errStale
		}
		return staleOr(err)
	}
	s.accept(changed)
	return nil
}

// finalizer adds the finalizer to an object whose deletion has something to do at Mux.
func (s *scope) finalizer(o commit.Followed) {
	if s.deletes() {
		controllerutil.AddFinalizer(o, video.Finalizer)
	}
}
