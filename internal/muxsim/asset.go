// SPDX-License-Identifier: Apache-2.0

package muxsim

import "time"

// The status of assets, tracks, renditions and master copies.
const (
	preparing = "preparing"
	ready     = "ready"
	errored   = "errored"
	skipped   = "skipped"
	deleted   = "deleted"
)

// asset is a video and all that hangs on it.
type asset struct {
	record
	env            *environment
	settings       assetSettings // as checked; passthrough, meta, mp4 support and master access move on
	status         string
	failure        *failure
	media          media
	probed         bool
	ingestType     string
	uploadID       string
	liveStreamID   string
	sourceAssetID  string
	live           bool // a recording that still grows
	thumbnailTime  *float64
	playbackIDs    playbackIDs
	recordingTimes []recordingTime
	tracks         []*track
	renditions     []*rendition
	legacy         *legacyRenditions // of mp4_support
	master         *master
	shots          *shots
	steps          []*step
	held           bool   // steps wait to be taken
	expiry         *timer // of a test asset
}

// failure is the errors object of an asset, the error of a track.
type failure struct {
	Type     string   `json:"type"`
	Messages []string `json:"messages"`
}

// newFailure is one made by hand. typ "" stands for invalid_input.
func newFailure(typ string, messages []string) failure {
	return failure{Type: orDefault(typ, "invalid_input"), Messages: append([]string{}, messages...)}
}

// render writes the asset as GET or as an asset event shows it.
func (a *asset) render(f flavour) object {
	o := object{
		"id":                  a.id,
		"created_at":          f.seconds(a.createdAt),
		"status":              a.status,
		"progress":            a.progress(),
		"master_access":       a.settings.MasterAccess,
		"mp4_support":         a.settings.MP4Support,
		"encoding_tier":       a.settings.EncodingTier,
		"video_quality":       a.settings.VideoQuality,
		"max_resolution_tier": a.settings.MaxResolutionTier,
		"ingest_type":         a.ingestType,
	}
	o.put("passthrough", a.settings.Passthrough)
	o.put("meta", a.settings.Meta)
	o.put("normalize_audio", a.settings.NormalizeAudio)
	o.put("test", a.settings.Test)
	o.put("upload_id", a.uploadID)
	o.put("live_stream_id", a.liveStreamID)
	o.put("is_live", a.live)
	o.put("recording_times", a.renderRecordingTimes(f))
	o.put("source_asset_id", a.sourceAssetID)
	o.put("thumbnail_time", a.thumbnailTime)
	o.put("errors", a.failure)
	o.put("playback_ids", a.playbackIDs.render())
	if a.probed {
		a.media.describe(o, a.settings.MaxResolutionTier)
	}
	o.put("tracks", a.renderTracks())
	o.put("static_renditions", a.renderRenditions(f))
	o.put("generate_shots", a.settings.GenerateShots)
	if a.master != nil {
		o["master"] = a.master.render()
	}
	if a.shots != nil {
		o["shots"] = a.shots.render()
	}
	return o
}

func (a *asset) progress() object {
	switch {
	case a.status == ready && a.live:
		return object{"state": "live", "progress": -1}
	case a.status == ready:
		return object{"state": "completed", "progress": 100}
	case a.status == errored:
		return object{"state": "errored", "progress": -1}
	case a.probed:
		return object{"state": "transcoding", "progress": 50}
	}
	return object{"state": "ingesting", "progress": 0}
}

// newAsset makes an asset from settings that were checked and announces it; what else is known of its origin is set by
// the caller in origin.
func (s *Server) newAsset(env *environment, settings assetSettings, origin func(*asset)) *asset {
	s.seq++
	a := &asset{
		record: record{id: s.random.id(resourceIDBytes), seq: s.seq, createdAt: s.clock.Now()},
		env:    env, settings: settings, status: preparing,
		ingestType: "on_demand_url",
	}
	origin(a)
	a.playbackIDs = s.newPlaybackIDs(settings.PlaybackPolicies, settings.AdvancedPlaybackPolicies)
	for _, r := range settings.StaticRenditions {
		a.renditions = append(a.renditions, s.newRendition(r))
	}
	env.assets.add(a)
	s.announce(a, "created")
	for _, r := range a.renditions {
		s.announceRendition(a, r, "created")
	}
	if settings.Test {
		a.expiry = s.after(testLifetime, func() { s.deleteAsset(a) })
	}
	if !a.live { // a recording follows its broadcast
		s.begin(a)
	}
	return a
}

// keep makes the asset's present state what GET says from now on.
func (s *Server) keep(a *asset) {
	a.save(s.clock.Now(), encode(a.render(rest)))
}

// announce keeps the asset's state and sends it as an event.
func (s *Server) announce(a *asset, what string) {
	s.keep(a)
	s.emit(a.env, "video.asset."+what, assetObject, a.id, a.render(webhook))
}

func (s *Server) deleteAsset(a *asset) {
	s.dropSteps(a)
	for _, t := range []*timer{a.expiry, a.masterExpiry()} {
		if t != nil {
			s.stop(t)
		}
	}
	last := a.render(webhook)
	a.save(s.clock.Now(), nil)
	s.emit(a.env, "video.asset.deleted", assetObject, a.id, last)
}

func (s *Server) findAsset(id string) (*asset, bool) {
	for _, env := range s.environments {
		if a, known := env.assets.find(id); known {
			return a, true
		}
	}
	return nil, false
}

// DeleteAssetAsUser deletes an asset as a person would in the dashboard; nothing happens when it is not there.
func (s *Server) DeleteAssetAsUser(environmentID, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if env := s.environments[environmentID]; env != nil {
		if a, known := env.assets.find(id); known {
			s.deleteAsset(a)
		}
	}
}

// half is the time from creation to probing, from probing to ready, and from ready until the rest has settled.
func (s *Server) half() time.Duration { return s.options.ReadyAfter / 2 }
