// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// What the spec says is compared with what Mux last acknowledged and, where the spec owns it, with what Mux shows. Mux fills in
// and may normalize what it is sent, so what it showed in the answer to a change is kept (acknowledged.shown): only where it
// shows anything else later has somebody changed it. What was observed before the last change was certainly done says nothing.

// Mux's defaults, which a value returns to that the spec does not set any more.
const (
	defaultLatencyMode           = "standard"
	defaultReconnectWindow       = 60 // seconds, of standard latency; 0 of the others
	defaultMaxContinuousDuration = 43200
	testMaxContinuousDuration    = 300
	none                         = "none"
)

// acknowledge records what the create will have told Mux. passthrough carries the token, so a value of the user's own is sent by the
// update phase; a new live stream is enabled, so only false has to be carried out.
func (liveStreamKind) acknowledge(o commit.Followed) {
	stream := liveStreamOf(o)
	spec := &stream.Spec
	settings := newAssetTexts(spec.NewAssetSettings)
	acknowledged := &video.LiveStreamAcknowledged{
		LatencyMode:                  unlessEmpty(spec.LatencyMode),
		ReconnectWindowSeconds:       spec.ReconnectWindowSeconds,
		UseSlateForStandardLatency:   spec.UseSlateForStandardLatency,
		ReconnectSlateURL:            digestOfText(spec.ReconnectSlateURL),
		MaxContinuousDurationSeconds: spec.MaxContinuousDurationSeconds,
		StaticRenditions:             digestOfSent(settings.renditions),
		EmbeddedSubtitles:            digestOfSent(embeddedSubtitles(spec.EmbeddedSubtitles)),
		GeneratedSubtitles:           digestOfSent(liveSubtitles(spec.GeneratedSubtitles)),
	}
	if spec.Meta != nil {
		acknowledged.Title = spec.Meta.Title
	}
	if spec.Enabled != nil && *spec.Enabled {
		acknowledged.Enabled = spec.Enabled
	}
	if settings.acknowledged() != (video.NewAssetSettingsAcknowledged{}) {
		acknowledged.NewAssetSettings = new(settings.acknowledged())
	}
	stream.Status.Acknowledged = acknowledged
	stream.Status.Children = askedFor(liveParts, o)
}

func (liveStreamKind) forget(o commit.Followed) {
	liveStreamOf(o).Status.Acknowledged, liveStreamOf(o).Status.Children = nil, nil
}

// newAsset are those settings of recordings that can be changed, as the spec has them.
type newAsset struct {
	videoQuality, mp4Support, masterAccess *string
	title, creatorID, externalID           *string
	renditions                             []mux.StaticRenditionRequest
}

func newAssetTexts(settings *video.AssetSettings) newAsset {
	if settings == nil {
		return newAsset{}
	}
	n := newAsset{
		videoQuality: unlessEmpty(settings.VideoQuality), mp4Support: unlessEmpty(settings.MP4Support), masterAccess: unlessEmpty(settings.MasterAccess),
		renditions: staticRenditions(settings.StaticRenditions),
	}
	if meta := settings.Meta; meta != nil {
		n.title, n.creatorID, n.externalID = meta.Title, meta.CreatorID, meta.ExternalID
	}
	return n
}

func (n newAsset) acknowledged() video.NewAssetSettingsAcknowledged {
	return video.NewAssetSettingsAcknowledged{
		VideoQuality: n.videoQuality, MP4Support: n.mp4Support, MasterAccess: n.masterAccess,
		Title: digestOfText(n.title), CreatorID: digestOfText(n.creatorID), ExternalID: digestOfText(n.externalID),
	}
}

// unlessEmpty is a text that is unset when empty.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func digestOfText(text *string) *string {
	if text == nil {
		return nil
	}
	return new(projection.DigestOfText(*text))
}

// digestOfSent is the digest of a list that is sent, nil of none.
func digestOfSent[T any](list []T) *string {
	if len(list) == 0 {
		return nil
	}
	return new(projection.Digest(list))
}

// liveComparison is what a comparison of one live stream needs.
type liveComparison struct {
	spec   *video.MuxLiveStreamSpec
	status *video.MuxLiveStreamStatus
	known  video.LiveStreamAcknowledged
	shown  video.LiveStreamDigests // now
	was    video.LiveStreamDigests // as Mux answered
	// late is true where what is shown was observed after our last change.
	late bool
}

func compareLive(stream *video.MuxLiveStream) liveComparison {
	c := liveComparison{spec: &stream.Spec, status: &stream.Status}
	if stream.Status.Acknowledged != nil {
		c.known = *stream.Status.Acknowledged.DeepCopy()
	}
	if c.known.Shown != nil {
		c.was = *c.known.Shown
	}
	if stream.Status.Digests != nil {
		c.shown = *stream.Status.Digests
	}
	if stamps := stream.Status.Stamps; stamps != nil {
		at := projection.StampTime(stamps.Snapshot)
		c.late = !byOurChange(stamps.Snapshot) && (c.known.At == nil || !at.Before(c.known.At.Time))
	}
	return c
}

// drifted says whether what is shown of a group has changed since Mux acknowledged it.
func (c liveComparison) drifted(was, shown string) bool {
	return c.late && was != "" && was != shown
}

// list compares a list that is replaced as a whole: whether it is to be sent.
func (c liveComparison) list(spec, known *string, was, shown string) bool {
	switch {
	case spec == nil && known == nil:
		return false
	case spec == nil || known == nil || *spec != *known:
		return true
	default:
		return c.drifted(was, shown)
	}
}

// settings compares all that one PATCH can change. It returns nil when there is nothing to send now, and whether a change waits
// until the live stream is idle.
func (c liveComparison) settings() (request *mux.UpdateLiveStreamRequest, acknowledged video.LiveStreamAcknowledged, waits bool) {
	own := !c.drifted(c.was.Settings, c.shown.Settings)
	acknowledged = c.known
	var r mux.UpdateLiveStreamRequest
	r.LatencyMode, acknowledged.LatencyMode = value[string]{unlessEmpty(c.spec.LatencyMode), c.known.LatencyMode, c.status.LatencyMode, defaultLatencyMode}.next(own)
	if r.LatencyMode != nil && *r.LatencyMode == c.status.LatencyMode {
		r.LatencyMode = nil // it is there, and Mux would refuse it during a broadcast
	}
	if r.LatencyMode != nil && !isIdle(c.status) {
		r.LatencyMode, acknowledged.LatencyMode, waits = nil, c.known.LatencyMode, true
	}
	var window, duration *int32
	window, acknowledged.ReconnectWindowSeconds = value[int32]{c.spec.ReconnectWindowSeconds, c.known.ReconnectWindowSeconds, wholeSeconds(c.status.ReconnectWindow), c.reconnectWindow()}.next(own)
	duration, acknowledged.MaxContinuousDurationSeconds = value[int32]{c.spec.MaxContinuousDurationSeconds, c.known.MaxContinuousDurationSeconds, wholeSeconds(c.status.MaxContinuousDuration), c.maxContinuousDuration()}.next(own)
	r.ReconnectWindow, r.MaxContinuousDuration = inSeconds[float64](window), inSeconds[int64](duration)
	r.UseSlateForStandardLatency, acknowledged.UseSlateForStandardLatency = value[bool]{c.spec.UseSlateForStandardLatency, c.known.UseSlateForStandardLatency, c.status.UseSlateForStandardLatency, false}.next(own)
	r.Passthrough, acknowledged.Passthrough = field{c.spec.Passthrough, c.known.Passthrough, c.status.Passthrough}.next(own)
	c.texts(&r, &acknowledged, own)
	acknowledged.NewAssetSettings = c.newAsset(&r, own)
	if r == (mux.UpdateLiveStreamRequest{}) {
		return nil, acknowledged, waits
	}
	return &r, acknowledged, waits
}

// texts compares the title and the URL of the slate.
func (c liveComparison) texts(r *mux.UpdateLiveStreamRequest, acknowledged *video.LiveStreamAcknowledged, own bool) {
	var title, slate *string
	if c.spec.Meta != nil {
		title = c.spec.Meta.Title
	}
	title, acknowledged.Title = field{title, c.known.Title, c.status.Title}.next(own)
	if title != nil {
		r.Meta = &mux.MetadataRequest{Title: title}
	}
	slate, acknowledged.ReconnectSlateURL = field{digestOfText(c.spec.ReconnectSlateURL), c.known.ReconnectSlateURL, c.shown.ReconnectSlateURL}.next(own)
	if slate != nil {
		url := mux.Secret("")
		if c.spec.ReconnectSlateURL != nil {
			url = mux.Secret(*c.spec.ReconnectSlateURL)
		}
		r.ReconnectSlateURL = &url
	}
}

// newAsset compares the settings of future recordings.
func (c liveComparison) newAsset(r *mux.UpdateLiveStreamRequest, own bool) *video.NewAssetSettingsAcknowledged {
	spec, shown, known := newAssetTexts(c.spec.NewAssetSettings), video.NewAssetSettingsStatus{}, video.NewAssetSettingsAcknowledged{}
	if c.status.NewAssetSettings != nil {
		shown = *c.status.NewAssetSettings
	}
	if c.known.NewAssetSettings != nil {
		known = *c.known.NewAssetSettings
	}
	var acknowledged video.NewAssetSettingsAcknowledged
	var u mux.UpdateNewAssetSettings
	u.MP4Support, acknowledged.MP4Support = value[string]{spec.mp4Support, known.MP4Support, orNone(shown.MP4Support), none}.next(own)
	u.MasterAccess, acknowledged.MasterAccess = value[string]{spec.masterAccess, known.MasterAccess, orNone(shown.MasterAccess), none}.next(own)
	if spec.videoQuality != nil { // there is no value that takes it back
		u.VideoQuality, acknowledged.VideoQuality = field{spec.videoQuality, known.VideoQuality, shown.VideoQuality}.next(own)
	}
	u.Meta = newAssetMeta(spec, &known, &acknowledged, shown.Meta, own)
	if u != (mux.UpdateNewAssetSettings{}) {
		r.NewAssetSettings = &u
	}
	if acknowledged == (video.NewAssetSettingsAcknowledged{}) {
		return nil
	}
	return &acknowledged
}

// newAssetMeta compares the metadata of future recordings. All of it goes together, see diffMetadata.
func newAssetMeta(spec newAsset, known, acknowledged *video.NewAssetSettingsAcknowledged, shown *video.AssetMetaStatus, own bool) *mux.MetadataRequest {
	if shown == nil {
		shown = &video.AssetMetaStatus{}
	}
	text := func(spec, known *string, shown string) (send, digest *string) {
		send, digest = field{digestOfText(spec), known, projection.DigestOfText(shown)}.next(own)
		if send != nil && spec != nil {
			send = spec
		}
		return send, digest
	}
	var title, creatorID, externalID *string
	title, acknowledged.Title = text(spec.title, known.Title, shown.Title)
	creatorID, acknowledged.CreatorID = text(spec.creatorID, known.CreatorID, shown.CreatorID)
	externalID, acknowledged.ExternalID = text(spec.externalID, known.ExternalID, shown.ExternalID)
	if title == nil && creatorID == nil && externalID == nil {
		return nil
	}
	return &mux.MetadataRequest{
		Title: firstSet(title, shown.Title), CreatorID: firstSet(creatorID, shown.CreatorID), ExternalID: firstSet(externalID, shown.ExternalID),
	}
}

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

// reconnectWindow is Mux's default for the latency that the live stream is to have.
func (c liveComparison) reconnectWindow() int32 {
	if c.spec.LatencyMode == "" || c.spec.LatencyMode == defaultLatencyMode {
		return defaultReconnectWindow
	}
	return 0
}

func (c liveComparison) maxContinuousDuration() int32 {
	if c.status.Test {
		return testMaxContinuousDuration
	}
	return defaultMaxContinuousDuration
}

// wholeSeconds is a duration that Mux shows; it leaves out what is 0.
func wholeSeconds(d *metav1.Duration) int32 {
	if d == nil {
		return 0
	}
	return int32(d.Round(time.Second) / time.Second)
}
