// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"net/http"
)

const (
	uploadsRoute  = "/video/v1/uploads"
	uploadRoute   = uploadsRoute + "/{id}"
	webhooksRoute = "/system/v1/webhooks"
	webhookRoute  = webhooksRoute + "/{id}"
)

// CreateUpload makes a direct upload. After IsUnknownOutcome it may exist; it costs nothing and times out by itself.
func (c *Client) CreateUpload(ctx context.Context, request CreateUploadRequest) (Answer[Upload], error) {
	return create[Upload](ctx, c, &call{method: http.MethodPost, route: uploadsRoute, body: request}, func(u *Upload) string { return u.ID })
}

// GetUpload reads an upload, with its URL while it waits.
func (c *Client) GetUpload(ctx context.Context, id string) (Answer[Upload], error) {
	return do[Upload](ctx, c, &call{method: http.MethodGet, route: uploadRoute, ids: []string{id}})
}

// ListUploads reads a page of uploads, newest first; a page shorter than limit is the last.
func (c *Client) ListUploads(ctx context.Context, limit, page int) (Answer[List[Upload]], error) {
	return do[List[Upload]](ctx, c, &call{method: http.MethodGet, route: uploadsRoute, query: pageQuery(limit, page)})
}

// CancelUpload cancels an upload that waits. IsForbidden means that it no longer does: it has ended some other way.
func (c *Client) CancelUpload(ctx context.Context, id string) (Answer[Upload], error) {
	return do[Upload](ctx, c, &call{method: http.MethodPut, route: uploadRoute + "/cancel", ids: []string{id}})
}

// CreateWebhook makes a webhook endpoint. Its answer is the only one that has the signing secret.
func (c *Client) CreateWebhook(ctx context.Context, address string) (Answer[Webhook], error) {
	body := map[string]string{"address": address}
	return create[Webhook](ctx, c, &call{method: http.MethodPost, route: webhooksRoute, body: body}, func(w *Webhook) string { return w.ID })
}

// GetWebhook reads a webhook endpoint.
func (c *Client) GetWebhook(ctx context.Context, id string) (Answer[Webhook], error) {
	return do[Webhook](ctx, c, &call{method: http.MethodGet, route: webhookRoute, ids: []string{id}})
}

// ListWebhooks reads a page of webhook endpoints, newest first.
func (c *Client) ListWebhooks(ctx context.Context, limit, page int) (Answer[List[Webhook]], error) {
	return do[List[Webhook]](ctx, c, &call{method: http.MethodGet, route: webhooksRoute, query: pageQuery(limit, page)})
}

// UpdateWebhook changes a webhook endpoint.
func (c *Client) UpdateWebhook(ctx context.Context, id string, request UpdateWebhookRequest) (Answer[Webhook], error) {
	return do[Webhook](ctx, c, &call{method: http.MethodPatch, route: webhookRoute, ids: []string{id}, body: request})
}

// DeleteWebhook removes a webhook endpoint.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	return c.remove(ctx, webhookRoute, id)
}
