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

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestEveryPayload posts every body that Mux sent or documents, and those of its own generator: as it is, which names another
// environment, and as if it came from ours. All are answered 2xx; what tells of a state has it written down.
func TestEveryPayload(t *testing.T) {
	s := newStage(t, plane.Config)
	s.discover()
	r := s.replica()
	names := payloads(t)
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

// payloads are the files with bodies of webhooks.
func payloads(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir("../internal/mux/testdata/payloads", func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".json" {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < 50 {
		t.Fatalf("there are %d payloads, %v", len(names), err)
	}
	return names
}

// TestAsStored : the API server's answer to a patch is the metadata alone, so what a commit keeps in memory is what was sent. It is what the API
// server has, for the first event of an object, and for all events of a kind in one object, each beginning with what the one before has kept.
func TestAsStored(t *testing.T) {
	s := newStage(t, plane.Config)
	committer := &commit.Committer{Client: s.Client, Live: s.Client, Conflicts: func() { t.Error("what was kept is not the newest version") }}
	targets, kept, stored := newTargets(committer, commit.NewTurns(1)), map[family]commit.Followed{}, 0
	for i, name := range payloads(t) {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		event, err := mux.DecodeEvent(body)
		if err != nil {
			t.Fatal(err)
		}
		target, ok := targets[familyOf(event.Type)]
		if !ok {
			continue
		}
		told, ok := target.lift(event)
		if !ok {
			continue
		}
		first, all := s.observing(target, fmt.Sprintf("object-%d", i)), kept[target.family]
		if all == nil {
			all = s.observing(target, "all")
		}
		s.storedAs(committer, target, name, first, told)
		kept[target.family] = s.storedAs(committer, target, name, all, told)
		stored++
	}
	if stored < 50 || len(kept) != 3 {
		t.Errorf("%d payloads told of objects of %d kinds", stored, len(kept))
	}
}

// storedAs commits what an event tells to an object, and compares what the commit keeps, which it returns, with what the API server has.
func (s *stage) storedAs(committer *commit.Committer, target *target, name string, object commit.Followed, told told) commit.Followed {
	s.Helper()
	kept, _, err := commit.StatusOf(s.ctx, committer, object, func(o commit.Followed) error { told.to(o); return nil })
	if err != nil {
		s.Fatalf("%s: %v", name, err)
	}
	fresh := target.newObject()
	if err := s.Get(s.ctx, client.ObjectKeyFromObject(kept), fresh); err != nil {
		s.Fatal(err)
	}
	compared := kept.DeepCopyObject().(commit.Followed)
	compared.SetManagedFields(fresh.GetManagedFields()) // a commit does not update them, and nobody reads them
	if diff := cmp.Diff(fresh, compared, cmpopts.EquateEmpty(), cmpopts.IgnoreTypes(metav1.TypeMeta{})); diff != "" {
		s.Errorf("%s: what the API server has (-) is not what is kept (+):\n%s", name, diff)
	}
	return kept
}

// observing makes an object that observes what has its name for an id at Mux.
func (s *stage) observing(target *target, name string) commit.Followed {
	s.Helper()
	object := target.newObject()
	object.SetNamespace(s.namespace)
	object.SetName(name)
	*object.GetFollowedSpec() = s.observes("default", name)
	s.create(object)
	return object
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
