// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// createRequest turns the spec into the body of POST /video/v1/assets. Values from Secrets go into it and nowhere else.
func (r *assetReconciler) createRequest(ctx context.Context, asset *video.MuxAsset) (*mux.CreateAssetRequest, error) {
	request := &mux.CreateAssetRequest{}
	return request, r.fillCreateRequest(ctx, asset, request)
}
