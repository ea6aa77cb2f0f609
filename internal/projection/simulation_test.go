// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// simulation is a simulated Mux whose clock stands still between the steps of a life.
type simulation struct {
	*testing.T
	mux    *muxsim.Server
	clock  *muxsim.ManualClock
	client *mux.Client
	// answers are what REST said on the way, by the id of its object.
	answers map[string][]observation
}

// observation is one thing that Mux said of one object.
type observation struct {
	name string
	// join brings it into an object; at another time than its own where at is not zero.
	join func(object any, at time.Time)
}

// species is a kind of object as the tests see it: a pointer to a MuxAsset, MuxLiveStream or MuxUpload.
type species struct {
	name, path, events string
	// start is an object that has its id and is in sync with its spec; status points into it.
	start     func() any
	status    func(object any) any
	summarize func(object any, now metav1.Time)
	lift      func(*mux.Event) (join func(object any), ok bool)
	get       func(s *simulation, id string) observation
	list      func(s *simulation, id string) observation
	absent    func(at time.Time) func(object any)
}

var (
	followed    = video.FollowedStatus{ObservedGeneration: 1, Conditions: []metav1.Condition{{Type: video.ConditionSynced, Status: metav1.ConditionTrue, Reason: video.ReasonSynced}}}
	allPolicies = video.FollowedSpec{ManagementPolicy: video.ManagementPolicyManaged}

	assetSpecies = &species{
		name: "MuxAsset", path: "/video/v1/assets/", events: "video.asset.",
		start: func() any {
			asset := &video.MuxAsset{Spec: video.MuxAssetSpec{
				FollowedSpec: allPolicies, TextTracks: []video.TextTrack{{Name: "English", LanguageCode: "en"}},
			}}
			asset.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "highest"}}
			followed.DeepCopyInto(&asset.Status.FollowedStatus)
			return asset
		},
		status:    func(o any) any { return &o.(*video.MuxAsset).Status },
		summarize: func(o any, now metav1.Time) { SummarizeAsset(o.(*video.MuxAsset), now) },
		lift: func(e *mux.Event) (func(any), bool) {
			told, ok := LiftAssetEvent(e)
			return joinAsset(told), ok
		},
		get: func(s *simulation, id string) observation {
			answer, err := s.client.GetAsset(s.Context(), id)
			s.must(err)
			return observation{"GET asset", func(o any, at time.Time) {
				joinAsset(LiftAssetAnswer(&answer.Value, later(at, answer.Meta.AsOf(mux.GetMargin)), SourceGet, answer.Meta.Digest))(o)
			}}
		},
		list: func(s *simulation, id string) observation {
			answer, err := s.client.ListAssets(s.Context(), mux.ListAssetsOptions{Limit: 100})
			s.must(err)
			return observation{"LIST assets", func(o any, at time.Time) {
				joinAsset(LiftAssetAnswer(find(s, answer.Value.Items, func(a *mux.Asset) bool { return a.ID == id }),
					later(at, answer.Meta.AsOf(mux.ListMargin)), SourceList, answer.Meta.Digest))(o)
			}}
		},
		absent: func(at time.Time) func(any) { return joinAsset(LiftAssetAbsence(at)) },
	}

	streamSpecies = &species{
		name: "MuxLiveStream", path: "/video/v1/live-streams/", events: "video.live_stream.",
		start: func() any {
			stream := &video.MuxLiveStream{Spec: video.MuxLiveStreamSpec{FollowedSpec: allPolicies}}
			followed.DeepCopyInto(&stream.Status.FollowedStatus)
			return stream
		},
		status:    func(o any) any { return &o.(*video.MuxLiveStream).Status },
		summarize: func(o any, now metav1.Time) { SummarizeLiveStream(o.(*video.MuxLiveStream), now) },
		lift: func(e *mux.Event) (func(any), bool) {
			told, ok := LiftLiveStreamEvent(e)
			return joinStream(told), ok
		},
		get: func(s *simulation, id string) observation {
			answer, err := s.client.GetLiveStream(s.Context(), id)
			s.must(err)
			return observation{"GET live stream", func(o any, at time.Time) {
				joinStream(LiftLiveStreamAnswer(&answer.Value, later(at, answer.Meta.AsOf(mux.GetMargin)), SourceGet, answer.Meta.Digest))(o)
			}}
		},
		list: func(s *simulation, id string) observation {
			answer, err := s.client.ListLiveStreams(s.Context(), 100, 1)
			s.must(err)
			return observation{"LIST live streams", func(o any, at time.Time) {
				joinStream(LiftLiveStreamAnswer(find(s, answer.Value, func(l *mux.LiveStream) bool { return l.ID == id }),
					later(at, answer.Meta.AsOf(mux.ListMargin)), SourceList, answer.Meta.Digest))(o)
			}}
		},
		absent: func(at time.Time) func(any) { return joinStream(LiftLiveStreamAbsence(at)) },
	}

	uploadSpecies = &species{
		name: "MuxUpload", path: "/video/v1/uploads/", events: "video.upload.",
		start: func() any {
			upload := &video.MuxUpload{Spec: video.MuxUploadSpec{FollowedSpec: allPolicies}}
			followed.DeepCopyInto(&upload.Status.FollowedStatus)
			return upload
		},
		status:    func(o any) any { return &o.(*video.MuxUpload).Status },
		summarize: func(o any, now metav1.Time) { SummarizeUpload(o.(*video.MuxUpload), now) },
		lift: func(e *mux.Event) (func(any), bool) {
			told, ok := LiftUploadEvent(e)
			return joinUpload(told), ok
		},
		get: func(s *simulation, id string) observation {
			answer, err := s.client.GetUpload(s.Context(), id)
			s.must(err)
			return observation{"GET upload", func(o any, at time.Time) {
				joinUpload(LiftUploadAnswer(&answer.Value, later(at, answer.Meta.AsOf(mux.GetMargin)), SourceGet, answer.Meta.Digest))(o)
			}}
		},
		list: func(s *simulation, id string) observation {
			answer, err := s.client.ListUploads(s.Context(), 100, 1)
			s.must(err)
			return observation{"LIST uploads", func(o any, at time.Time) {
				joinUpload(LiftUploadAnswer(find(s, answer.Value, func(u *mux.Upload) bool { return u.ID == id }),
					later(at, answer.Meta.AsOf(mux.ListMargin)), SourceList, answer.Meta.Digest))(o)
			}}
		},
		absent: func(at time.Time) func(any) { return joinUpload(LiftUploadAbsence(at)) },
	}
)

func joinAsset(told Asset) func(any) {
	return func(o any) {
		status := &o.(*video.MuxAsset).Status
		ReadAsset(status).Join(told).Write(status)
	}
}

func joinStream(told LiveStream) func(any) {
	return func(o any) {
		status := &o.(*video.MuxLiveStream).Status
		ReadLiveStream(status).Join(told).Write(status)
	}
}

func joinUpload(told Upload) func(any) {
	return func(o any) {
		status := &o.(*video.MuxUpload).Status
		ReadUpload(status).Join(told).Write(status)
	}
}

// later is at, or the time of the observation itself where at is zero.
func later(at, own time.Time) time.Time {
	if at.IsZero() {
		return own
	}
	return at
}

func find[V any](s *simulation, all []V, wanted func(*V) bool) *V {
	for i := range all {
		if wanted(&all[i]) {
			return &all[i]
		}
	}
	s.Fatal("the list lacks the object")
	return nil
}

func newSimulation(t *testing.T) *simulation {
	t.Helper()
	s := &simulation{T: t, clock: muxsim.NewManualClock(base), answers: map[string][]observation{}}
	s.mux = muxsim.New(muxsim.Options{Clock: s.clock})
	s.must(s.mux.Start("127.0.0.1:0"))
	t.Cleanup(s.mux.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := mux.New(mux.Config{
		BaseURL: s.mux.URL(), Credentials: mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret}, Transport: transport,
	})
	s.must(err)
	s.client = client
	return s
}

func (s *simulation) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// pass lets time go by.
func (s *simulation) pass(d time.Duration) { s.clock.Advance(d) }

// look takes what GET and LIST say of an object now.
func (s *simulation) look(of *species, id string) {
	s.Helper()
	s.answers[id] = append(s.answers[id], of.get(s, id), of.list(s, id))
}

// lookForDeleted takes the 404 of an object that is gone.
func (s *simulation) lookForDeleted(of *species, id string) {
	s.Helper()
	if s.shown(of, id) != nil {
		s.Fatal("it is still there")
	}
	own := s.clock.Now().Add(-mux.GetMargin)
	s.answers[id] = append(s.answers[id], observation{"404", func(o any, at time.Time) { of.absent(later(at, own))(o) }})
}

// events are what the webhooks tell of an object.
func (s *simulation) events(of *species, id string) (all []observation) {
	s.Helper()
	for _, recorded := range s.mux.Recorded() {
		event, err := mux.DecodeEvent(recorded.Body)
		s.must(err)
		if !strings.HasPrefix(event.Type, of.events) || !strings.Contains(string(recorded.Body), `"`+id+`"`) {
			continue
		}
		if _, tells := of.lift(event); !tells {
			continue
		}
		all = append(all, observation{event.Type, func(o any, at time.Time) {
			stamped := *event
			stamped.CreatedAt = later(at, event.CreatedAt)
			join, _ := of.lift(&stamped)
			join(o)
		}})
	}
	return all
}

// shown is the data of the GET of an object, nil when it is gone. It is read without the client: what a client
// misunderstands must not be hidden.
func (s *simulation) shown(of *species, id string) map[string]any {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.mux.URL()+of.path+id, nil)
	s.must(err)
	request.SetBasicAuth(muxsim.DefaultTokenID, muxsim.DefaultTokenSecret)
	response, err := http.DefaultClient.Do(request)
	s.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	s.must(err)
	if response.StatusCode == http.StatusNotFound {
		return nil
	}
	var answer struct{ Data map[string]any }
	s.must(json.Unmarshal(body, &answer))
	return answer.Data
}
