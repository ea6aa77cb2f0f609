// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"net/http"
)

var liveSubtitleRoutes = []route{
	videoRoute(http.MethodPut, "/live-streams/{id}/embedded-subtitles", withLive(putEmbedded)),
	videoRoute(http.MethodPut, "/live-streams/{id}/generated-subtitles", withLive(putGenerated)),
	videoRoute(http.MethodPut, "/live-streams/{id}/new-asset-settings/static-renditions", withLive(putLiveRenditions)),
	videoRoute(http.MethodDelete, "/live-streams/{id}/new-asset-settings/static-renditions", withLive(deleteLiveRenditions)),
}

// embeddedSubtitle is a caption channel in the broadcast.
type embeddedSubtitle struct {
	Name            string `json:"name,omitempty"`
	LanguageCode    string `json:"language_code,omitempty"`
	LanguageChannel string `json:"language_channel,omitempty"`
	Passthrough     string `json:"passthrough,omitempty"`
}

// checkEmbedded fills in defaults too.
func checkEmbedded(all []embeddedSubtitle) *refusal {
	for i := range all {
		e := &all[i]
		e.LanguageCode = orDefault(e.LanguageCode, defaultSubtitleLanguage)
		e.LanguageChannel = orDefault(e.LanguageChannel, defaultSubtitleChannel)
		e.Name = orDefault(e.Name, languageName(e.LanguageCode))
		if r := firstRefusal(
			checkEnum("embedded_subtitles.language_channel", e.LanguageChannel, "cc1", "cc2", "cc3", "cc4"),
			checkLength("embedded_subtitles.passthrough", e.Passthrough, longestPassthrough),
		); r != nil {
			return r
		}
	}
	return nil
}

// generatedLive are subtitles made from speech during a broadcast.
type generatedLive struct {
	Name          string   `json:"name,omitempty"`
	LanguageCode  string   `json:"language_code,omitempty"`
	Passthrough   string   `json:"passthrough,omitempty"`
	VocabularyIDs []string `json:"transcription_vocabulary_ids,omitempty"`
}

// checkGenerated fills in defaults too.
func checkGenerated(all []generatedLive) *refusal {
	if len(all) > 1 {
		return invalid("generated_subtitles: at most 1")
	}
	for i := range all {
		g := &all[i]
		g.LanguageCode = orDefault(g.LanguageCode, defaultSubtitleLanguage)
		g.Name = orDefault(g.Name, languageName(g.LanguageCode))
		if r := firstRefusal(
			checkEnum("generated_subtitles.language_code", g.LanguageCode, "en", "en-US", "es", "fr", "de", "pt", "it"),
			checkLength("generated_subtitles.passthrough", g.Passthrough, longestPassthrough),
		); r != nil {
			return r
		}
	}
	return nil
}

func putEmbedded(c *call, l *liveStream) (answer, *refusal) {
	var request struct {
		All []embeddedSubtitle `json:"embedded_subtitles"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if r := checkEmbedded(request.All); r != nil {
		return refuse(r)
	}
	l.embedded = request.All
	c.s.announceLive(l, "updated")
	return ok(l.render(rest))
}

func putGenerated(c *call, l *liveStream) (answer, *refusal) {
	var request struct {
		All []generatedLive `json:"generated_subtitles"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if r := checkGenerated(request.All); r != nil {
		return refuse(r)
	}
	l.generated = request.All
	c.s.announceLive(l, "updated")
	return ok(l.render(rest))
}

func putLiveRenditions(c *call, l *liveStream) (answer, *refusal) {
	var request struct {
		All json.RawMessage `json:"static_renditions"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if len(request.All) == 0 {
		return refuse(invalid("static_renditions: required"))
	}
	return c.replaceLiveRenditions(l, request.All)
}

func deleteLiveRenditions(c *call, l *liveStream) (answer, *refusal) {
	if _, r := c.replaceLiveRenditions(l, nil); r != nil {
		return refuse(r)
	}
	return noContent()
}

func (c *call) replaceLiveRenditions(l *liveStream, all json.RawMessage) (answer, *refusal) {
	next, r := l.newAsset.merged(nil)
	if r != nil {
		return refuse(r)
	}
	delete(next, "static_renditions")
	if len(all) > 0 {
		next["static_renditions"] = all
	}
	if _, r := next.settings(); r != nil {
		return refuse(r)
	}
	l.newAsset = next
	c.s.announceLive(l, "updated")
	return ok(l.render(rest))
}
