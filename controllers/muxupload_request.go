// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// uploadRequest is the body of POST /video/v1/uploads.
type uploadRequest struct{ mux.CreateUploadRequest }

// send puts the token where there is room for it, see mux.CreateUploadRequest.SetToken.
func (u *uploadRequest) send(ctx context.Context, c *mux.Client, token string) (told, error) {
	request := u.CreateUploadRequest
	request.SetToken(token)
	answer, err := c.CreateUpload(ctx, request)
	return toldUpload(&answer, projection.SourceWrite), err
}

// request turns the spec into a create. Nothing is created whose URL could not be given on.
func (k uploadKind) request(ctx context.Context, r *follower, o commit.Followed) (createRequest, error) {
	if err := r.secretIsFree(ctx, o, k.secretName(o)); err != nil {
		return nil, err
	}
	return newUploadRequest(&uploadOf(o).Spec), nil
}

func newUploadRequest(spec *video.MuxUploadSpec) *uploadRequest {
	request := &uploadRequest{mux.CreateUploadRequest{CORSOrigin: spec.CORSOrigin, Test: spec.Test}}
	if spec.TimeoutSeconds != nil {
		request.Timeout = new(int64(*spec.TimeoutSeconds))
	}
	if spec.NewAssetSettings != nil {
		request.NewAssetSettings = new(assetSettings(spec.NewAssetSettings))
	}
	return request
}

// toldUpload is what an answer tells of an upload.
func toldUpload(answer *mux.Answer[mux.Upload], source string) told {
	upload := &answer.Value
	t := toldOfUpload(projection.LiftUploadAnswer(upload, answer.Meta.AsOf(mux.GetMargin), source, answer.Meta.Digest))
	t.id, t.meta = upload.ID, answer.Meta
	if upload.Status == projection.StateWaiting && upload.URL != "" {
		t.secrets = map[string]mux.Secret{uploadURLKey: upload.URL}
	}
	return t
}
