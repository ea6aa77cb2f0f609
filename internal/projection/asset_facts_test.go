// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestErrorsHoldNoURL quotes presigned URLs in every place where Mux explains an error.
func TestErrorsHoldNoURL(t *testing.T) {
	quoted := "could not fetch https://user:canary@bucket.example.com/canary/a.mp4?X-Signature=canary&t=1, nor srt://live.example.com?passphrase=canary"
	long := strings.Repeat("x", maxText-30) + " https://bucket.example.com/a.mp4?X-Signature=canary"
	problem := fmt.Sprintf(`{"type":"invalid_input https://bucket.example.com/canary","messages":[%q,%q]}`, quoted, long)
	for kind, data := range map[string]string{
		"video.asset.errored":                  fmt.Sprintf(`{"id":"a","status":"errored","errors":%s}`, problem),
		"video.asset.updated":                  fmt.Sprintf(`{"id":"a","status":"ready","tracks":[{"id":"t","type":"text","status":"errored","error":%s}],"static_renditions":{"files":[{"id":"r","name":"720p.mp4","status":"errored","error":%s}]}}`, problem, problem),
		"video.asset.track.errored":            fmt.Sprintf(`{"id":"t","asset_id":"a","type":"text","status":"errored","error":%s}`, problem),
		"video.asset.static_rendition.errored": fmt.Sprintf(`{"id":"r","name":"720p.mp4","status":"errored","error":%s}`, problem),
	} {
		t.Run(kind, func(t *testing.T) {
			body := fmt.Sprintf(`{"type":%q,"id":"e","created_at":"2026-01-02T03:04:05Z","object":{"type":"asset","id":"a"},"data":%s}`, kind, data)
			event, err := mux.DecodeEvent([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			asset := &video.MuxAsset{Status: *lifted(t, event)}
			synced(asset)
			SummarizeAsset(asset, summaryTime)
			text, err := json.Marshal(asset.Status)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "canary") {
				t.Errorf("the status holds a secret: %s", text)
			}
			if !strings.Contains(string(text), "https://bucket.example.com/…") {
				t.Errorf("the status does not say which host: %s", text)
			}
		})
	}
}
