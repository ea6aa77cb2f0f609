// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// checkEndpoint looks for the environment's webhook endpoint at Mux: that it is there, enabled, and leads to the receiver.
func (e *examined) checkEndpoint(ctx context.Context) {
	if e.mux == nil {
		e.skip("webhook endpoint", "Mux cannot be asked")
		return
	}
	path := environment.WebhookPath(e.env)
	all, err := e.endpoints(ctx)
	if err != nil {
		e.noEndpoints(err, path)
		return
	}
	var disabled, elsewhere *mux.Webhook
	for i := range all {
		switch w := &all[i]; {
		case !leadsTo(w.Address, "", path):
		case !leadsTo(w.Address, e.publicURL(), path):
			elsewhere = w
		case !w.Enabled:
			disabled = w
		default:
			e.endpoint = w
			e.checkHeld(w)
			return
		}
	}
	switch {
	case disabled != nil:
		e.fault("webhook endpoint", "the endpoint "+disabled.ID+" is disabled", "enable it in Mux's dashboard, under Settings, Webhooks")
	case elsewhere != nil:
		e.fault("webhook endpoint", fmt.Sprintf("the endpoint %s leads to %s, not to %s", elsewhere.ID, shown(elsewhere.Address), shown(e.publicURL()+path)),
			"correct its URL in Mux's dashboard, or the public URL")
	default:
		e.fault("webhook endpoint", fmt.Sprintf("Mux has no webhook endpoint with the path %s, and %s that lead elsewhere", path, count(len(all), "endpoint")),
			"add one in Mux's dashboard with your public host and this path, and its signing secret to the Secret; or set spec.webhook.registration.publicURL, and the operator makes it")
	}
}

// checkHeld is for an endpoint that is as it should be: of one that the operator made the signing secret must be in its Secret.
func (e *examined) checkHeld(w *mux.Webhook) {
	secret := environment.EndpointSecret(e.env)
	for _, own := range e.env.Status.WebhookEndpoints {
		if own.ID != w.ID || environment.Registration(e.env) == nil {
			continue
		}
		for _, held := range e.secrets {
			if held.name == secret.Name+"."+w.ID {
				e.fine("webhook endpoint", "%s is enabled and leads to %s", w.ID, shown(w.Address))
				return
			}
		}
		e.fault("webhook endpoint", "the signing secret of the endpoint "+w.ID+" is not in the Secret "+secret.Name,
			fmt.Sprintf("`kubectl -n %s annotate muxenvironment %s video.mux.com/request-rotate-signing-secret=$(date +%%s) --overwrite` makes a new one", e.env.Namespace, e.env.Name))
		return
	}
	e.fine("webhook endpoint", "%s is enabled and leads to %s", w.ID, shown(w.Address))
}

// noEndpoints is for a token that may not see them. Only registration needs that.
func (e *examined) noEndpoints(err error, path string) {
	if mux.IsNotFound(err) || mux.IsForbidden(err) {
		e.skip("webhook endpoint", "the access token lacks system:read; compare by hand: Mux's dashboard must have an enabled endpoint with the path %s", path)
		return
	}
	e.fault("webhook endpoint", scrubbed(err), "try again; if it stays, look at status.mux.com")
}

// endpoints are all of the Mux environment.
func (e *examined) endpoints(ctx context.Context) (all []mux.Webhook, err error) {
	const limit = 100 // what Mux gives at most
	for page := 1; ; page++ {
		answer, err := e.mux.ListWebhooks(ctx, limit, page)
		if err != nil {
			return nil, err
		}
		all = append(all, answer.Value...)
		if len(answer.Value) < limit {
			return all, nil
		}
	}
}

// publicURL is where Mux reaches the receiver, as far as it is known: of the registration, or of --url where that has TLS, as Mux's
// endpoints do.
func (e *examined) publicURL() string {
	if registration := environment.Registration(e.env); registration != nil {
		return strings.TrimRight(registration.PublicURL, "/")
	}
	if strings.HasPrefix(e.options.url, "https://") {
		return strings.TrimRight(e.options.url, "/")
	}
	return ""
}

// leadsTo says whether an address is that of a path below a base; any base where it is "". Queries are passed over, as the
// receiver does.
func leadsTo(address, base, path string) bool {
	at, err := url.Parse(address)
	if err != nil {
		return false
	}
	at.RawQuery, at.Fragment = "", ""
	if base == "" {
		return strings.HasSuffix(at.Path, path)
	}
	return at.String() == base+path
}

// shown is an address without what may be secret in it.
func shown(address string) string {
	at, err := url.Parse(address)
	if err != nil {
		return "a URL that cannot be read"
	}
	return at.Scheme + "://" + at.Host + at.Path
}
