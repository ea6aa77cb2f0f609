// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/uuid"

	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// checkReceivers sends a test event to the receiver, by each way that there is to it.
func (e *examined) checkReceivers(ctx context.Context) {
	if len(e.secrets) == 0 {
		e.skip("receiver", "without a signing secret nothing can be sent to it")
		return
	}
	if e.options.url != "" {
		e.checkReceiver(ctx, "receiver", strings.TrimRight(e.options.url, "/"))
		return
	}
	if to, err := e.forward(ctx); err != nil {
		e.skip("receiver", "no port-forward to the Service: %s; say where the receiver is with --url", scrubbed(err))
	} else {
		e.checkReceiver(ctx, "receiver", to)
	}
	public := e.publicURL()
	if public == "" && e.endpoint != nil {
		before, _, _ := strings.Cut(e.endpoint.Address, environment.WebhookPath(e.env))
		public = before
	}
	if public == "" {
		e.skip("public URL", "it is not known; say it with --url")
		return
	}
	e.checkReceiver(ctx, "public URL", public)
}

// checkReceiver sends an event signed with each secret, and one that is signed with none of them.
func (e *examined) checkReceiver(ctx context.Context, name, base string) {
	for _, secret := range e.secrets {
		answer, err := e.send(ctx, base, secret.value)
		if err != nil {
			e.fault(name, fmt.Sprintf("%s cannot be reached: %v", shown(base), withoutURL(ctx, nil, err)),
				"look at DNS, the certificate, the Ingress or Gateway, the NetworkPolicy and the Service, from outside to inside; see docs/exposing.md")
			return
		}
		if detail, remedy := answer.fault(e, base); detail != "" {
			e.fault(name, detail+" (signed with "+secret.name+")", remedy)
			return
		}
	}
	forged, err := e.send(ctx, base, mux.Secret("not a signing secret of anybody"))
	if err == nil && forged.status != http.StatusUnauthorized {
		e.fault(name, fmt.Sprintf("%s answers %d to a webhook with a wrong signature", shown(base), forged.status),
			"what answers is not the receiver of mux-operator: look at the routes of the Ingress or Gateway")
		return
	}
	e.fine(name, "%s takes what is signed with %s, and refuses what is not", shown(base), secretNames(e.secrets))
}

func secretNames(secrets []namedSecret) string {
	var names []string
	for _, s := range secrets {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

// received is what the receiver answered.
type received struct {
	status                int
	Result, Reason, Error string
}

// send posts the test event. It is about nothing, so no status changes, and the receiver does not take it for a delivery of Mux.
func (e *examined) send(ctx context.Context, base string, secret mux.Secret) (*received, error) {
	now := e.p.now()
	event := map[string]any{
		"type": environment.TestEvent, "id": string(uuid.NewUUID()), "created_at": now.UTC().Format(time.RFC3339),
		"object": map[string]string{"type": "test", "id": "none"}, "data": map[string]string{"id": "none"},
	}
	if e.who != nil {
		event["environment"] = map[string]string{"id": e.who.EnvironmentID}
	}
	body, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+environment.WebhookPath(e.env), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", e.p.userAgent())
	request.Header.Set("Mux-Signature", sign(secret, body, now))
	response, err := e.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer := &received{status: response.StatusCode}
	if text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10)); err == nil {
		_ = json.Unmarshal(text, answer) // what is not ours has none of it
	}
	return answer, nil
}

// fault is what is wrong with the answer to an event that is rightly signed; "" for nothing.
func (a *received) fault(e *examined, base string) (detail, remedy string) {
	at := shown(base + environment.WebhookPath(e.env))
	switch {
	case a.status == http.StatusOK && a.Reason == "other_environment":
		return "the receiver knows the MuxEnvironment as another Mux environment than the access token is of", "use a token of the environment that status.environmentID names"
	case a.status == http.StatusOK && a.Result != "":
		return "", ""
	case a.status/100 == 2:
		return at + " answers " + http.StatusText(a.status) + ", but not as the receiver does", "what answers is not the receiver of mux-operator: look at the routes of the Ingress or Gateway"
	case a.status == http.StatusUnauthorized:
		return at + " refuses the signature", "the clock here or there is wrong, a proxy changes the body, or the receiver is of another cluster and has another signing secret"
	case a.status == http.StatusNotFound && a.Error != "":
		return "the receiver knows no MuxEnvironment " + e.env.Namespace + "/" + e.env.Name, "it watches another namespace (--namespace of the operator) or another cluster"
	case a.status == http.StatusNotFound:
		return at + " is not found", "route the path /webhooks/ to the Service of the receiver, without rewriting it; see docs/exposing.md"
	case a.status/100 == 3:
		return at + " answers with a redirect, which Mux does not follow", "give Mux the URL that it leads to, with https:// and without a slash at the end"
	case a.status == http.StatusServiceUnavailable && a.Reason != "":
		return "the receiver asks to send again: " + a.Reason, "docs/receiver.md says what the reason means"
	default:
		return fmt.Sprintf("%s answers %d", at, a.status), "what answers stands before the receiver: look at the log of the Ingress or Gateway; docs/receiver.md has every answer of the receiver"
	}
}
