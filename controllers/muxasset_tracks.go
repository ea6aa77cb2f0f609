// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// trackSettings are what Mux can change of a text track.
type trackSettings struct {
	name, language, passthrough string
	closedCaptions              bool
}

// declaredTrack is what a spec says of those; nil where it says nothing, so that it is Mux's or somebody else's.
type declaredTrack struct {
	name, language, passthrough *string
	closedCaptions              *bool
}

// digests are of each value that is said, in the same order always, "" for the others.
func (d declaredTrack) digests(o commit.Followed) string {
	all := make([]string, 4)
	for i, value := range []*string{d.name, d.language, d.passthrough} {
		if value != nil {
			all[i] = partDigest(o, *value)
		}
	}
	if d.closedCaptions != nil {
		all[3] = partDigest(o, *d.closedCaptions)
	}
	return strings.Join(all, ",")
}

// shown are the digests of what Mux shows of the values that are said.
func (d declaredTrack) shown(o commit.Followed, s trackSettings) string {
	for _, value := range []struct {
		said  **string
		shown *string
	}{{&d.name, &s.name}, {&d.language, &s.language}, {&d.passthrough, &s.passthrough}} {
		if *value.said != nil {
			*value.said = value.shown
		}
	}
	if d.closedCaptions != nil {
		d.closedCaptions = &s.closedCaptions
	}
	return d.digests(o)
}

// request is all that is said, and makes empty what was said before, by its digests, and is not any more. A name that Mux has
// been told stays, since there is nothing that would make Mux choose one again.
func (d declaredTrack) request(before string) mux.UpdateTrackRequest {
	request := mux.UpdateTrackRequest{Name: d.name, LanguageCode: d.language, Passthrough: d.passthrough, ClosedCaptions: d.closedCaptions}
	was := strings.Split(before, ",")
	if len(was) == 4 && was[2] != "" && d.passthrough == nil {
		request.Passthrough = new("")
	}
	if len(was) == 4 && was[3] != "" && d.closedCaptions == nil {
		request.ClosedCaptions = new(false)
	}
	return request
}

// settle gives a part the settings that are said of a track.
func (d declaredTrack) settle(o commit.Followed, p part) part {
	p.settings = d.digests(o)
	p.shows = func(s shownPart) string { return d.shown(o, s.settings) }
	p.change = func(ctx context.Context, c *mux.Client, id string, child video.ChildStatus) (shownPart, mux.Meta, error) {
		request := d.request(child.Settings)
		if request == (mux.UpdateTrackRequest{}) {
			return shownPart{}, mux.Meta{}, nil
		}
		answer, err := c.UpdateTrack(ctx, id, child.ID, request)
		return shownTrack(projection.LiftTrack(&answer.Value)), answer.Meta, err
	}
	return p
}

// textTrackParts are the text tracks that the spec declares. Of a URL in a Secret the reference counts and not the value, which
// may be signed anew any time.
func textTrackParts(o commit.Followed) []part {
	var parts []part
	for _, track := range assetOf(o).Spec.TextTracks {
		declared := declaredTrack{
			name: &track.Name, language: &track.LanguageCode, passthrough: unlessEmpty(track.Passthrough), closedCaptions: track.ClosedCaptions,
		}
		parts = append(parts, declared.settle(o, part{
			key:     track.Name,
			content: partDigest(o, track.URL, track.URLFrom),
			send: func(ctx context.Context, r *follower) (sendPart, error) {
				url, err := r.url(ctx, o.GetNamespace(), track.URL, track.URLFrom)
				return sendTrack(mux.CreateTrackRequest{
					URL: url, Type: "text", TextType: "subtitles", LanguageCode: track.LanguageCode, Name: track.Name,
					ClosedCaptions: track.ClosedCaptions, Passthrough: track.Passthrough,
				}), err
			},
		}))
	}
	return parts
}

func sendTrack(request mux.CreateTrackRequest) sendPart {
	return func(ctx context.Context, c *mux.Client, id string) (shownPart, mux.Meta, error) {
		answer, err := c.CreateTrack(ctx, id, request)
		return shownTrack(projection.LiftTrack(&answer.Value)), answer.Meta, err
	}
}

func removeTrack(ctx context.Context, c *mux.Client, id, child string) error {
	return c.DeleteTrack(ctx, id, child)
}

// generatedParts are the subtitles that Mux is to write from the sound. Mux fills in a name that the spec leaves out, and the
// language where that is auto.
func generatedParts(o commit.Followed) []part {
	var parts []part
	for _, subtitles := range assetOf(o).Spec.GeneratedSubtitles {
		declared := declaredTrack{name: unlessEmpty(subtitles.Name), passthrough: unlessEmpty(subtitles.Passthrough)}
		parts = append(parts, declared.settle(o, part{
			key:     subtitles.LanguageCode,
			content: partDigest(o, subtitles.LanguageCode),
			is: func(s shownPart) bool {
				return subtitles.LanguageCode == "auto" || s.label == subtitles.LanguageCode
			},
			send: always(func(ctx context.Context, c *mux.Client, id string) (shownPart, mux.Meta, error) {
				answer, err := c.GenerateSubtitles(ctx, id, soundOf(assetOf(o)), generatedSubtitles([]video.GeneratedSubtitles{subtitles}))
				if err != nil || len(answer.Value) == 0 {
					return shownPart{}, answer.Meta, err
				}
				return shownTrack(projection.LiftTrack(&answer.Value[0])), answer.Meta, nil
			}),
		}))
	}
	return parts
}

// soundOf is the audio track that subtitles are written from, "" where there is none.
func soundOf(asset *video.MuxAsset) string {
	sound := ""
	for _, track := range asset.Status.Tracks {
		if track.Type == "audio" && (sound == "" || track.Primary) {
			sound = track.ID
		}
	}
	return sound
}

// onceHeard holds back subtitles of an asset that is not ready or has no sound.
func onceHeard(o commit.Followed) error {
	if err := onceReady(o); err != nil {
		return err
	}
	if soundOf(assetOf(o)) == "" {
		return terminal(video.ReasonInvalid, "the asset has no audio track, so there is nothing to generate subtitles from; remove generatedSubtitles from the spec")
	}
	return nil
}

// shownTracks are the text tracks that Mux has generated, or the others.
func shownTracks(o commit.Followed, generated bool) shownParts {
	status, stamps := &assetOf(o).Status, stampsOf(o)
	shown := shownParts{asOf: projection.StampTime(stamps.Tracks), complete: status.State == projection.StateReady, clipped: len(status.Tracks) >= projection.MaxTracks}
	for _, track := range status.Tracks {
		if track.Type != "text" || strings.HasPrefix(track.TextSource, "generated") != generated {
			continue
		}
		s := shownTrack(track)
		if track.Stamp == "" {
			s.asOf = shown.asOf
		}
		if generated {
			s.label = track.LanguageCode
		}
		shown.parts = append(shown.parts, s)
	}
	for _, track := range stamps.HiddenTracks {
		if track.Status == projection.StateDeleted {
			shown.gone = append(shown.gone, track.ID)
		}
	}
	return shown
}

func shownTrack(track video.TrackStatus) shownPart {
	return shownPart{id: track.ID, label: track.Name, asOf: projection.StampTime(track.Stamp), settings: trackSettings{
		name: track.Name, language: track.LanguageCode, passthrough: track.Passthrough, closedCaptions: track.ClosedCaptions,
	}}
}
