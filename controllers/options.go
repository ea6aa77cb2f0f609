// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
	// Namespace is the only one that the manager watches; "" is all.
	Namespace string
	// UserAgent is sent with every request to Mux.
	UserAgent string
	// Transport carries the requests to Mux; nil makes one that all clients share.
	Transport http.RoundTripper
	// Timeout bounds one request to Mux; 0 is 15 s.
	Timeout time.Duration
	// ListLag is how long Mux's lists may be behind: for so long a create without an answer is looked for before it is sent
	// again. 0 is 5 min.
	ListLag time.Duration
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
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.ListLag == 0 {
		o.ListLag = listLag
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
}

// Setup adds all controllers to the manager. The caller has registered the indexes of internal/commit.
func Setup(mgr ctrl.Manager, o Options) error {
	o.complete()
	if err := indexSecrets(context.Background(), mgr.GetFieldIndexer()); err != nil { // the cache has not started, so nothing waits
		return err
	}
	o.Budgets.Observer = newBudgetMetrics(o.Registerer)
	clients := &clients{options: o, requests: newRequestMetrics(o.Registerer)}
	environments := newEnvironmentReconciler(mgr.GetClient(), o, clients)
	if err := environments.setup(mgr); err != nil {
		return err
	}
	sweeps := &sweepReconciler{
		client: mgr.GetClient(), options: o, clients: clients, rejected: environments.recheck, swept: environments.swept,
		found: newSweepMetrics(o.Registerer),
	}
	if err := sweeps.setup(mgr); err != nil {
		return err
	}
	if err := (&madeReconciler{client: mgr.GetClient(), options: o}).setup(mgr); err != nil {
		return err
	}
	for _, k := range kinds {
		r := &follower{kind: k, client: mgr.GetClient(), options: o, clients: clients, rejected: environments.recheck, throttled: environments.throttled}
		if err := r.setup(mgr); err != nil {
			return err
		}
	}
	return nil
}

// listAll are the options of a cached list whose result is only read.
var listAll = client.UnsafeDisableDeepCopy
