// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// The budget of a status, in bytes of JSON with all its stamps.
const (
	largestStatus = 16 << 10
	typicalStatus = 3000
)

// playwright makes things happen at a simulated Mux whose clock stands still in between.
type playwright struct {
	*stage
	mux    *muxsim.Server
	clock  *muxsim.ManualClock
	client *mux.Client
}

func newPlaywright(t *testing.T, s *stage) *playwright {
	t.Helper()
	p := &playwright{stage: s, clock: muxsim.NewManualClock(time.Now().Add(-48 * time.Hour).Truncate(time.Second))}
	p.mux = muxsim.New(muxsim.Options{Clock: p.clock, Environments: []muxsim.Environment{{
		ID: environmentID, Tokens: []muxsim.Token{{ID: muxsim.DefaultTokenID, Secret: muxsim.DefaultTokenSecret}},
	}}})
	p.must(p.mux.Start("127.0.0.1:0"))
	t.Cleanup(p.mux.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	var err error
	p.client, err = mux.New(mux.Config{
		BaseURL: p.mux.URL(), Credentials: mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret}, Transport: transport,
	})
	p.must(err)
	return p
}

func (p *playwright) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// TestTypicalStatus holds the budget of a ready asset with a text track and a static rendition.
func TestTypicalStatus(t *testing.T) {
	s := newStage(t, plane.Config)
	p := newPlaywright(t, s)
	_, err := p.client.CreateAsset(s.ctx, mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{
		Inputs: []mux.Input{
			{URL: "https://example.com/film.mp4"},
			{URL: "https://example.com/en.vtt", Type: "text", TextType: "subtitles", LanguageCode: "en", Name: "English"},
		},
		PlaybackPolicies: []string{"public"}, Passthrough: new("film-17"), Meta: &mux.MetadataRequest{Title: new("A film of the typical kind")},
		StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest"}},
	}})
	p.must(err)
	p.clock.Advance(time.Minute)
	s.discover()
	asset := newSizes(&video.MuxAsset{})
	p.deliver(p.mux.Recorded(), asset)
	if asset.object.(*video.MuxAsset).Status.State != projection.StateReady || asset.status > typicalStatus {
		t.Errorf("a typical ready asset's status has %d bytes, more than %d: %+v", asset.status, typicalStatus, asset.object)
	}
	t.Logf("a typical ready asset: %s", asset)
}

// TestLargestStatus holds the budget of the most that a broadcast can leave: six hours with a hundred reconnects, six simulcast
// targets, thirty text tracks and every static rendition.
func TestLargestStatus(t *testing.T) {
	s := newStage(t, plane.Config)
	p := newPlaywright(t, s)
	p.longBroadcast()
	s.discover()
	asset, stream := newSizes(&video.MuxAsset{}), newSizes(&video.MuxLiveStream{})
	p.deliver(p.mux.Recorded(), asset, stream)
	status := asset.object.(*video.MuxAsset).Status
	if len(status.Tracks) != 32 || len(status.StaticRenditions) != 9 || status.IsLive {
		t.Errorf("the recording has %d tracks and %d renditions, live %v", len(status.Tracks), len(status.StaticRenditions), status.IsLive)
	}
	for _, most := range []*sizes{asset, stream} {
		t.Logf("after %d events: %s", len(p.mux.Recorded()), most)
		if most.status > largestStatus {
			t.Errorf("a status has up to %d bytes, more than %d", most.status, largestStatus)
		}
	}
}

// discover makes objects for everything that events tell of.
func (s *stage) discover() {
	s.Helper()
	s.env.Spec.Discovery = &video.DiscoverySpec{Assets: true, LiveStreams: true}
	if err := s.Update(s.ctx, s.env); err != nil {
		s.Fatal(err)
	}
}

// longBroadcast plays six hours with a hundred reconnects.
func (p *playwright) longBroadcast() {
	p.Helper()
	request := mux.CreateLiveStreamRequest{PlaybackPolicies: []string{"public", "signed"}, ReconnectWindow: new(300.0), Meta: &mux.MetadataRequest{Title: new("The long broadcast")}}
	request.NewAssetSettings = &mux.AssetSettings{PlaybackPolicies: []string{"public", "signed"}, MasterAccess: "temporary"}
	for n := range 6 {
		request.SimulcastTargets = append(request.SimulcastTargets, mux.SimulcastTargetRequest{URL: "rtmp://example.com/app", StreamKey: "key", Passthrough: fmt.Sprintf("target-%d", n)})
	}
	stream, err := p.client.CreateLiveStream(p.ctx, request)
	p.must(err)
	id := stream.Value.ID
	for range 101 {
		p.must(p.mux.ConnectEncoder(id))
		p.clock.Advance(6*time.Hour/101 - 20*time.Second)
		p.must(p.mux.DisconnectEncoder(id))
		p.clock.Advance(20 * time.Second)
	}
	asset := p.mux.AssetIDs(environmentID)[0]
	p.clock.Advance(10 * time.Minute)
	for n := range 30 {
		_, err := p.client.CreateTrack(p.ctx, asset, mux.CreateTrackRequest{
			URL: "https://example.com/subtitles.vtt", Type: "text", TextType: "subtitles", LanguageCode: fmt.Sprintf("a%c", 'a'+n%26), Name: fmt.Sprintf("Subtitles %d", n),
		})
		p.must(err)
	}
	for _, resolution := range []string{"2160p", "1440p", "1080p", "720p", "540p", "480p", "360p", "270p", "audio-only"} {
		_, err := p.client.CreateStaticRendition(p.ctx, asset, mux.StaticRenditionRequest{Resolution: resolution})
		p.must(err)
	}
	p.clock.Advance(10 * time.Minute)
}

// sizes are those of the only object of a kind.
type sizes struct {
	object client.Object
	// status is the most that its status had on the way, whole and managed what the object and its managedFields have in the
	// end, in bytes of JSON.
	status, whole, managed int
}

func newSizes(object client.Object) *sizes { return &sizes{object: object} }

func (z *sizes) String() string {
	return fmt.Sprintf("%T has a status of at most %d bytes, in the end %d bytes with managedFields and %d without",
		z.object, z.status, z.whole, z.whole-z.managed)
}

// deliver posts the events, some at once, and measures the only objects of some kinds in between.
func (p *playwright) deliver(events []muxsim.Event, measured ...*sizes) {
	p.Helper()
	replica := p.replica()
	for some := range slices.Chunk(events, 16) {
		var posts sync.WaitGroup
		for _, e := range some {
			posts.Go(func() {
				if response := replica.post(p.stage, "default", string(e.Body)); response.Code != http.StatusOK {
					p.Errorf("%s is answered %d %s", e.Type, response.Code, response.Body)
				}
			})
		}
		posts.Wait()
		for _, z := range measured {
			p.measure(z)
		}
	}
}

func (p *playwright) measure(z *sizes) {
	p.Helper()
	var status any
	switch o := z.object.(type) {
	case *video.MuxAsset:
		var list video.MuxAssetList
		p.must(p.List(p.ctx, &list, client.InNamespace(p.namespace)))
		if len(list.Items) == 0 {
			return
		}
		*o = list.Items[0]
		status = o.Status
	case *video.MuxLiveStream:
		var list video.MuxLiveStreamList
		p.must(p.List(p.ctx, &list, client.InNamespace(p.namespace)))
		if len(list.Items) == 0 {
			return
		}
		*o = list.Items[0]
		status = o.Status
	}
	z.status = max(z.status, p.bytes(status))
	z.whole, z.managed = p.bytes(z.object), p.bytes(z.object.GetManagedFields())
}

func (p *playwright) bytes(value any) int {
	p.Helper()
	data, err := json.Marshal(value)
	p.must(err)
	return len(data)
}
