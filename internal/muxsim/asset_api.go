// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"slices"
	"strings"
)

var assetRoutes = slices.Concat([]route{
	videoRoute(http.MethodPost, "/assets", createAsset),
	videoRoute(http.MethodGet, "/assets", listAssets),
	videoRoute(http.MethodGet, "/assets/{id}", func(c *call) (answer, *refusal) { return get(c, &c.env.assets) }),
	videoRoute(http.MethodPatch, "/assets/{id}", withAsset(patchAsset)),
	videoRoute(http.MethodDelete, "/assets/{id}", withAsset(deleteAsset)),
	videoRoute(http.MethodGet, "/assets/{id}/input-info", withAsset(inputInfo)),
	videoRoute(http.MethodPost, "/assets/{id}/playback-ids", withAsset(addAssetPlaybackID)),
	videoRoute(http.MethodGet, "/assets/{id}/playback-ids/{part}", withAsset(func(c *call, a *asset) (answer, *refusal) { return a.playbackIDs.get(c) })),
	videoRoute(http.MethodDelete, "/assets/{id}/playback-ids/{part}", withAsset(removeAssetPlaybackID)),
	videoRoute(http.MethodPut, "/assets/{id}/master-access", withAsset(putMasterAccess)),
	videoRoute(http.MethodPut, "/assets/{id}/mp4-support", withAsset(putMP4Support)),
	videoRoute(http.MethodGet, "/playback-ids/{id}", findPlaybackID),
}, trackRoutes, renditionRoutes, shotRoutes)

// withAsset finds the asset that the path names.
func withAsset(handle func(*call, *asset) (answer, *refusal)) func(*call) (answer, *refusal) {
	return func(c *call) (answer, *refusal) {
		if !wellFormedID(c.value("id")) {
			return refuse(malformedID())
		}
		a, known := c.env.assets.find(c.value("id"))
		if !known {
			return refuse(notFound())
		}
		return handle(c, a)
	}
}

func createAsset(c *call) (answer, *refusal) {
	var settings assetSettings
	if r := c.decode(&settings); r != nil {
		return refuse(r)
	}
	if r := settings.check(true); r != nil {
		return refuse(r)
	}
	if len(settings.Inputs) == 0 {
		return refuse(invalid("inputs: at least one is required"))
	}
	source, isClip := settings.Inputs[0].clipOf()
	if isClip {
		if _, known := c.env.assets.find(source); !known {
			return refuse(invalid("inputs.url: no asset %q to make a clip of", source))
		}
	}
	a := c.s.newAsset(c.env, settings, func(a *asset) {
		if isClip {
			a.ingestType, a.sourceAssetID = "on_demand_clip", source
		}
	})
	return created(a.render(rest))
}

const clipScheme = "mux://assets/"

func (i *input) isClip() bool { return strings.HasPrefix(i.URL, clipScheme) }

// clipOf is the asset that a clip is cut from.
func (i *input) clipOf() (string, bool) { return strings.CutPrefix(i.URL, clipScheme) }

func listAssets(c *call) (answer, *refusal) {
	p, r := c.page()
	if r != nil {
		return refuse(r)
	}
	stream, upload := c.query.Get("live_stream_id"), c.query.Get("upload_id")
	items, last := list(c, &c.env.assets, p, func(a *asset) bool {
		return (stream == "" || a.liveStreamID == stream) && (upload == "" || a.uploadID == upload)
	})
	body := object{"data": items, "next_cursor": nil}
	if last > 0 {
		body["next_cursor"] = cursor(last)
	}
	return answer{status: http.StatusOK, body: body}, nil
}

// patchAsset decodes onto the present values: what the request leaves out stays.
func patchAsset(c *call, a *asset) (answer, *refusal) {
	meta, passthrough := a.settings.Meta, a.settings.Passthrough
	request := struct {
		Passthrough   *string   `json:"passthrough"`
		Meta          *metadata `json:"meta"`
		ThumbnailTime *float64  `json:"thumbnail_time"`
	}{Passthrough: &passthrough, Meta: &meta}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if r := firstRefusal(checkLength("passthrough", passthrough, longestPassthrough), meta.check()); r != nil {
		return refuse(r)
	}
	a.settings.Meta, a.settings.Passthrough = meta, passthrough
	if request.ThumbnailTime != nil {
		a.thumbnailTime = request.ThumbnailTime
	}
	c.s.announce(a, "updated")
	return ok(a.render(rest))
}

func deleteAsset(c *call, a *asset) (answer, *refusal) {
	c.s.deleteAsset(a)
	return noContent()
}

func addAssetPlaybackID(c *call, a *asset) (answer, *refusal) {
	id, r := a.playbackIDs.add(c)
	if r != nil {
		return refuse(r)
	}
	c.s.announce(a, "updated")
	return created(id)
}

func removeAssetPlaybackID(c *call, a *asset) (answer, *refusal) {
	if r := a.playbackIDs.remove(c); r != nil {
		return refuse(r)
	}
	c.s.announce(a, "updated")
	return noContent()
}

func inputInfo(_ *call, a *asset) (answer, *refusal) {
	all := []object{}
	for i, in := range a.settings.Inputs {
		item := object{"settings": object{"url": in.URL}}
		if i == 0 && a.probed {
			item["file"] = a.media.file()
		}
		all = append(all, item)
	}
	return ok(all)
}

// file is what input-info says about the main media.
func (m media) file() object {
	tracks := []object{{"type": "audio", "duration": m.duration, "sample_rate": 48000, "encoding": "aac"}}
	if !m.audioOnly {
		tracks = append(tracks, object{
			"type": "video", "duration": m.duration, "width": m.width, "height": m.height,
			"frame_rate": defaultFrameRate, "encoding": "h.264",
		})
	}
	return object{"container_format": "mp4", "tracks": tracks}
}
