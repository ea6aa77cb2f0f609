// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// sourceTransition marks a Kubernetes Event of the object: the operator writes one for each transition of a condition that people wait
// for. They fill the gaps that stamps leave, since an observation whose every part was told again has no stamp any more.
const sourceTransition = "transition"

// transitions are the Kubernetes Events of an object that the cluster still keeps.
func transitions(ctx context.Context, c client.Reader, object object) (found []*observation, err error) {
	list := &corev1.EventList{}
	if err := c.List(ctx, list, client.InNamespace(object.GetNamespace()), client.MatchingFields{"involvedObject.uid": string(object.GetUID())}); err != nil {
		return nil, fmt.Errorf("read the Kubernetes Events: %w", err)
	}
	for i := range list.Items {
		found = append(found, transition(&list.Items[i]))
	}
	return found, nil
}

// transition is what one says: which condition, its reason and its message.
func transition(event *corev1.Event) *observation {
	at := cmp.Or(event.EventTime.Time, event.FirstTimestamp.Time, event.CreationTimestamp.Time)
	value := event.Reason + ": " + event.Message
	if event.Series != nil && event.Series.Count > 1 {
		value += fmt.Sprintf(" (%d times, the last at %s)", event.Series.Count, event.Series.LastObservedTime.UTC().Format(time.RFC3339))
	}
	return &observation{
		Time: at.UTC().Format(timeOfStamps), Source: sourceTransition, Set: []setting{{cmp.Or(event.Action, "event"), value}},
	}
}

// timeOfStamps is how stamps write a time, so that all times of a timeline are alike.
const timeOfStamps = "2006-01-02T15:04:05.000000Z"
