// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// systemPermissions are what the access token needs for endpoints.
var systemPermissions = []string{"system:read", "system:write"}

// connect makes the client. Rights that the token lacks may have been given since Mux was asked who it is; then who is brought up
// to date.
func (g *registration) connect(ctx context.Context, who *mux.Identity) error {
	credentials, err := g.clients.credentials(ctx, g.env)
	if err != nil {
		return fromSecret(err)
	}
	inEnvironment := g.env.DeepCopy()
	inEnvironment.Status.EnvironmentID = who.EnvironmentID // for its budget; the first check has not recorded it yet
	if g.mux, err = g.clients.client(inEnvironment, credentials); err != nil {
		return err
	}
	if lacks(who) == "" {
		return nil
	}
	now, err := g.mayRegister(ctx)
	if err != nil {
		return err
	}
	g.clients.remember(g.env, credentials, now)
	*who = *now
	return nil
}

// mayRegister asks Mux which permissions the access token has.
func (g *registration) mayRegister(ctx context.Context) (*mux.Identity, error) {
	answer, err := g.mux.WhoAmI(ctx)
	if err != nil {
		return nil, fromMux(err, "ask for the access token's permissions")
	}
	if permission := lacks(&answer.Value); permission != "" {
		return nil, waiting(video.ReasonPermissionMissing, rejectedRetry,
			"the access token lacks the permission %s, which spec.webhook.registration needs; add it in Mux's dashboard or use another token", permission)
	}
	return &answer.Value, nil
}

func lacks(who *mux.Identity) string {
	for _, permission := range systemPermissions {
		if !who.Has(permission) {
			return permission
		}
	}
	return ""
}

// fromSystem is fromMux for the calls of endpoints, which take other permissions. A 404 to a call that names no endpoint says that
// the token lacks them.
func fromSystem(err error, call string) error {
	if mux.IsForbidden(err) || mux.IsNotFound(err) {
		return waiting(video.ReasonPermissionMissing, rejectedRetry,
			"the access token may not %s; give it the permissions %s in Mux's dashboard", call, strings.Join(systemPermissions, " and "))
	}
	return fromMux(err, call)
}
