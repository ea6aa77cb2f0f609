// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var renditionRoutes = []route{
	videoRoute(http.MethodPost, "/assets/{id}/static-renditions", withAsset(createRendition)),
	videoRoute(http.MethodDelete, "/assets/{id}/static-renditions/{part}", withAsset(deleteRendition)),
}

// renditionRequest declares a static rendition.
type renditionRequest struct {
	Resolution  string `json:"resolution"`
	Passthrough string `json:"passthrough"`
}

var resolutions = []string{"highest", "audio-only", "2160p", "1440p", "1080p", "720p", "540p", "480p", "360p", "270p"}

// checkRenditions refuses what cannot stand side by side. That Mux refuses the same resolution twice is an assumption.
func checkRenditions(all []renditionRequest) *refusal {
	seen := map[string]bool{}
	specific := false
	for _, r := range all {
		if r.Resolution == "" || seen[r.Resolution] {
			return invalid("static_renditions.resolution: required, each one once")
		}
		if bad := firstRefusal(
			checkEnum("static_renditions.resolution", r.Resolution, resolutions...),
			checkLength("static_renditions.passthrough", r.Passthrough, longestPassthrough),
		); bad != nil {
			return bad
		}
		seen[r.Resolution] = true
		specific = specific || r.Resolution != "highest" && r.Resolution != "audio-only"
	}
	if specific && seen["highest"] {
		return invalid("static_renditions: highest and a specific video resolution exclude each other")
	}
	return nil
}

// rendition is a static rendition.
type rendition struct {
	renditionRequest
	id, status string
	file       *renditionFile // once ready
	failure    *failure
}

func (s *Server) newRendition(r renditionRequest) *rendition {
	return &rendition{renditionRequest: r, id: s.random.id(resourceIDBytes), status: preparing}
}

// render writes the rendition; in its own events a file size is a string, as it is in REST.
func (r *rendition) render(f flavour) object {
	o := object{"id": r.id, "type": r.class(), "status": r.status, "resolution": r.Resolution, "name": r.name(), "ext": r.ext()}
	o.put("passthrough", r.Passthrough)
	o.put("error", r.failure)
	if r.file != nil {
		r.file.describe(o, f)
	}
	return o
}

func (r *rendition) class() string {
	if r.Resolution == "highest" || r.Resolution == "audio-only" {
		return "standard"
	}
	return "advanced"
}

func (r *rendition) ext() string {
	if r.Resolution == "audio-only" {
		return "m4a"
	}
	return "mp4"
}

func (r *rendition) name() string {
	if r.Resolution == "audio-only" {
		return "audio.m4a"
	}
	return r.Resolution + ".mp4"
}

// lines is what the rendition asks of an asset with so many: what it then has, and whether it fits.
func (r *rendition) lines(stored int) (int, bool) {
	switch r.Resolution {
	case "audio-only":
		return 0, true
	case "highest":
		return stored, stored > 0
	}
	n, _ := strconv.Atoi(strings.TrimSuffix(r.Resolution, "p")) // the resolution was checked when it was declared
	return n, n <= stored
}

// settleRendition ends a rendition's preparation: ready, or skipped when the asset is too small for it.
func (s *Server) settleRendition(a *asset, r *rendition) {
	if r.status != preparing {
		return
	}
	lines, fits := r.lines(a.media.storedLines(a.settings.MaxResolutionTier))
	r.status = skipped
	if fits {
		r.status = ready
		r.file = newRenditionFile(a.media, lines)
	}
	s.keep(a)
	s.announceRendition(a, r, r.status)
}

// announceRendition sends a rendition event. Mux's object.type for it was never seen; the rendition's own id is there.
func (s *Server) announceRendition(a *asset, r *rendition, what string) {
	data := r.render(rest)
	data["asset_id"] = a.id
	s.emit(a.env, "video.asset.static_rendition."+what, "static_rendition", r.id, data)
}

func createRendition(c *call, a *asset) (answer, *refusal) {
	var request renditionRequest
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	all := []renditionRequest{request}
	for _, other := range a.renditions {
		all = append(all, other.renditionRequest)
	}
	if r := checkRenditions(all); r != nil {
		return refuse(r)
	}
	if a.settings.MP4Support != "none" || a.status == errored {
		return refuse(invalid("static renditions need an asset without mp4_support and without errors"))
	}
	made := c.s.newRendition(request)
	a.renditions = append(a.renditions, made)
	c.s.keep(a)
	c.s.announceRendition(a, made, "created")
	if a.status == ready && !a.live {
		c.s.plan(a, func() { c.s.settleRendition(a, made) })
	}
	return created(made.render(rest))
}

func deleteRendition(c *call, a *asset) (answer, *refusal) {
	if !wellFormedID(c.value("part")) {
		return refuse(malformedID())
	}
	i := slices.IndexFunc(a.renditions, func(r *rendition) bool { return r.id == c.value("part") })
	if i < 0 {
		return refuse(notFound())
	}
	gone := a.renditions[i]
	a.renditions = slices.Delete(slices.Clone(a.renditions), i, i+1)
	c.s.keep(a)
	last := *gone
	gone.status = deleted // a step planned for it finds nothing to do
	c.s.announceRendition(a, &last, deleted)
	return noContent()
}
