// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"net/http"
)

const (
	webhooksRoute = "/system/v1/webhooks"
	webhookRoute  = webhooksRoute + "/{id}"
)

func (h *Webhook) id() string { return h.ID }

// CreateWebhook makes a webhook endpoint. Its answer is the only one that has the signing secret.
func (c *Client) CreateWebhook(ctx context.Context, address string) (Answer[Webhook], error) {
	body := map[string]string{"address": address}
	return identified(ctx, c, &call{method: http.MethodPost, route: webhooksRoute, body: body}, (*Webhook).id)
}

// GetWebhook reads a webhook endpoint.
func (c *Client) GetWebhook(ctx context.Context, id string) (Answer[Webhook], error) {
	return identified(ctx, c, &call{method: http.MethodGet, route: webhookRoute, ids: []string{id}}, (*Webhook).id)
}

// ListWebhooks reads a page of webhook endpoints, newest first.
func (c *Client) ListWebhooks(ctx context.Context, limit, page int) (Answer[[]Webhook], error) {
	return do[[]Webhook](ctx, c, &call{method: http.MethodGet, route: webhooksRoute, query: pageQuery(limit, page)})
}

// UpdateWebhook changes a webhook endpoint.
func (c *Client) UpdateWebhook(ctx context.Context, id string, request UpdateWebhookRequest) (Answer[Webhook], error) {
	return identified(ctx, c, &call{method: http.MethodPatch, route: webhookRoute, ids: []string{id}, body: request}, (*Webhook).id)
}

// DeleteWebhook removes a webhook endpoint.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	return c.remove(ctx, webhookRoute, id)
}
