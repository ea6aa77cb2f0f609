// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// Options are what the controllers need besides the manager.
type Options struct {
	// Committer writes statuses; required.
	Committer *commit.Committer
	// Secrets reads credentials and signing secrets; required.
	Secrets *environment.Secrets
	// Budgets holds the rate limits per Mux environment id; nil makes one with Mux's documented limits.
	Budgets *mux.Budgets
	// Registerer takes the controllers' metrics; nil registers none.
	Registerer prometheus.Registerer
	// UserAgent is sent with every request to Mux.
	UserAgent string
	// Transport carries the requests to Mux; nil makes one that all clients share.
	Transport http.RoundTripper
	// Timeout bounds one request to Mux; 0 is 15 s.
	Timeout time.Duration
	// Clock tells the time; nil is time.Now. Delays are the manager's and always real.
	Clock func() time.Time
}

// defaultTimeout bounds one request to Mux. Mux creates within a second or two; what takes longer than this is cheaper to
// look for later than to wait for.
const defaultTimeout = 15 * time.Second

func (o *Options) complete() {
	if o.Budgets == nil {
		o.Budgets = &mux.Budgets{}
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
}

// Setup adds all controllers to the manager. The caller has registered the indexes of internal/commit.
func Setup(mgr ctrl.Manager, o Options) error {
	o.complete()
	clients := &clients{options: o, requests: newRequestMetrics(o.Registerer)}
	environments := newEnvironmentReconciler(mgr.GetClient(), o, clients)
	if err := environments.setup(mgr); err != nil {
		return err
	}
	assets := &assetReconciler{client: mgr.GetClient(), options: o, clients: clients, rejected: environments.recheck}
	return assets.setup(mgr)
}

// clients makes Mux clients for environments. A client is light; the transport and the budgets are shared.
type clients struct {
	options  Options
	requests func(mux.Call)
}

// forEnvironment returns a client with the environment's credentials as they are now. The budget is that of the Mux
// environment, so that several MuxEnvironments with the same credentials share it.
func (c *clients) forEnvironment(ctx context.Context, env *video.MuxEnvironment) (*mux.Client, error) {
	credentials, err := environment.Credentials(ctx, env, c.options.Secrets)
	if err != nil {
		return nil, fromSecret(err)
	}
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

// listAll are the options of a cached list whose result is only read.
var listAll = client.UnsafeDisableDeepCopy
