// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// warn turns a warning of Mux into a Kubernetes Event of every object that it is about. A warning is no state: it stands in no
// status. The Event's name follows from the id of Mux's, so that redeliveries and replicas make no second one.
func (r *Receiver) warn(ctx context.Context, t *target, d *delivery) answer {
	if d.hurried {
		return tryAgain(reasonOverloaded)
	}
	to, err := r.router.to(ctx, t, d.env, d.event)
	switch {
	case err != nil:
		return tryAgain(reasonUnavailable)
	case len(to.objects) == 0 && to.expected:
		return tryAgain(reasonObjectExpected)
	case len(to.objects) == 0:
		return ignored(reasonUnknownObject)
	}
	all := ignored(reasonObjectGone)
	for _, key := range to.objects {
		object := t.newObject()
		if err := r.options.Cache.Get(ctx, key, object); err != nil {
			continue // it was there a moment ago, and is gone
		}
		one := r.publishInTurn(ctx, object, d)
		if one.status/100 != 2 {
			return one
		}
		all = stronger(all, one)
	}
	return all
}

func (r *Receiver) publishInTurn(ctx context.Context, object client.Object, d *delivery) answer {
	d.giveProcessor()
	if err := r.turns.Take(ctx, d.line()); err != nil {
		return tryAgain(reasonDeadline)
	}
	defer r.turns.Give()
	return r.publish(ctx, object, d.event)
}

// maxNote is what an Event's note may hold.
const maxNote = 1024

func (r *Receiver) publish(ctx context.Context, object client.Object, event *mux.Event) answer {
	kind, err := r.options.Committer.Client.GroupVersionKindFor(object)
	if err != nil {
		return tryAgain(reasonInternal)
	}
	warning := event.Warning()
	err = r.options.Committer.Client.Create(ctx, &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: projection.MadeName(object.GetName(), event.Type+event.ID+string(event.Data))},
		EventTime:  metav1.NewMicroTime(r.options.Now()),
		Type:       corev1.EventTypeWarning,
		Reason:     "MuxWarning",
		Action:     "Warning",
		Note:       projection.Clamp(warning, maxNote),
		Regarding: corev1.ObjectReference{
			APIVersion: kind.GroupVersion().String(), Kind: kind.Kind,
			Namespace: object.GetNamespace(), Name: object.GetName(), UID: object.GetUID(),
		},
		ReportingController: "mux-operator",
		ReportingInstance:   "mux-operator-receiver",
	})
	switch {
	case err == nil:
		r.metrics.effective(event.CreatedAt, r.options.Now())
		return applied()
	case apierrors.IsAlreadyExists(err):
		return unchanged()
	default:
		return tryAgain(reasonUnavailable)
	}
}

// isWarning is true for events that warn.
func isWarning(eventType string) bool { return strings.HasSuffix(eventType, ".warning") }
