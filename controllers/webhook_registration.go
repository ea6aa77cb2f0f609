// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// How an environment gets a webhook endpoint at Mux. Mux tells the signing secret in the answer to the create alone, so what
// counts as an endpoint is one that bears our mark and whose secret is in the Secret:
//
//  1. The Secret is made, empty: what forbids it is found out before anything is made at Mux.
//  2. The address, with a serial of its own, is written into the status, then the POST is sent, once.
//  3. The signing secret goes into the Secret, then the id into the status.
//  4. Endpoints with our mark and no secret are what a crash, or an answer that never came, left behind: they are deleted once
//     there is one with a secret. So no outcome has to be known for certain, and nothing is ever sent again.
//
// It is looked at after a change of the spec, after a start, with each sweep, and when an endpoint is due to be deleted.

// registration is one look at the endpoints of an environment.
type registration struct {
	*environmentReconciler
	env    *video.MuxEnvironment
	mux    *mux.Client
	base   string // the wanted address without its query; "" where none is wanted
	found  endpoints
	secret *endpointSecret
	// recorded are the endpoints that the status had when Mux was asked for them.
	recorded []video.WebhookEndpointStatus
}

// register makes Mux have the endpoint that the spec asks for, and no other of ours. It returns the environment as it is then and
// when to look again, 0 for never.
func (r *environmentReconciler) register(ctx context.Context, env *video.MuxEnvironment, who *mux.Identity) (*video.MuxEnvironment, time.Duration, error) {
	wanted := environment.Registration(env) != nil
	if !wanted && (who == nil || len(env.Status.WebhookEndpoints) == 0) {
		return env, 0, nil
	}
	if who == nil {
		return env, 0, terminal(video.ReasonReceiveOnly,
			"the operator cannot make a webhook endpoint without credentials; add spec.credentialsSecretRef, or remove spec.webhook.registration")
	}
	if wait, ok := r.stillRegistered(ctx, env); ok {
		return env, wait, nil
	}
	g := &registration{environmentReconciler: r, env: env}
	if wanted {
		base, err := webhookBase(env)
		if err != nil {
			return env, 0, err
		}
		g.base = base
	}
	if err := g.connect(ctx, who); err != nil {
		return env, 0, err
	}
	next, err := g.run(ctx)
	return g.env, next, err
}

// run brings Mux to what is wanted.
func (g *registration) run(ctx context.Context) (time.Duration, error) {
	if err := g.look(ctx); err != nil {
		return 0, err
	}
	if g.base != "" {
		if err := g.rotate(ctx); err != nil {
			return 0, err
		}
		if g.found.current(g.env, g.base) == nil {
			if err := g.make(ctx); err != nil {
				return 0, err
			}
		}
	}
	next, err := g.clear(ctx)
	if err != nil {
		return 0, err
	}
	if err := g.write(ctx, func(status *video.MuxEnvironmentStatus) { g.found.record(status, g.appearsUntil()) }); err != nil {
		return 0, err
	}
	next = soonest(next, g.untilCertain())
	g.keep(next)
	return next, nil
}

// rotate records a request for a new signing secret, before anything is done about it.
func (g *registration) rotate(ctx context.Context) error {
	token := g.env.Annotations[video.AnnotationRequestRotateSigningSecret]
	if token == "" || token == g.env.Status.LastHandledRotateSigningSecret {
		return nil
	}
	return g.write(ctx, func(status *video.MuxEnvironmentStatus) {
		if status.LastHandledRotateSigningSecret == token {
			return
		}
		status.LastHandledRotateSigningSecret, status.WebhookSerial = token, g.found.nextSerial(status)
	})
}

// write changes the status of the environment at once.
func (g *registration) write(ctx context.Context, change func(*video.MuxEnvironmentStatus)) error {
	stored, outcome, err := commit.StatusOf(ctx, g.options.Committer, g.env, func(env *video.MuxEnvironment) error {
		change(&env.Status)
		return nil
	})
	if err != nil {
		return staleOr(err)
	}
	if outcome == commit.Gone {
		return errStale
	}
	g.env = stored
	return nil
}
