// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/json"

	"k8s.io/apimachinery/pkg/api/equality"
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

// recordID writes the id into the status without a resourceVersion, since the webhook asset.created normally races it and
// writes the same. The uid makes sure that it is still the same object.
func (r *follower) recordID(ctx context.Context, s *scope, id string) error {
	fields := map[string]any{
		"metadata": map[string]any{"uid": s.stored.GetUID()},
		"status":   map[string]any{"id": id, "environmentID": s.env.Status.EnvironmentID},
	}
	return s.patchRaw(fields, func(o client.Object, p client.Patch) error { return r.client.Status().Patch(ctx, o, p) })
}

// patchRaw writes a merge patch as it is, on whatever version of the object there is.
func (s *scope) patchRaw(fields map[string]any, send func(client.Object, client.Patch) error) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	changed := copyOf(s.stored)
	if err := send(changed, client.RawPatch(types.MergePatchType, data)); err != nil {
		return err
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
