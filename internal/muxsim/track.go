// SPDX-License-Identifier: Apache-2.0

package muxsim

import "strings"

// track is one track of an asset.
type track struct {
	id, kind, status  string // a video track has no status
	source, textType  string
	language, name    string
	passthrough       string
	captions, primary bool
	duration          float64
	width, height     int
	frameRate         float64
	channels          int
	failure           *failure
	unreadable        bool // its URL says sim-error
}

func (t *track) render() object {
	o := object{"id": t.id, "type": t.kind}
	o.put("status", t.status)
	o.put("text_source", t.source)
	o.put("text_type", t.textType)
	o.put("language_code", t.language)
	o.put("name", t.name)
	o.put("passthrough", t.passthrough)
	o.put("closed_captions", t.captions)
	o.put("primary", t.primary)
	o.put("duration", t.duration)
	o.put("max_width", t.width)
	o.put("max_height", t.height)
	o.put("max_frame_rate", t.frameRate)
	o.put("max_channels", t.channels)
	o.put("error", t.failure)
	return o
}

func (a *asset) renderTracks() []object {
	var all []object
	for _, t := range a.tracks {
		all = append(all, t.render())
	}
	return all
}

// mediaTracks are those of the main file.
func (s *Server) mediaTracks(m media) []*track {
	audio := &track{
		id: s.random.id(partIDBytes), kind: "audio", status: ready, primary: true, name: "Default", language: "und",
		channels: 2, duration: m.trackDuration(),
	}
	if m.audioOnly {
		return []*track{audio}
	}
	video := &track{
		id: s.random.id(resourceIDBytes), kind: "video", duration: m.trackDuration(),
		width: m.width, height: m.height, frameRate: defaultFrameRate,
	}
	return []*track{video, audio}
}

// inputTracks are those of the further inputs and of the subtitles to be generated.
func (s *Server) inputTracks(inputs []input) []*track {
	var all []*track
	for i, in := range inputs {
		if i > 0 && (in.Type == "text" || in.Type == "audio") {
			all = append(all, s.newTrack(trackRequest{
				URL: in.URL, Type: in.Type, TextType: in.TextType, LanguageCode: in.LanguageCode, Name: in.Name,
				ClosedCaptions: in.ClosedCaptions, Passthrough: in.Passthrough,
			}))
		}
		for _, g := range in.Generated {
			all = append(all, s.generatedTrack(g))
		}
	}
	return all
}

func (s *Server) newTrack(r trackRequest) *track {
	t := &track{
		id: s.random.id(partIDBytes), kind: r.Type, status: preparing, language: r.LanguageCode,
		name: orDefault(r.Name, languageName(r.LanguageCode)), passthrough: r.Passthrough,
		unreadable: strings.Contains(r.URL, "sim-error"),
	}
	if r.Type == "text" {
		t.source, t.textType, t.captions = "uploaded", orDefault(r.TextType, "subtitles"), r.ClosedCaptions
	}
	return t
}

func (s *Server) generatedTrack(g generatedRequest) *track {
	language := orDefault(g.LanguageCode, "en")
	return &track{
		id: s.random.id(partIDBytes), kind: "text", status: preparing, source: "generated_vod", textType: "subtitles",
		language: language, name: orDefault(g.Name, languageName(language)+" (generated)"), passthrough: g.Passthrough,
	}
}

// settleTrack ends a track's preparation.
func (s *Server) settleTrack(a *asset, t *track) {
	if t.status != preparing {
		return
	}
	t.status = ready
	if t.language == "auto" {
		t.language = "en" // what was spoken is now known
	}
	if t.unreadable {
		t.status = errored
		t.failure = &failure{Type: "invalid_input", Messages: []string{"The subtitle file could not be parsed."}}
	}
	if t.kind == "audio" && t.status == ready {
		t.channels, t.duration = 2, a.media.trackDuration()
	}
	s.keep(a)
	s.announceTrack(a, t, t.status)
}

// announceTrack sends a track event. Mux's object.type for it was never seen; the track's own id is there.
func (s *Server) announceTrack(a *asset, t *track, what string) {
	data := t.render()
	data["asset_id"] = a.id
	s.emit(a.env, "video.asset.track."+what, "track", t.id, data)
}

// languageName is the name that Mux fills in.
func languageName(code string) string {
	base, _, _ := strings.Cut(strings.ToLower(code), "-")
	if name := generatedLanguages[base]; name != "" {
		return name
	}
	return code
}

// generatedLanguages are those in which subtitles can be generated.
var generatedLanguages = map[string]string{
	"en": "English", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "de": "German", "fr": "French",
	"pl": "Polish", "ru": "Russian", "nl": "Dutch", "ca": "Catalan", "tr": "Turkish", "sv": "Swedish",
	"uk": "Ukrainian", "no": "Norwegian", "fi": "Finnish", "sk": "Slovak", "el": "Greek", "cs": "Czech",
	"hr": "Croatian", "da": "Danish", "ro": "Romanian", "bg": "Bulgarian", "auto": "Auto",
}
