// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// make makes an endpoint and keeps its secret.
func (g *registration) make(ctx context.Context) error {
	if err := g.secret.ensure(ctx); err != nil {
		return err
	}
	if err := g.clearUseless(ctx); err != nil {
		return err
	}
	paid, err := g.mux.Reserve(ctx, mux.ClassOther)
	if err != nil {
		return fromMux(err, "make a webhook endpoint")
	}
	through, cancel := context.WithTimeout(context.WithoutCancel(paid), sendWithin+g.options.Timeout+toWriteDown)
	defer cancel()
	serial := g.found.nextSerial(&g.env.Status)
	address := webhookAddress(g.env, g.base, serial)
	began := g.options.Clock()
	if err := g.begin(through, address, serial); err != nil {
		return err
	}
	answer, err := g.mux.CreateWebhook(g.options.timely(through, began), address)
	if err != nil {
		return g.refused(through, serial, err)
	}
	made := answer.Value
	if made.SigningSecret.Reveal() == "" {
		return transient(fmt.Errorf("the answer has no signing secret"), "could not make a webhook endpoint")
	}
	if err := g.secret.add(through, made.ID, made.SigningSecret); err != nil {
		return err
	}
	ctrl.LoggerFrom(ctx).Info("made a webhook endpoint", "id", made.ID, "serial", serial)
	g.found.own = slices.Insert(g.found.own, 0, endpoint{Webhook: made, base: g.base, serial: serial, held: true})
	return nil
}

// begin writes the intent down, unless the endpoints that are recorded are others than those that were looked for: then the cache is
// behind, or another replica has begun.
func (g *registration) begin(ctx context.Context, address string, serial int32) error {
	now, behind := metav1.NewTime(g.options.Clock().Truncate(time.Second)), false
	err := g.write(ctx, func(status *video.MuxEnvironmentStatus) {
		if behind = !equality.Semantic.DeepEqual(status.WebhookEndpoints, g.recorded); !behind {
			status.WebhookEndpoints = slices.DeleteFunc(status.WebhookEndpoints, g.hasAppeared)
			begun := video.WebhookEndpointStatus{Address: address, Serial: serial, CreatedAt: now}
			status.WebhookEndpoints = slices.Insert(status.WebhookEndpoints, 0, begun)
		}
	})
	if err == nil && behind {
		return errStale
	}
	return err
}

// refused says what a failed create means. Mux refuses an address that it has: then it is ours, made by a create whose answer
// never came, and the next look finds it.
func (g *registration) refused(ctx context.Context, serial int32, cause error) error {
	if mux.IsUnknownOutcome(cause) {
		return transient(cause, "could not make a webhook endpoint")
	}
	err := g.write(ctx, func(status *video.MuxEnvironmentStatus) {
		status.WebhookEndpoints = slices.DeleteFunc(status.WebhookEndpoints, func(e video.WebhookEndpointStatus) bool {
			return e.Serial == serial && e.ID == ""
		})
	})
	if err != nil {
		return err
	}
	return fromSystem(cause, "make a webhook endpoint")
}

// maxUseless is how many endpoints without a secret may be there when another is made: should the secrets never reach the Secret,
// endpoints must not pile up.
const maxUseless = 1

// clearUseless deletes endpoints whose secret is lost, where there are too many to wait until there is a better one.
func (g *registration) clearUseless(ctx context.Context) error {
	var useless []endpoint
	for _, own := range g.found.own {
		if !own.held {
			useless = append(useless, own)
		}
	}
	if len(useless) <= maxUseless {
		return nil
	}
	return g.remove(ctx, useless)
}

// hasAppeared says of what was begun that it is in the list, or will never be.
func (g *registration) hasAppeared(begun video.WebhookEndpointStatus) bool {
	return begun.ID == "" && !begun.CreatedAt.After(g.appearsUntil())
}

// appearsUntil is the time such that what was begun before it has come into a list.
func (g *registration) appearsUntil() time.Time {
	return g.options.Clock().Add(-g.options.certainlyOver())
}

// untilCertain is how long it is until the last create that was not answered is certainly in a list; 0 where all were answered.
func (g *registration) untilCertain() (wait time.Duration) {
	for _, begun := range g.env.Status.WebhookEndpoints {
		if begun.ID == "" {
			wait = max(wait, begun.CreatedAt.Sub(g.appearsUntil()), time.Second)
		}
	}
	return wait
}
