// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// Objects are made here for what Mux makes by itself: the recordings of a live stream, the asset of an upload, and, with
// discovery, whatever no object declares. The first event makes the object, whichever it is: the name follows from the Mux
// id, so that replicas and redeliveries meet in one object.

// +kubebuilder:rbac:groups=video.mux.com,resources=muxassets;muxlivestreams,verbs=create

// origin is why an object is made, and how.
type origin struct {
	kind, name     string // the values of the labels
	namespace      string
	environmentRef video.EnvironmentReference
	template       *video.ObjectTemplate
	max            int32
}

// Bounds where the spec names none.
const (
	defaultMaxRecordings = 100
	defaultMaxDiscovered = 1000
)

// originOf finds out for what an object is to be made; nil for nothing.
func (r *router) originOf(ctx context.Context, t *target, env *video.MuxEnvironment, event *mux.Event) (*origin, error) {
	if !env.DeletionTimestamp.IsZero() {
		return nil, nil // what is made would keep it
	}
	ids := event.DataIDs()
	if familyOf(event.Type) == familyAsset && !t.isFragment(event.Type) {
		if o, err := r.originOfAsset(ctx, env, ids); o != nil || err != nil {
			return o, err
		}
	}
	return r.discovery(ctx, env, familyOf(event.Type))
}

// comesFirst says whether a young event may belong to an object that is made in a moment, and not by discovery: it bears what
// looks like a create token, or it is of a part, which does not tell what the whole came from.
func (r *router) comesFirst(ctx context.Context, t *target, env *video.MuxEnvironment, event *mux.Event) (bool, error) {
	if !r.isYoung(event) {
		return false, nil
	}
	if uuid.Validate(t.token(event.DataIDs())) == nil {
		return env.Spec.Discovery != nil, nil // without discovery nothing takes the event from its object
	}
	if familyOf(event.Type) != familyAsset || !t.isFragment(event.Type) {
		return false, nil
	}
	return r.some(ctx, env, makesFor(client.ObjectKeyFromObject(env)))
}

// makesAssets says whether objects are made for the assets that come of an object.
func makesAssets(o commit.Followed) bool {
	switch o := o.(type) {
	case *video.MuxLiveStream:
		return o.Spec.Recordings != nil
	case *video.MuxUpload:
		return true
	default:
		return false
	}
}

// originOfAsset is the live stream that the asset records, or the upload that it came from.
func (r *router) originOfAsset(ctx context.Context, env *video.MuxEnvironment, ids mux.DataIDs) (*origin, error) {
	stream, err := r.oldest(ctx, env, &video.MuxLiveStreamList{}, ids.LiveStreamID)
	if err != nil {
		return nil, err
	}
	if stream, ok := stream.(*video.MuxLiveStream); ok && stream.Spec.Recordings != nil {
		recordings := stream.Spec.Recordings
		return madeFor(stream, video.OriginRecording, recordings.Template, cmp.Or(recordings.Max, defaultMaxRecordings)), nil
	}
	upload, err := r.oldest(ctx, env, &video.MuxUploadList{}, ids.UploadID)
	if upload, ok := upload.(*video.MuxUpload); ok && err == nil {
		return madeFor(upload, video.OriginUpload, upload.Spec.Asset, 1), nil
	}
	return nil, err
}

func madeFor(o commit.Followed, kind string, template *video.ObjectTemplate, most int32) *origin {
	return &origin{kind: kind, name: o.GetName(), namespace: o.GetNamespace(), environmentRef: o.GetEnvironmentRef(), template: template, max: most}
}

// oldest is the object of a list's kind that has followed the Mux id for longest; nil for none.
func (r *router) oldest(ctx context.Context, env *video.MuxEnvironment, list client.ObjectList, id string) (commit.Followed, error) {
	if id == "" {
		return nil, nil
	}
	found, err := commit.Find(ctx, r.cache, list, commit.FieldID, client.ObjectKeyFromObject(env).String()+"/"+id)
	if err != nil {
		return nil, err
	}
	allowed, err := r.allowed(ctx, env, keysOf(found))
	if err != nil || len(allowed) == 0 {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(o commit.Followed) bool { return !slices.Contains(allowed, client.ObjectKeyFromObject(o)) })
	return slices.MinFunc(found, func(a, b commit.Followed) int {
		return cmp.Or(a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time), cmp.Compare(client.ObjectKeyFromObject(a).String(), client.ObjectKeyFromObject(b).String()))
	}), nil
}

// discovery is the environment itself, where it makes objects for all of a family.
func (r *router) discovery(ctx context.Context, env *video.MuxEnvironment, f family) (*origin, error) {
	d := env.Spec.Discovery
	if d == nil || (f == familyAsset && !d.Assets) || (f == familyLiveStream && !d.LiveStreams) || (f != familyAsset && f != familyLiveStream) {
		return nil, nil
	}
	o := &origin{kind: video.OriginDiscovery, name: env.Name, namespace: cmp.Or(d.Namespace, env.Namespace), template: d.Template, max: cmp.Or(d.Max, defaultMaxDiscovered)}
	o.environmentRef.Name = env.Name
	if o.namespace != env.Namespace {
		o.environmentRef.Namespace = env.Namespace
	}
	labels, err := r.labels(ctx, env, o.namespace)
	if err != nil || !environment.Allows(env, o.namespace, labels) {
		return nil, err
	}
	return o, nil
}

// labels are those of the template and the operator's own, which the template cannot change.
func (o *origin) labels() map[string]string {
	labels := map[string]string{}
	if o.template != nil {
		for key, value := range o.template.Labels {
			labels[key] = string(value)
		}
	}
	maps.Copy(labels, o.ownLabels())
	return labels
}

func (o *origin) ownLabels() map[string]string {
	return map[string]string{video.LabelOrigin: o.kind, video.LabelOriginName: projection.LabelValue(o.name)}
}

func (o *origin) annotations() map[string]string {
	annotations := map[string]string{}
	if o.template != nil {
		for key, value := range o.template.Annotations {
			annotations[key] = string(value)
		}
	}
	return annotations
}

// fill makes an empty object one that follows the Mux id and never changes anything there.
func (o *origin) fill(object commit.Followed, id string) {
	object.SetName(projection.MadeName(o.name, id))
	object.SetNamespace(o.namespace)
	object.SetLabels(o.labels())
	object.SetAnnotations(o.annotations())
	*object.GetFollowedSpec() = video.FollowedSpec{
		EnvironmentRef:   o.environmentRef,
		ManagementPolicy: video.ManagementPolicyObserve,
		DeletionPolicy:   video.DeletionPolicyRetain,
		Import:           &video.ImportSpec{ID: id},
	}
}

// makeInTurn makes the object in the turn of its environment.
func (r *Receiver) makeInTurn(ctx context.Context, d *delivery, t *target, o *origin, id string) (commit.Followed, *answer) {
	d.giveProcessor()
	if err := r.turns.Take(ctx, d.line()); err != nil {
		a := tryAgain(reasonDeadline)
		return nil, &a
	}
	defer r.turns.Give()
	return r.make(ctx, t, o, id)
}

// make creates the object, or reads the one that is there. The answer is set where there is no object in the end.
func (r *Receiver) make(ctx context.Context, t *target, o *origin, id string) (commit.Followed, *answer) {
	none := func(a answer) (commit.Followed, *answer) { return nil, &a }
	full := r.isFull(t, o)
	object := t.newObject()
	o.fill(object, id)
	key := client.ObjectKeyFromObject(object)
	var err error
	if !full {
		err = r.options.Committer.Client.Create(ctx, object)
	}
	if full || apierrors.IsAlreadyExists(err) {
		object = t.newObject()
		err = r.options.Committer.Live.Get(ctx, key, object)
		if full && apierrors.IsNotFound(err) {
			return none(ignored(reasonAtMaximum))
		}
		if err == nil && object.GetMuxID() != id {
			return none(ignored(reasonNameTaken))
		}
	}
	if err != nil {
		log.FromContext(ctx).Error(err, "cannot make an object for an event", "object", key, "origin", o.kind)
		return none(tryAgain(reasonUnavailable))
	}
	return object, nil
}

// isFull says whether as many objects were made for the origin as it may have.
func (r *Receiver) isFull(t *target, o *origin) bool {
	return r.router.tally.in(o.namespace, madeAs(t.family, o.kind, projection.LabelValue(o.name))) >= int(o.max)
}
