// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"testing"
	"time"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// life is a documented course of things at Mux.
type life struct {
	name string
	// play lets it happen and returns the objects that it is about.
	play func(*simulation) []protagonist
}

// protagonist is an object at Mux.
type protagonist struct {
	of *species
	id string
}

// told is all that was said of an object in a life, and what GET shows of it in the end.
type told struct {
	name    string
	of      *species
	events  []observation
	answers []observation
	end     map[string]any
}

// lives are all: each event type of Mux Video that says something of a state is in one of them.
var lives = []life{
	{"asset from a URL", func(s *simulation) []protagonist {
		id := s.createAsset(mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{
			Inputs: []mux.Input{
				{URL: "https://example.com/sim-nonstandard/film.mp4"},
				{URL: "https://example.com/en.vtt", Type: "text", TextType: "subtitles", LanguageCode: "en", Name: "English"},
			},
			PlaybackPolicies: []string{"public"}, Passthrough: new("p"),
			StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest"}, {Resolution: "audio-only"}},
		}})
		s.look(assetSpecies, id)
		s.pass(time.Minute)
		s.look(assetSpecies, id)
		_, err := s.client.UpdateAsset(s.Context(), id, mux.UpdateAssetRequest{Meta: &mux.MetadataRequest{Title: new("Film")}})
		s.must(err)
		return []protagonist{{assetSpecies, id}}
	}},
	{"deletion", func(s *simulation) []protagonist {
		id := s.createAsset(plainAsset())
		s.pass(time.Minute)
		_, err := s.client.CreateAssetPlaybackID(s.Context(), id, mux.PlaybackPolicyRequest{Policy: "signed"})
		s.must(err)
		s.look(assetSpecies, id)
		_, err = s.client.CreateStaticRendition(s.Context(), id, mux.StaticRenditionRequest{Resolution: "2160p"}) // which is skipped
		s.must(err)
		s.pass(time.Minute)
		s.look(assetSpecies, id)
		s.must(s.client.DeleteAsset(s.Context(), id))
		s.pass(time.Minute)
		s.lookForDeleted(assetSpecies, id)
		return []protagonist{{assetSpecies, id}}
	}},
	{"asset that errors", func(s *simulation) []protagonist {
		request := plainAsset()
		request.Inputs = []mux.Input{{URL: "https://example.com/sim-error/film.mp4"}}
		id := s.createAsset(request)
		s.look(assetSpecies, id)
		s.pass(time.Minute)
		s.look(assetSpecies, id)
		return []protagonist{{assetSpecies, id}}
	}},
	{"text tracks that error and go", tracksThatErrorAndGo},
	{"static renditions that error and go", renditionsThatErrorAndGo},
	{"mp4 support", func(s *simulation) []protagonist {
		request := plainAsset()
		request.MP4Support = "capped-1080p"
		id := s.createAsset(request)
		s.pass(time.Minute)
		s.look(assetSpecies, id)
		s.setMP4(id, "none")
		s.setMP4(id, "audio-only")
		s.must(s.mux.FailMP4(id))
		s.look(assetSpecies, id)
		return []protagonist{{assetSpecies, id}}
	}},
	{"master access twice", func(s *simulation) []protagonist {
		id := s.createAsset(plainAsset())
		s.pass(time.Minute)
		s.grantMaster(id)
		s.pass(time.Minute)
		s.look(assetSpecies, id)
		s.pass(25 * time.Hour)
		s.look(assetSpecies, id)
		s.grantMaster(id)
		s.pass(time.Minute)
		s.look(assetSpecies, id)
		return []protagonist{{assetSpecies, id}}
	}},
	{"master copy that errors", func(s *simulation) []protagonist {
		id := s.createAsset(plainAsset())
		s.pass(time.Minute)
		s.grantMaster(id)
		s.must(s.mux.FailMaster(id))
		s.look(assetSpecies, id)
		return []protagonist{{assetSpecies, id}}
	}},
	{"direct upload", func(s *simulation) []protagonist {
		id := s.createUpload()
		s.look(uploadSpecies, id)
		s.pass(time.Minute)
		asset, err := s.mux.FinishUpload(id)
		s.must(err)
		s.look(uploadSpecies, id)
		s.look(assetSpecies, asset)
		s.pass(time.Minute)
		s.look(uploadSpecies, id)
		s.look(assetSpecies, asset)
		return []protagonist{{uploadSpecies, id}, {assetSpecies, asset}}
	}},
	{"upload that errors", func(s *simulation) []protagonist {
		id := s.createUpload()
		asset, err := s.mux.FinishUpload(id)
		s.must(err)
		s.look(uploadSpecies, id)
		s.must(s.mux.SetErrored(asset, ""))
		s.pass(10 * time.Second)
		s.look(uploadSpecies, id)
		s.look(assetSpecies, asset)
		return []protagonist{{uploadSpecies, id}, {assetSpecies, asset}}
	}},
	{"upload that is cancelled", func(s *simulation) []protagonist {
		id := s.createUpload()
		s.look(uploadSpecies, id)
		_, err := s.client.CancelUpload(s.Context(), id)
		s.must(err)
		s.look(uploadSpecies, id)
		return []protagonist{{uploadSpecies, id}}
	}},
	{"upload that times out", func(s *simulation) []protagonist {
		id := s.createUpload()
		s.look(uploadSpecies, id)
		s.pass(2 * time.Hour)
		s.look(uploadSpecies, id)
		return []protagonist{{uploadSpecies, id}}
	}},
	{"broadcast with a reconnect and a second session", broadcast},
	{"broadcast that goes on", func(s *simulation) []protagonist {
		id := s.createLiveStream(mux.CreateLiveStreamRequest{SimulcastTargets: []mux.SimulcastTargetRequest{{URL: "rtmp://example.com/app"}}})
		s.must(s.mux.ConnectEncoder(id))
		s.pass(30 * time.Second)
		s.look(streamSpecies, id)
		s.look(assetSpecies, s.activeAsset(id))
		return []protagonist{{streamSpecies, id}, {assetSpecies, s.activeAsset(id)}}
	}},
	{"simulcast of a broadcast that ends", func(s *simulation) []protagonist {
		id := s.createLiveStream(mux.CreateLiveStreamRequest{SimulcastTargets: []mux.SimulcastTargetRequest{{URL: "rtmp://example.com/app"}}})
		s.must(s.mux.ConnectEncoder(id))
		s.pass(30 * time.Second)
		s.must(s.mux.DisconnectEncoder(id))
		s.look(streamSpecies, id)
		return []protagonist{{streamSpecies, id}}
	}},
	{"simulcast with errors", simulcast},
	{"live stream that is changed, disabled and deleted", changedLiveStream},
}

func plainAsset() mux.CreateAssetRequest {
	return mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{
		Inputs: []mux.Input{{URL: "https://example.com/film.mp4"}}, PlaybackPolicies: []string{"public"},
	}}
}

func (s *simulation) createAsset(request mux.CreateAssetRequest) string {
	s.Helper()
	answer, err := s.client.CreateAsset(s.Context(), request)
	s.must(err)
	return answer.Value.ID
}

func (s *simulation) createUpload() string {
	s.Helper()
	settings := plainAsset().AssetSettings
	settings.Inputs = nil
	answer, err := s.client.CreateUpload(s.Context(), mux.CreateUploadRequest{CORSOrigin: "*", NewAssetSettings: &settings})
	s.must(err)
	return answer.Value.ID
}

func (s *simulation) createLiveStream(request mux.CreateLiveStreamRequest) string {
	s.Helper()
	request.NewAssetSettings = &mux.AssetSettings{PlaybackPolicies: []string{"public"}}
	request.PlaybackPolicies = []string{"public", "signed"}
	answer, err := s.client.CreateLiveStream(s.Context(), request)
	s.must(err)
	return answer.Value.ID
}

func (s *simulation) grantMaster(asset string) {
	s.Helper()
	_, err := s.client.SetMasterAccess(s.Context(), asset, "temporary")
	s.must(err)
}

func (s *simulation) setMP4(asset, support string) {
	s.Helper()
	_, err := s.client.SetMP4Support(s.Context(), asset, support)
	s.must(err)
	s.pass(time.Second / 2)
}

func tracksThatErrorAndGo(s *simulation) []protagonist {
	id := s.createAsset(plainAsset())
	s.pass(time.Minute)
	english, err := s.client.CreateTrack(s.Context(), id, mux.CreateTrackRequest{
		URL: "https://example.com/en.vtt", Type: "text", TextType: "subtitles", LanguageCode: "en", Name: "English",
	})
	s.must(err)
	_, err = s.client.CreateTrack(s.Context(), id, mux.CreateTrackRequest{
		URL: "https://example.com/sim-error/de.vtt", Type: "text", TextType: "subtitles", LanguageCode: "de",
	})
	s.must(err)
	s.look(assetSpecies, id)
	s.pass(time.Minute)
	s.look(assetSpecies, id)
	s.must(s.client.DeleteTrack(s.Context(), id, english.Value.ID))
	return []protagonist{{assetSpecies, id}}
}

func renditionsThatErrorAndGo(s *simulation) []protagonist {
	id := s.createAsset(plainAsset())
	s.pass(time.Minute)
	highest, err := s.client.CreateStaticRendition(s.Context(), id, mux.StaticRenditionRequest{Resolution: "highest"})
	s.must(err)
	sound, err := s.client.CreateStaticRendition(s.Context(), id, mux.StaticRenditionRequest{Resolution: "audio-only"})
	s.must(err)
	s.must(s.mux.FailRendition(sound.Value.ID, ""))
	s.look(assetSpecies, id)
	s.pass(time.Minute)
	s.look(assetSpecies, id)
	s.must(s.client.DeleteStaticRendition(s.Context(), id, highest.Value.ID))
	return []protagonist{{assetSpecies, id}}
}

func broadcast(s *simulation) []protagonist {
	id := s.createLiveStream(mux.CreateLiveStreamRequest{ReconnectWindow: new(60.0)})
	s.must(s.mux.ConnectEncoder(id))
	s.pass(30 * time.Second)
	s.look(streamSpecies, id)
	first := s.activeAsset(id)
	s.look(assetSpecies, first)
	s.must(s.mux.DisconnectEncoder(id))
	s.pass(20 * time.Second)
	s.look(streamSpecies, id)
	s.must(s.mux.ConnectEncoder(id))
	s.pass(30 * time.Second)
	s.must(s.mux.DisconnectEncoder(id))
	s.pass(2 * time.Minute)
	s.must(s.mux.ConnectEncoder(id))
	s.pass(30 * time.Second)
	second := s.activeAsset(id)
	s.must(s.mux.DisconnectEncoder(id))
	s.pass(2 * time.Minute)
	s.look(assetSpecies, first)
	return []protagonist{{streamSpecies, id}, {assetSpecies, first}, {assetSpecies, second}}
}

func (s *simulation) activeAsset(stream string) string {
	s.Helper()
	id, _ := s.shown(streamSpecies, stream)["active_asset_id"].(string)
	if id == "" {
		s.Fatal("nothing is recorded")
	}
	return id
}

func simulcast(s *simulation) []protagonist {
	id := s.createLiveStream(mux.CreateLiveStreamRequest{ReconnectWindow: new(60.0)})
	target, err := s.client.CreateSimulcastTarget(s.Context(), id, mux.SimulcastTargetRequest{
		URL: "rtmp://example.com/app", StreamKey: mux.Secret("key"), Passthrough: "elsewhere",
	})
	s.must(err)
	s.must(s.mux.ConnectEncoder(id))
	s.pass(30 * time.Second)
	s.look(streamSpecies, id)
	s.must(s.mux.FailSimulcastTarget(target.Value.ID, "normal"))
	s.pass(10 * time.Second)
	s.must(s.mux.FailSimulcastTarget(target.Value.ID, "fatal"))
	s.must(s.mux.TouchSimulcastTarget(target.Value.ID))
	s.look(streamSpecies, id)
	s.must(s.mux.DisconnectEncoder(id))
	s.pass(2 * time.Minute)
	return []protagonist{{streamSpecies, id}, {assetSpecies, s.recentAsset(id)}}
}

func (s *simulation) recentAsset(stream string) string {
	s.Helper()
	recent, _ := s.shown(streamSpecies, stream)["recent_asset_ids"].([]any)
	if len(recent) == 0 {
		s.Fatal("nothing was recorded")
	}
	return recent[len(recent)-1].(string)
}

func changedLiveStream(s *simulation) []protagonist {
	id := s.createLiveStream(mux.CreateLiveStreamRequest{})
	first, err := s.client.CreateSimulcastTarget(s.Context(), id, mux.SimulcastTargetRequest{URL: "rtmp://example.com/app"})
	s.must(err)
	s.must(s.mux.ConnectEncoder(id))
	s.pass(30 * time.Second)
	s.must(s.client.DisableLiveStream(s.Context(), id))
	s.pass(time.Minute)
	s.look(streamSpecies, id)
	s.must(s.client.EnableLiveStream(s.Context(), id))
	s.must(s.client.DeleteSimulcastTarget(s.Context(), id, first.Value.ID))
	s.pass(time.Minute)
	_, err = s.client.UpdateLiveStream(s.Context(), id, mux.UpdateLiveStreamRequest{Passthrough: new("changed")})
	s.must(err)
	s.look(streamSpecies, id)
	s.must(s.client.DeleteLiveStream(s.Context(), id))
	s.pass(time.Minute)
	s.lookForDeleted(streamSpecies, id)
	return []protagonist{{streamSpecies, id}}
}

// tell plays a life and returns what was told of its objects.
func (l life) tell(t *testing.T) (all []told) {
	t.Helper()
	s := newSimulation(t)
	for i, p := range l.play(s) {
		name := l.name + ": " + p.of.name
		if i > 1 {
			name += " again"
		}
		all = append(all, told{name, p.of, s.events(p.of, p.id), s.answers[p.id], s.shown(p.of, p.id)})
	}
	return all
}
