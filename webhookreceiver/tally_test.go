// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// TestTally changes objects at random, in the ways that an informer tells of, and counts them anew each time.
func TestTally(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	objects := map[client.ObjectKey]commit.Followed{}
	tally := &tally{}
	for step := range 2000 {
		key := client.ObjectKey{Namespace: fmt.Sprint("ns-", random.IntN(3)), Name: fmt.Sprint("object-", random.IntN(20))}
		old, there := objects[key]
		switch {
		case there && random.IntN(3) == 0:
			delete(objects, key)
			tally.change(old, nil)
		case there:
			objects[key] = someFollowed(random, key)
			tally.change(old, objects[key])
		default:
			objects[key] = someFollowed(random, key)
			tally.change(nil, objects[key])
		}
		want := map[tallied]map[string]int{}
		for _, o := range objects {
			for _, trait := range traits(o) {
				if want[trait] == nil {
					want[trait] = map[string]int{}
				}
				want[trait][o.GetNamespace()]++
			}
		}
		if !maps.EqualFunc(tally.counts, want, maps.Equal[map[string]int, map[string]int]) {
			t.Fatalf("after %d changes the counts are %v, want %v", step+1, tally.counts, want)
		}
	}
}

// someFollowed is an object that counts as one thing or another.
func someFollowed(random *rand.Rand, key client.ObjectKey) commit.Followed {
	m := metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}
	if random.IntN(2) == 0 {
		m.Labels = map[string]string{video.LabelOrigin: video.OriginDiscovery, video.LabelOriginName: "default"}
	}
	var o commit.Followed
	switch random.IntN(3) {
	case 0:
		o = &video.MuxAsset{ObjectMeta: m}
	case 1:
		stream := &video.MuxLiveStream{ObjectMeta: m}
		if random.IntN(2) == 0 {
			stream.Spec.Recordings = &video.RecordingsSpec{}
		}
		o = stream
	default:
		o = &video.MuxUpload{ObjectMeta: m}
	}
	o.GetFollowedSpec().EnvironmentRef.Name = fmt.Sprint("env-", random.IntN(2))
	if random.IntN(2) == 0 {
		o.GetFollowedStatus().ID = "id"
	}
	return o
}

// calls counts the requests to the API server by their method; a watch is none.
type calls struct {
	mu       sync.Mutex
	byMethod map[string]int
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// counted is a configuration whose requests are counted.
func counted(config *rest.Config) (*rest.Config, *calls) {
	c := &calls{byMethod: map[string]int{}}
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			if request.URL.Query().Get("watch") == "" {
				c.mu.Lock()
				c.byMethod[request.Method]++
				c.mu.Unlock()
			}
			return next.RoundTrip(request)
		})
	})
	return config, c
}

// since gives what was counted since it was last asked.
func (c *calls) since() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counted := c.byMethod
	c.byMethod = map[string]int{}
	return counted
}

// TestNoReads sends events of all sorts to a receiver that is warm: the API server sees no read, no more writes than events, and
// nothing of what is forged, known or nobody's.
func TestNoReads(t *testing.T) {
	config, calls := counted(plane.Config)
	s := newStage(t, config)
	s.discover()
	const known, unknown = 30, 10
	id := func(n int) string { return fmt.Sprintf("warm%03d0000000000000000000000000", n) }
	for n := range known {
		s.asset(fmt.Sprint("warm-", n), "default", id(n))
	}
	s.asset("first", "default", "first")
	r := s.replica()
	if response := r.post(s, "default", event("video.asset.ready", "first", time.Now(), "")); response.Code != http.StatusOK {
		t.Fatalf("the first is answered %d %s", response.Code, response.Body)
	}
	calls.since() // the signing secret and what the API server serves are read once
	post := func(all ...string) map[string]int {
		t.Helper()
		var posts sync.WaitGroup
		for _, body := range all {
			posts.Go(func() {
				if response := r.post(s, "default", body); response.Code != http.StatusOK {
					t.Errorf("%s is answered %d %s", body, response.Code, response.Body)
				}
			})
		}
		posts.Wait()
		return calls.since()
	}
	now := time.Now()
	var ready, tracks, strangers, others []string
	for n := range known {
		ready = append(ready, event("video.asset.ready", id(n), now, ""))
		tracks = append(tracks, envelope("video.asset.track.ready", now, fmt.Sprintf(`{"id":"track-%d","asset_id":%q,"type":"text","status":"ready"}`, n, id(n))))
	}
	for n := range unknown {
		strangers = append(strangers, event("video.asset.ready", fmt.Sprint("stranger-", n), now, ""))
		others = append(others, envelope("video.upload.created", now, fmt.Sprintf(`{"id":"upload-%d"}`, n)))
	}
	for _, row := range []struct {
		name   string
		events []string
		want   map[string]int
	}{
		{"the first event of each object", ready, map[string]int{"PATCH": known}},
		{"another one, of a part", tracks, map[string]int{"PATCH": known}},
		{"both once more", append(ready, tracks...), map[string]int{}},
		{"of objects that are made for it", strangers, map[string]int{"POST": unknown, "PATCH": unknown}},
		{"of nobody's uploads", others, map[string]int{}},
	} {
		if got := post(row.events...); !maps.Equal(got, row.want) {
			t.Errorf("%d events, %s: the API server got %v, want %v", len(row.events), row.name, got, row.want)
		} else {
			t.Logf("%d events, %s: %v", len(row.events), row.name, got)
		}
	}
	for range 100 {
		r.send(http.MethodPost, "/webhooks/"+s.namespace+"/default", header("forged", time.Now(), ready[0]), ready[0])
	}
	if got := calls.since(); len(got) != 0 {
		t.Errorf("forged traffic: the API server got %v", got)
	}
}
