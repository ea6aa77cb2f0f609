// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"slices"
)

var trackRoutes = []route{
	videoRoute(http.MethodPost, "/assets/{id}/tracks", withAsset(createTrack)),
	videoRoute(http.MethodPatch, "/assets/{id}/tracks/{part}", withTrack(patchTrack)),
	videoRoute(http.MethodDelete, "/assets/{id}/tracks/{part}", withTrack(deleteTrack)),
	videoRoute(http.MethodPost, "/assets/{id}/tracks/{part}/generate-subtitles", withTrack(generateSubtitles)),
}

// trackRequest is the body that adds a track.
type trackRequest struct {
	URL            string `json:"url"`
	Type           string `json:"type"`
	TextType       string `json:"text_type"`
	LanguageCode   string `json:"language_code"`
	Name           string `json:"name"`
	ClosedCaptions bool   `json:"closed_captions"`
	Passthrough    string `json:"passthrough"`
}

func (t trackRequest) check() *refusal {
	if t.Type == "" {
		return invalid("type: required")
	}
	if !languageCode.MatchString(t.LanguageCode) {
		return invalid("language_code: a BCP 47 code is required")
	}
	return firstRefusal(
		checkEnum("type", t.Type, "text", "audio"),
		checkEnum("text_type", t.TextType, "subtitles"),
		checkURL("url", t.URL, "http", "https"),
		checkLength("passthrough", t.Passthrough, longestPassthrough),
	)
}

// generatedRequest asks for subtitles to be made from speech.
type generatedRequest struct {
	LanguageCode string `json:"language_code"`
	Name         string `json:"name"`
	Passthrough  string `json:"passthrough"`
}

func (g generatedRequest) check() *refusal {
	if g.LanguageCode != "" && generatedLanguages[g.LanguageCode] == "" {
		return invalid("generated_subtitles.language_code: %q is not supported", g.LanguageCode)
	}
	return checkLength("generated_subtitles.passthrough", g.Passthrough, longestPassthrough)
}

// withTrack finds the track that the path names.
func withTrack(handle func(*call, *asset, *track) (answer, *refusal)) func(*call) (answer, *refusal) {
	return withAsset(func(c *call, a *asset) (answer, *refusal) {
		if !wellFormedID(c.value("part")) {
			return refuse(malformedID())
		}
		for _, t := range a.tracks {
			if t.id == c.value("part") {
				return handle(c, a, t)
			}
		}
		return refuse(notFound())
	})
}

func createTrack(c *call, a *asset) (answer, *refusal) {
	var request trackRequest
	if r := firstRefusal(c.decodeChecked(&request), a.mustBeReady()); r != nil {
		return refuse(r)
	}
	t := c.s.newTrack(request)
	if r := a.checkTrackName(t); r != nil {
		return refuse(r)
	}
	c.s.addTrack(a, t)
	return created(t.render())
}

func (a *asset) mustBeReady() *refusal {
	if a.status != ready {
		return invalid("the asset must be ready")
	}
	return nil
}

// checkTrackName keeps names unique among the tracks of a kind.
func (a *asset) checkTrackName(t *track) *refusal {
	for _, other := range a.tracks {
		if other != t && other.kind == t.kind && other.name == t.name {
			return invalid("name: another %s track is named %q", t.kind, t.name)
		}
	}
	return nil
}

func (s *Server) addTrack(a *asset, t *track) {
	a.tracks = append(a.tracks, t)
	s.keep(a)
	s.announceTrack(a, t, "created")
	s.plan(a, func() { s.settleTrack(a, t) })
}

func patchTrack(c *call, a *asset, t *track) (answer, *refusal) {
	request := struct {
		Name           *string `json:"name"`
		LanguageCode   *string `json:"language_code"`
		ClosedCaptions *bool   `json:"closed_captions"`
		Passthrough    *string `json:"passthrough"`
	}{&t.name, &t.language, &t.captions, &t.passthrough}
	before := *t
	if r := c.decode(&request); r != nil {
		*t = before
		return refuse(r)
	}
	r := firstRefusal(checkLength("passthrough", t.passthrough, longestPassthrough), a.checkTrackName(t))
	if r == nil && !languageCode.MatchString(t.language) {
		r = invalid("language_code: a BCP 47 code is needed")
	}
	if r != nil {
		*t = before
		return refuse(r)
	}
	c.s.announce(a, "updated")
	return ok(t.render())
}

func deleteTrack(c *call, a *asset, t *track) (answer, *refusal) {
	if t.kind == "video" || t.primary {
		return refuse(invalid("the video track and the primary audio track cannot be deleted"))
	}
	a.tracks = slices.DeleteFunc(slices.Clone(a.tracks), func(other *track) bool { return other == t })
	t.status = deleted
	c.s.keep(a)
	c.s.announceTrack(a, t, deleted)
	return noContent()
}

func generateSubtitles(c *call, a *asset, from *track) (answer, *refusal) {
	var request struct {
		Generated []generatedRequest `json:"generated_subtitles"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if from.kind != "audio" || from.status != ready || len(request.Generated) == 0 {
		return refuse(invalid("generated_subtitles of a ready audio track are needed"))
	}
	var tracks []*track
	for _, g := range request.Generated {
		t := c.s.generatedTrack(g)
		if r := firstRefusal(a.mustBeReady(), g.check(), a.checkTrackName(t)); r != nil {
			return refuse(r)
		}
		tracks = append(tracks, t)
	}
	all := []object{}
	for _, t := range tracks {
		c.s.addTrack(a, t)
		all = append(all, t.render())
	}
	return created(all)
}
