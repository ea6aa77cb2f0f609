// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"errors"
	"net/http"
)

const (
	uploadsRoute = "/video/v1/uploads"
	uploadRoute  = uploadsRoute + "/{id}"
)

func (u *Upload) id() string { return u.ID }

// CreateUpload makes a direct upload. After IsUnknownOutcome it may exist; it costs nothing and times out by itself.
func (c *Client) CreateUpload(ctx context.Context, request CreateUploadRequest) (Answer[Upload], error) {
	return identified(ctx, c, &call{method: http.MethodPost, route: uploadsRoute, body: request}, (*Upload).id)
}

// GetUpload reads an upload, with its URL while it waits.
func (c *Client) GetUpload(ctx context.Context, id string) (Answer[Upload], error) {
	return identified(ctx, c, &call{method: http.MethodGet, route: uploadRoute, ids: []string{id}}, (*Upload).id)
}

// ListUploads reads a page of uploads, newest first; a page shorter than limit is the last.
func (c *Client) ListUploads(ctx context.Context, limit, page int) (Answer[[]Upload], error) {
	return do[[]Upload](ctx, c, &call{method: http.MethodGet, route: uploadsRoute, query: pageQuery(limit, page)})
}

// CancelUpload cancels an upload that waits. IsNotWaiting means that it no longer does: it has ended some other way.
func (c *Client) CancelUpload(ctx context.Context, id string) (Answer[Upload], error) {
	answer, err := identified(ctx, c, &call{method: http.MethodPut, route: uploadRoute + "/cancel", ids: []string{id}}, (*Upload).id)
	var failure *Error
	if errors.As(err, &failure) && failure.Kind == KindForbidden {
		failure.Kind = KindNotWaiting
	}
	return answer, err
}
