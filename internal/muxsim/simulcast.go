// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"slices"
)

var simulcastRoutes = []route{
	videoRoute(http.MethodPost, "/live-streams/{id}/simulcast-targets", withLive(createTarget)),
	videoRoute(http.MethodGet, "/live-streams/{id}/simulcast-targets/{part}", withTarget(func(_ *call, _ *liveStream, t *simulcastTarget) (answer, *refusal) { return ok(t.render()) })),
	videoRoute(http.MethodDelete, "/live-streams/{id}/simulcast-targets/{part}", withTarget(deleteTarget)),
}

// simulcastRequest is the body that adds a simulcast target.
type simulcastRequest struct {
	URL         string `json:"url"`
	StreamKey   string `json:"stream_key"`
	Passthrough string `json:"passthrough"`
}

func (r simulcastRequest) check() *refusal {
	return checkURL("simulcast_targets.url", r.URL, "rtmp", "rtmps", "srt")
}

// simulcastTarget is another place that a broadcast goes to.
type simulcastTarget struct {
	simulcastRequest
	id, status string
	severity   string // of an error
}

func (s *Server) newTarget(r simulcastRequest) *simulcastTarget {
	return &simulcastTarget{simulcastRequest: r, id: s.random.id(partIDBytes), status: idle}
}

func (t *simulcastTarget) render() object {
	o := object{"id": t.id, "status": t.status, "url": t.URL}
	o.put("stream_key", t.StreamKey)
	o.put("passthrough", t.Passthrough)
	if t.status == errored {
		o["error_severity"] = t.severity
	}
	return o
}

// announceTarget sends a simulcast event. Mux's object.type for it was never seen; the target's own id is there.
func (s *Server) announceTarget(l *liveStream, t *simulcastTarget, what string) {
	data := t.render()
	data["live_stream_id"] = l.id
	s.emit(l.env, "video.live_stream.simulcast_target."+what, "simulcast_target", t.id, data)
}

func withTarget(handle func(*call, *liveStream, *simulcastTarget) (answer, *refusal)) func(*call) (answer, *refusal) {
	return withLive(func(c *call, l *liveStream) (answer, *refusal) {
		if !wellFormedID(c.value("part")) {
			return refuse(malformedID())
		}
		for _, t := range l.targets {
			if t.id == c.value("part") {
				return handle(c, l, t)
			}
		}
		return refuse(notFound())
	})
}

func createTarget(c *call, l *liveStream) (answer, *refusal) {
	var request simulcastRequest
	if r := firstRefusal(c.decodeChecked(&request), l.mustBeIdle()); r != nil {
		return refuse(r)
	}
	if len(l.targets) == mostSimulcastTargets {
		return refuse(invalid("simulcast_targets: at most %d", mostSimulcastTargets))
	}
	t := c.s.newTarget(request)
	l.targets = append(l.targets, t)
	c.s.keepLive(l)
	c.s.announceTarget(l, t, "created")
	return created(t.render())
}

func (l *liveStream) mustBeIdle() *refusal {
	if l.busy() {
		return invalid("simulcast targets can be changed only while the live stream is idle")
	}
	return nil
}

func deleteTarget(c *call, l *liveStream, t *simulcastTarget) (answer, *refusal) {
	if r := l.mustBeIdle(); r != nil {
		return refuse(r)
	}
	l.targets = slices.DeleteFunc(slices.Clone(l.targets), func(other *simulcastTarget) bool { return other == t })
	c.s.keepLive(l)
	c.s.announceTarget(l, t, deleted)
	return noContent()
}
