// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"slices"
)

var liveStreamRoutes = slices.Concat([]route{
	videoRoute(http.MethodPost, "/live-streams", createLive),
	videoRoute(http.MethodGet, "/live-streams", listLive),
	videoRoute(http.MethodGet, "/live-streams/{id}", func(c *call) (answer, *refusal) { return get(c, &c.env.liveStreams) }),
	videoRoute(http.MethodPatch, "/live-streams/{id}", withLive(patchLive)),
	videoRoute(http.MethodDelete, "/live-streams/{id}", withLive(deleteLive)),
	videoRoute(http.MethodPut, "/live-streams/{id}/complete", withLive(completeLive)),
	videoRoute(http.MethodPut, "/live-streams/{id}/disable", withLive(disableLive)),
	videoRoute(http.MethodPut, "/live-streams/{id}/enable", withLive(enableLive)),
	videoRoute(http.MethodPost, "/live-streams/{id}/reset-stream-key", withLive(resetStreamKey)),
	videoRoute(http.MethodPost, "/live-streams/{id}/playback-ids", withLive(addLivePlaybackID)),
	videoRoute(http.MethodGet, "/live-streams/{id}/playback-ids/{part}", withLive(func(c *call, l *liveStream) (answer, *refusal) { return l.playbackIDs.get(c) })),
	videoRoute(http.MethodDelete, "/live-streams/{id}/playback-ids/{part}", withLive(removeLivePlaybackID)),
}, simulcastRoutes, liveSubtitleRoutes)

func withLive(handle func(*call, *liveStream) (answer, *refusal)) func(*call) (answer, *refusal) {
	return func(c *call) (answer, *refusal) {
		if !wellFormedID(c.value("id")) {
			return refuse(malformedID())
		}
		l, known := c.env.liveStreams.find(c.value("id"))
		if !known {
			return refuse(notFound())
		}
		return handle(c, l)
	}
}

// liveRequest is the body that makes a live stream.
type liveRequest struct {
	liveChanges
	PlaybackPolicies         oneOrMany[string]  `json:"playback_policies"`
	PlaybackPolicy           oneOrMany[string]  `json:"playback_policy"` // former name
	AdvancedPlaybackPolicies []playbackPolicy   `json:"advanced_playback_policies"`
	ReducedLatency           bool               `json:"reduced_latency"`
	LowLatency               bool               `json:"low_latency"`
	AudioOnly                bool               `json:"audio_only"`
	Test                     bool               `json:"test"`
	EmbeddedSubtitles        []embeddedSubtitle `json:"embedded_subtitles"`
	GeneratedSubtitles       []generatedLive    `json:"generated_subtitles"`
	SimulcastTargets         []simulcastRequest `json:"simulcast_targets"`
}

func (r *liveRequest) check() *refusal {
	policies := assetSettings{
		PlaybackPolicies: r.PlaybackPolicies, PlaybackPolicy: r.PlaybackPolicy,
		AdvancedPlaybackPolicies: r.AdvancedPlaybackPolicies,
	}
	if refused := firstRefusal(
		policies.check(false), r.liveChanges.check(),
		checkEmbedded(r.EmbeddedSubtitles), checkGenerated(r.GeneratedSubtitles),
	); refused != nil {
		return refused
	}
	r.PlaybackPolicies = policies.PlaybackPolicies
	if len(r.SimulcastTargets) > mostSimulcastTargets {
		return invalid("simulcast_targets: at most %d", mostSimulcastTargets)
	}
	for _, t := range r.SimulcastTargets {
		if refused := t.check(); refused != nil {
			return refused
		}
	}
	return nil
}

// latency is the mode that the request asks for, by its present or its former fields.
func (r *liveRequest) latency() string {
	switch {
	case r.LatencyMode != nil && *r.LatencyMode != "":
		return *r.LatencyMode
	case r.LowLatency:
		return "low"
	case r.ReducedLatency:
		return "reduced"
	}
	return "standard"
}

func createLive(c *call) (answer, *refusal) {
	var request liveRequest
	if r := c.decodeChecked(&request); r != nil {
		return refuse(r)
	}
	settings, r := readNewAssetSettings(request.NewAssetSettings)
	if r := firstRefusal(r, settings.checkLive()); r != nil {
		return refuse(r)
	}
	l := c.s.newLive(c.env, request, settings)
	c.s.announceLive(l, "created")
	for _, t := range l.targets {
		c.s.announceTarget(l, t, "created")
	}
	return created(l.render(rest))
}

func (s *Server) newLive(env *environment, request liveRequest, settings newAssetSettings) *liveStream {
	s.seq++
	l := &liveStream{
		record: record{id: s.random.id(resourceIDBytes), seq: s.seq, createdAt: s.clock.Now()},
		env:    env, status: idle, streamKey: s.random.uuid(), srtPassphrase: s.random.lowerAlnum(streamPassphraseLength),
		maxContinuous: longestContinuous, audioOnly: request.AudioOnly, test: request.Test, newAsset: settings,
		embedded: request.EmbeddedSubtitles, generated: request.GeneratedSubtitles,
		playbackIDs: s.newPlaybackIDs(request.PlaybackPolicies, request.AdvancedPlaybackPolicies),
	}
	mode := request.latency()
	request.LatencyMode = &mode
	if mode == "standard" {
		l.reconnectWindow = defaultReconnectWindow
	}
	if request.Test {
		l.maxContinuous = testContinuous
	}
	l.apply(request.liveChanges)
	for _, t := range request.SimulcastTargets {
		l.targets = append(l.targets, s.newTarget(t))
	}
	env.liveStreams.add(l)
	return l
}

func listLive(c *call) (answer, *refusal) {
	p, r := c.page()
	if r != nil {
		return refuse(r)
	}
	key, status := c.query.Get("stream_key"), c.query.Get("status")
	items, _ := list(c, &c.env.liveStreams, p, func(l *liveStream) bool {
		return (key == "" || l.streamKey == key) && (status == "" || l.status == status)
	})
	return ok(items)
}

func patchLive(c *call, l *liveStream) (answer, *refusal) {
	meta := l.meta
	request := liveChanges{Meta: &meta}
	if r := c.decodeChecked(&request); r != nil {
		return refuse(r)
	}
	if request.LatencyMode != nil && *request.LatencyMode != l.latencyMode && l.busy() {
		return refuse(invalid("latency_mode: can be changed only while the stream is idle"))
	}
	settings, r := l.newAsset.merged(request.NewAssetSettings)
	if r != nil {
		return refuse(r)
	}
	l.newAsset = settings
	l.apply(request)
	c.s.announceLive(l, "updated")
	return ok(l.render(rest))
}

func deleteLive(c *call, l *liveStream) (answer, *refusal) {
	c.s.deleteLive(l)
	return noContent()
}

func completeLive(c *call, l *liveStream) (answer, *refusal) {
	c.s.complete(l)
	return ok(object{})
}

func disableLive(c *call, l *liveStream) (answer, *refusal) {
	if l.status != disabled {
		c.s.disable(l)
	}
	return ok(object{})
}

func enableLive(c *call, l *liveStream) (answer, *refusal) {
	if l.status == disabled {
		l.status = idle
		c.s.announceLive(l, "enabled")
	}
	return ok(object{})
}

func resetStreamKey(c *call, l *liveStream) (answer, *refusal) {
	l.streamKey = c.s.random.uuid()
	c.s.announceLive(l, "updated")
	return created(l.render(rest))
}

func addLivePlaybackID(c *call, l *liveStream) (answer, *refusal) {
	id, r := l.playbackIDs.add(c)
	if r != nil {
		return refuse(r)
	}
	c.s.announceLive(l, "updated")
	return created(id)
}

func removeLivePlaybackID(c *call, l *liveStream) (answer, *refusal) {
	if r := l.playbackIDs.remove(c); r != nil {
		return refuse(r)
	}
	c.s.announceLive(l, "updated")
	return noContent()
}
