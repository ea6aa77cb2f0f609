// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// permissions are what the access token of an environment needs.
var permissions = []string{"video:read", "video:write"}

// mayAct says which permission the access token lacks, if any.
func mayAct(who *mux.Identity) error {
	for _, permission := range permissions {
		if !who.Has(permission) {
			return waiting(video.ReasonPermissionMissing, rejectedRetry,
				"the access token lacks the permission %s; add it in Mux's dashboard or use another token", permission)
		}
	}
	return nil
}

// trustNotFound returns nil when a 404 means that the object is gone. Mux answers 404 to a token without the right, too, and
// to one of another environment, so it is asked who the token is.
func trustNotFound(ctx context.Context, muxClient *mux.Client, env *video.MuxEnvironment) error {
	answer, err := muxClient.WhoAmI(ctx)
	if err != nil {
		return fromMux(err, "ask for the access token's permissions")
	}
	return matches(env, &answer.Value)
}
