// SPDX-License-Identifier: Apache-2.0

package muxsim

import "strings"

// mp4Supports are the values of the deprecated mp4_support.
var mp4Supports = []string{"none", "standard", "capped-1080p", "audio-only", "audio-only,capped-1080p"}

// Bit rates, bits/s: about what such files have.
const (
	audioBitrate   = 128_000
	bitratePerLine = 2_500 // 1080 lines: 2.7 Mbit/s
)

// renditionFile is a file that can be downloaded.
type renditionFile struct {
	width, height int // 0: audio
	bitrate       int
	size          int64
}

func newRenditionFile(m media, lines int) *renditionFile {
	f := &renditionFile{bitrate: audioBitrate}
	if lines > 0 {
		f.bitrate += lines * bitratePerLine
		f.width, f.height = m.width*lines/m.lines(), m.height*lines/m.lines()
	}
	f.size = int64(m.duration * float64(f.bitrate) / 8)
	return f
}

func (f *renditionFile) describe(o object, as flavour) {
	o["filesize"] = as.bytes(f.size)
	o["bitrate"] = f.bitrate
	o.put("width", f.width)
	o.put("height", f.height)
	o["resolution_tier"] = resolutionTier(min(f.width, f.height))
}

// legacyRenditions are those of mp4_support: one status for all, files once they are there.
type legacyRenditions struct {
	status string
	files  []legacyFile
}

type legacyFile struct {
	name string
	*renditionFile
}

func (f legacyFile) render(as flavour) object {
	_, ext, _ := strings.Cut(f.name, ".")
	o := object{"name": f.name, "ext": ext, "filesize": as.bytes(f.size), "bitrate": f.bitrate}
	o.put("width", f.width)
	o.put("height", f.height)
	return o
}

// legacyFiles are those that a value of mp4_support promises.
func legacyFiles(support string, m media) []legacyFile {
	video := func(name string, most int) legacyFile {
		return legacyFile{name, newRenditionFile(m, min(most, m.lines()))}
	}
	audio := legacyFile{"audio.m4a", newRenditionFile(m, 0)}
	switch {
	case m.audioOnly || support == "audio-only":
		return []legacyFile{audio}
	case support == "standard":
		return []legacyFile{video("low.mp4", 360), video("medium.mp4", 480), video("high.mp4", 1080)}
	case support == "capped-1080p":
		return []legacyFile{video("capped-1080p.mp4", 1080)}
	}
	return []legacyFile{audio, video("capped-1080p.mp4", 1080)}
}

func (s *Server) settleLegacy(a *asset) {
	if a.legacy == nil || a.legacy.status != preparing {
		return
	}
	a.legacy = &legacyRenditions{status: ready, files: legacyFiles(a.settings.MP4Support, a.media)}
	s.announce(a, "static_renditions.ready")
}

// renderRenditions writes static_renditions. Until the asset is ready there is nothing but a status, as on the wire;
// after that the status is disabled, which is its default and means nothing unless mp4_support is on.
func (a *asset) renderRenditions(f flavour) object {
	files := []object{}
	switch {
	case a.legacy != nil:
		for _, file := range a.legacy.files {
			files = append(files, file.render(f))
		}
		o := object{"status": a.legacy.status}
		o.put("files", files)
		return o
	case len(a.renditions) == 0:
		return nil
	case a.status == preparing:
		return object{"status": preparing}
	}
	for _, r := range a.renditions {
		files = append(files, r.render(f))
	}
	return object{"status": "disabled", "files": files}
}
