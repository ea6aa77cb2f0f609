// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// Outcome is what became of a change.
type Outcome int

const (
	// Unchanged : the status already said so; nothing was written.
	Unchanged Outcome = iota
	// Applied : the status was written and is durable.
	Applied
	// Gone : the object does not exist any more.
	Gone
	// Invalid : the API server will never accept the status; trying again is of no use.
	Invalid
)

// ErrNewerProjection says that the status was joined by rules newer than this program's: newer replicas see to the object.
var ErrNewerProjection = errors.New("the status was written by a newer version of the operator")

// Committer writes statuses.
type Committer struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Live reads from the API server, after a conflict.
	Live client.Reader
	// Now is the clock of lastTransitionTime; nil is time.Now.
	Now func() time.Time
	// Recorder is told of every transition of a condition that people wait for; nil is not.
	Recorder Recorder
	// Conflicts is called for every conflict; nil does nothing.
	Conflicts func()
	// Batched is told how many changes of one object went into one commit of a Group; nil is not.
	Batched func(changes int)
	// Kept is told of every object that a Group begins to keep something for, with 1, or ends to, with -1; nil is not. It must not block.
	Kept func(objects int)
}

// maxConflicts bounds how often one commit is tried again. Each conflict means that somebody else has written; more than
// a handful in a row means that something rewrites the object in a loop.
const maxConflicts = 20

// Status brings a change into the status of the object with the key, beginning with the cached object. The returned object
// is the newest known.
func Status[T client.Object](ctx context.Context, c *Committer, key client.ObjectKey, change func(T) error) (T, Outcome, error) {
	object := newObject[T]()
	if err := c.Client.Get(ctx, key, object); err != nil {
		return object, Gone, client.IgnoreNotFound(err)
	}
	return StatusOf(ctx, c, object, change)
}

// StatusOf brings a change into the status of an object that has just been read or written.
func StatusOf[T client.Object](ctx context.Context, c *Committer, object T, change func(T) error) (T, Outcome, error) {
	for range maxConflicts {
		changed, outcome, err := c.try(ctx, object, func(o client.Object) error { return change(o.(T)) })
		if !apierrors.IsConflict(err) {
			return changed.(T), outcome, err
		}
		if c.Conflicts != nil {
			c.Conflicts()
		}
		fresh := newOf(object).(T)
		if err := c.Live.Get(ctx, client.ObjectKeyFromObject(object), fresh); err != nil {
			return object, Gone, client.IgnoreNotFound(err)
		}
		if fresh.GetUID() != object.GetUID() {
			return object, Gone, nil
		}
		object = fresh
	}
	return object, Unchanged, fmt.Errorf("%s was changed by somebody else %d times in a row", client.ObjectKeyFromObject(object), maxConflicts)
}

// try changes a copy of the object and patches the difference.
func (c *Committer) try(ctx context.Context, object client.Object, change func(client.Object) error) (client.Object, Outcome, error) {
	changed, err := c.changed(object, change)
	if err != nil || changed == nil {
		return object, Unchanged, err
	}
	err = c.patch(ctx, object, changed)
	switch {
	case err == nil:
		c.announce(object, changed)
		return changed, Applied, nil
	case apierrors.IsNotFound(err):
		return object, Gone, nil
	case apierrors.IsInvalid(err):
		return object, Invalid, err
	default:
		return object, Unchanged, err
	}
}

// changed is a copy of the object with the change; nil where that alters nothing.
func (c *Committer) changed(object client.Object, change func(client.Object) error) (client.Object, error) {
	if version(object) > video.ProjectionVersion {
		return nil, ErrNewerProjection
	}
	changed := object.DeepCopyObject().(client.Object)
	if err := change(changed); err != nil {
		return nil, err
	}
	c.summarize(changed)
	if equality.Semantic.DeepEqual(object, changed) {
		return nil, nil
	}
	return changed, nil
}

// patch writes the difference of two statuses, on condition of the first one's version. Nobody else can have changed anything then, so the second
// object lacks only its new version, and the answer that is asked for is the metadata alone. What an older CRD prunes stays in the second until the
// cache has caught up.
func (c *Committer) patch(ctx context.Context, object, changed client.Object) error {
	data, err := client.MergeFromWithOptions(bare(object), client.MergeFromWithOptimisticLock{}).Data(bare(changed))
	if err != nil {
		return err
	}
	kind, err := c.Client.GroupVersionKindFor(changed)
	if err != nil {
		return err
	}
	written := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: changed.GetNamespace(), Name: changed.GetName()}}
	written.SetGroupVersionKind(kind)
	if err := c.Client.Status().Patch(ctx, written, client.RawPatch(types.MergePatchType, data)); err != nil {
		return err
	}
	changed.SetResourceVersion(written.ResourceVersion)
	return nil
}

// bare is an object with its version and its status alone: all that a patch of it is made from.
func bare(o client.Object) client.Object {
	part := newOf(o)
	switch b := part.(type) {
	case *video.MuxAsset:
		b.Status = o.(*video.MuxAsset).Status
	case *video.MuxLiveStream:
		b.Status = o.(*video.MuxLiveStream).Status
	case *video.MuxUpload:
		b.Status = o.(*video.MuxUpload).Status
	case *video.MuxEnvironment:
		b.Status = o.(*video.MuxEnvironment).Status
	}
	part.SetResourceVersion(o.GetResourceVersion())
	return part
}

// summarize derives the conditions of the kinds that have a summary.
func (c *Committer) summarize(object client.Object) {
	now := metav1.NewTime(c.now())
	switch object := object.(type) {
	case *video.MuxAsset:
		projection.SummarizeAsset(object, now)
	case *video.MuxLiveStream:
		projection.SummarizeLiveStream(object, now)
	case *video.MuxUpload:
		projection.SummarizeUpload(object, now)
	}
}

func (c *Committer) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// version is the projection version that a status was written with; 0 for kinds that are not joined.
func version(object client.Object) int32 {
	switch object := object.(type) {
	case *video.MuxAsset:
		return object.Status.ProjectionVersion
	case *video.MuxLiveStream:
		return object.Status.ProjectionVersion
	case *video.MuxUpload:
		return object.Status.ProjectionVersion
	default:
		return 0
	}
}

// newObject makes an empty object of a pointer type.
func newObject[T client.Object]() T {
	var zero T
	return newOf(zero).(T)
}

// newOf lists the kinds whose statuses the operator writes.
func newOf(kind client.Object) client.Object {
	switch kind.(type) {
	case *video.MuxAsset:
		return &video.MuxAsset{}
	case *video.MuxLiveStream:
		return &video.MuxLiveStream{}
	case *video.MuxUpload:
		return &video.MuxUpload{}
	case *video.MuxEnvironment:
		return &video.MuxEnvironment{}
	default:
		panic(fmt.Sprintf("commit: no status of %T is written here", kind))
	}
}
