// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// clients makes Mux clients for environments, and remembers who the credentials are. A client is light; the transport and
// the budgets are shared.
type clients struct {
	options  Options
	requests func(mux.Call)

	mu         sync.Mutex
	identities map[types.NamespacedName]identity
}

// identity is who the credentials of an environment are, as Mux said when they were checked.
type identity struct {
	credentials mux.Credentials
	apiURL      string
	who         mux.Identity
}

// checkedSoon is how long an object waits for new credentials to be checked: one call to Mux.
const checkedSoon = time.Second

// credentialsRetry is when an object looks again for a missing Secret, should it have missed that it came.
const credentialsRetry = time.Minute

// forObjects returns a client that acts for an environment's objects. It holds the credentials that were checked to be those
// of this Mux environment: a Secret that has just changed may hold the token of another.
func (c *clients) forObjects(ctx context.Context, env *video.MuxEnvironment) (*mux.Client, error) {
	credentials, err := c.credentials(ctx, env)
	if err != nil {
		return nil, retried(fromSecret(err), credentialsRetry)
	}
	who, ok := c.identity(env, credentials)
	if !ok {
		return nil, waiting(video.ReasonEnvironmentNotReady, checkedSoon, "the credentials of MuxEnvironment %s/%s are being checked", env.Namespace, env.Name)
	}
	if err := matches(env, who); err != nil {
		return nil, err
	}
	return c.client(env, credentials)
}

// credentials are the access token of an environment. One that is being deleted and whose Secret is gone, as when a whole namespace
// is deleted, goes on with those that were last checked: what is to be deleted at Mux takes them.
func (c *clients) credentials(ctx context.Context, env *video.MuxEnvironment) (mux.Credentials, error) {
	credentials, err := environment.Credentials(ctx, env, c.options.Secrets)
	var gone *environment.SecretNotFoundError
	if env.DeletionTimestamp.IsZero() || !errors.As(err, &gone) {
		return credentials, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, ok := c.identities[client.ObjectKeyFromObject(env)]; ok && last.apiURL == env.Spec.APIURL {
		return last.credentials, nil
	}
	return credentials, err
}

// client makes a client. The budget is that of the Mux environment, so that several MuxEnvironments with the same
// credentials share it.
func (c *clients) client(env *video.MuxEnvironment, credentials mux.Credentials) (*mux.Client, error) {
	config := mux.Config{
		BaseURL:     env.Spec.APIURL,
		Credentials: credentials,
		Transport:   c.options.Transport,
		Timeout:     c.options.Timeout,
		UserAgent:   c.options.UserAgent,
		Observe:     c.requests,
	}
	if id := env.Status.EnvironmentID; id != "" {
		config.Budget = c.options.Budgets.For(id)
	}
	muxClient, err := mux.New(config)
	if err != nil {
		return nil, terminal(video.ReasonInvalid, "spec.apiURL cannot be used: %s", err)
	}
	return muxClient, nil
}

// identity is who the credentials are; false where Mux has not been asked.
func (c *clients) identity(env *video.MuxEnvironment, credentials mux.Credentials) (*mux.Identity, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.identities[client.ObjectKeyFromObject(env)]
	if !ok || known.credentials != credentials || known.apiURL != env.Spec.APIURL {
		return nil, false
	}
	return &known.who, true
}

func (c *clients) remember(env *video.MuxEnvironment, credentials mux.Credentials, who *mux.Identity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identities == nil {
		c.identities = map[types.NamespacedName]identity{}
	}
	c.identities[client.ObjectKeyFromObject(env)] = identity{credentials: credentials, apiURL: env.Spec.APIURL, who: *who}
}

// forget makes the next check of the environment ask Mux again.
func (c *clients) forget(env types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.identities, env)
}
