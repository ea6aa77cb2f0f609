// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"fmt"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// settledVerdict decides on Ready of an asset that is ready and synced: every text track and static rendition that the
// spec declares must have settled. A skipped rendition has: it does not fit the asset, and that is no error.
func settledVerdict(asset *video.MuxAsset) Verdict {
	for _, declared := range declaredTracks(&asset.Spec) {
		switch declared.find(asset.Status.Tracks) {
		case StateErrored:
			return stalled(video.ReasonTrackErrored,
				fmt.Sprintf("the text track %s errored; correct or remove it in the spec", declared.label()))
		case StatePreparing, "":
			return reconciling(video.ReasonWaitingForTracks, fmt.Sprintf("the text track %s is not ready", declared.label()))
		}
	}
	for _, declared := range asset.Spec.StaticRenditions {
		switch renditionState(asset.Status.StaticRenditions, declared.Resolution) {
		case StateErrored:
			return stalled(video.ReasonRenditionErrored,
				fmt.Sprintf("the static rendition %s errored; remove it from the spec or ask for another", declared.Resolution))
		case StatePreparing, "":
			return reconciling(video.ReasonWaitingForRenditions, fmt.Sprintf("the static rendition %s is not ready", declared.Resolution))
		}
	}
	return ready("the asset is ready")
}

// declaredTrack is a text track that a spec asks for, by what it will be known by at Mux.
type declaredTrack struct {
	name, language string
	generated      bool
}

// label names the track in a message.
func (d declaredTrack) label() string {
	if d.name != "" {
		return d.name
	}
	return d.language
}

// find returns the state of the track: "" when it is not there yet. A track without a name in the spec is found by its
// language, and one of automatic language by having been generated, since Mux fills in both.
func (d declaredTrack) find(tracks []video.TrackStatus) string {
	for i := range tracks {
		if track := &tracks[i]; track.Type == "text" && d.is(track) {
			return track.Status
		}
	}
	return ""
}

func (d declaredTrack) is(track *video.TrackStatus) bool {
	if d.name != "" {
		return track.Name == d.name
	}
	if d.generated && track.TextSource != "generated_vod" {
		return false
	}
	return d.language == "auto" || d.language == "" || track.LanguageCode == d.language
}

func declaredTracks(spec *video.MuxAssetSpec) []declaredTrack {
	var declared []declaredTrack
	for i := range spec.Inputs {
		input := &spec.Inputs[i]
		if input.Type == "text" {
			declared = append(declared, declaredTrack{name: input.Name, language: input.LanguageCode})
		}
		declared = append(declared, generatedTracks(input.GeneratedSubtitles)...)
	}
	for i := range spec.TextTracks {
		declared = append(declared, declaredTrack{name: spec.TextTracks[i].Name, language: spec.TextTracks[i].LanguageCode})
	}
	return append(declared, generatedTracks(spec.GeneratedSubtitles)...)
}

func generatedTracks(subtitles []video.GeneratedSubtitles) []declaredTrack {
	var declared []declaredTrack
	for i := range subtitles {
		declared = append(declared, declaredTrack{name: subtitles[i].Name, language: subtitles[i].LanguageCode, generated: true})
	}
	return declared
}

func renditionState(renditions []video.StaticRenditionStatus, resolution string) string {
	for i := range renditions {
		if renditions[i].Resolution == resolution {
			return renditions[i].Status
		}
	}
	return ""
}
