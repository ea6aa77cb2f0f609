// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// clear deletes the endpoints that have served their time, and the secrets of those that are gone.
func (g *registration) clear(ctx context.Context) (time.Duration, error) {
	gone, next := g.found.leaving(g.found.current(g.env, g.base), g.options.Clock())
	if err := g.remove(ctx, gone); err != nil {
		return 0, err
	}
	return next, g.secret.prune(ctx, g.found.own)
}

// remove deletes endpoints at Mux. All of them bear our mark.
func (g *registration) remove(ctx context.Context, gone []endpoint) error {
	for _, own := range gone {
		err := g.mux.DeleteWebhook(ctx, own.ID)
		if mux.IsNotFound(err) { // so Mux answers a token without the right, too
			_, err = g.mayRegister(ctx)
		}
		if err != nil {
			return fromSystem(err, "delete the webhook endpoint "+own.ID)
		}
		ctrl.LoggerFrom(ctx).Info("deleted a webhook endpoint", "id", own.ID, "serial", own.serial)
		g.found = g.found.without([]endpoint{own})
	}
	return nil
}
