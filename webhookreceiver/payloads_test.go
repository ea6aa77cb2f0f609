// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestEveryPayload posts every body that Mux sent or documents, and those of its own generator: as it is, which names another
// environment, and as if it came from ours. All are answered 2xx; what tells of a state has it written down.
func TestEveryPayload(t *testing.T) {
	s := newStage(t, plane.Config)
	s.discover()
	r := s.replica()
	var names []string
	err := filepath.WalkDir("../internal/mux/testdata/payloads", func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".json" {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < 50 {
		t.Fatalf("there are %d payloads, %v", len(names), err)
	}
	results := map[string]int{}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		kind, ours := moved(t, body)
		for variant, body := range map[string]string{"as it is": string(body), "ours": ours} {
			response := r.post(s, "default", body)
			if response.Code != http.StatusOK {
				t.Errorf("%s, %s, is answered %d %s", filepath.Base(name), variant, response.Code, response.Body)
			}
			var answer struct{ Result, Reason string }
			if err := json.Unmarshal(response.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			results[strings.TrimSpace(fmt.Sprint(variant, ": ", answer.Result, " ", answer.Reason))]++
			if variant == "ours" && tellsOfState(kind) && answer.Result == "ignored" {
				t.Errorf("%s, %s, is ignored: %s", filepath.Base(name), kind, answer.Reason)
			}
		}
	}
	var assets video.MuxAssetList
	var streams video.MuxLiveStreamList
	for _, list := range []client.ObjectList{&assets, &streams} {
		if err := s.List(s.ctx, list, client.InNamespace(s.namespace)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d payloads, each posted twice: %v; they made %d MuxAssets and %d MuxLiveStreams", len(names), results, len(assets.Items), len(streams.Items))
}

// moved is the type of a payload, and the payload as our environment would get it.
func moved(t *testing.T, body []byte) (kind, ours string) {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatal(err)
	}
	event["environment"] = map[string]any{"id": environmentID, "name": "ours"}
	data, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	kind, _ = event["type"].(string)
	return kind, string(data)
}

// tellsOfState is true for events of assets and live streams, but for warnings and shots; uploads are not discovered.
func tellsOfState(kind string) bool {
	return (strings.HasPrefix(kind, "video.asset.") || strings.HasPrefix(kind, "video.live_stream.")) &&
		!strings.HasSuffix(kind, ".warning") && !strings.Contains(kind, ".shots.")
}
