// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// update carries out what annotations ask for and sends what the spec says and Mux has not acknowledged, one call for each group
// that has changed. Enabling comes first, since much is possible only while the live stream is idle, and disabling last. What
// holds up one group does not hold up the others.
func (k liveStreamKind) update(ctx context.Context, r *follower, s *scope) error {
	var first error
	for _, step := range []func(liveStreamKind, context.Context, *follower, *scope) error{
		liveStreamKind.actions,
		liveStreamKind.noteShown,
		liveStreamKind.enable,
		liveStreamKind.removeRenditions,
		liveStreamKind.updateSettings,
		liveStreamKind.replaceLists,
		liveStreamKind.seeParts,
		liveStreamKind.updateParts,
		liveStreamKind.disable,
	} {
		if liveStreamOf(s.object).Status.State == projection.StateDeleted {
			return first
		}
		err := step(k, ctx, r, s)
		if !goesOn(err) {
			return err
		}
		first = cmp.Or(first, err)
	}
	return first
}

func (liveStreamKind) seeParts(ctx context.Context, r *follower, s *scope) error {
	return r.seeParts(ctx, s, liveParts, projection.StampTime(liveStampsOf(s.object).Snapshot))
}

func (liveStreamKind) updateParts(ctx context.Context, r *follower, s *scope) error {
	return r.syncParts(ctx, s, liveParts)
}

// acknowledgedBy changes what Mux has acknowledged.
func acknowledgedBy(s *scope, change func(*video.LiveStreamAcknowledged)) {
	s.find(func(o commit.Followed) {
		status := &liveStreamOf(o).Status
		if status.Acknowledged == nil {
			status.Acknowledged = &video.LiveStreamAcknowledged{}
		}
		if status.Acknowledged.Shown == nil {
			status.Acknowledged.Shown = &video.LiveStreamDigests{}
		}
		change(status.Acknowledged)
	})
}

// noteShown keeps what Mux shows of what the create has told it, at the first look after it.
func (liveStreamKind) noteShown(_ context.Context, _ *follower, s *scope) error {
	c := compareLive(liveStreamOf(s.object))
	if c.status.Acknowledged == nil || c.status.Digests == nil || c.known.At != nil {
		return nil
	}
	now := c.was
	for _, group := range []struct {
		was          *string
		shown        string
		acknowledged bool
	}{
		{&now.Settings, c.shown.Settings, true},
		{&now.StaticRenditions, c.shown.StaticRenditions, c.known.StaticRenditions != nil},
		{&now.EmbeddedSubtitles, c.shown.EmbeddedSubtitles, c.known.EmbeddedSubtitles != nil},
		{&now.GeneratedSubtitles, c.shown.GeneratedSubtitles, c.known.GeneratedSubtitles != nil},
	} {
		if *group.was == "" && group.acknowledged {
			*group.was = group.shown
		}
	}
	if now != c.was {
		acknowledgedBy(s, func(a *video.LiveStreamAcknowledged) { *a.Shown = now })
	}
	return nil
}

// change sends one change of a group, unless Mux has refused it, and takes in the answer. then records what Mux has acknowledged;
// shown is what the answer shows.
func (r *follower) change(ctx context.Context, s *scope, group string, request any,
	send func(*mux.Client) (mux.Answer[mux.LiveStream], error),
	then func(a *video.LiveStreamAcknowledged, shown *video.LiveStreamDigests)) error {
	refusable := digestOf([]any{group, request})
	if err := r.refusals.check(s.object, refusable, r.options.Clock()); err != nil {
		return err
	}
	muxClient, err := r.connect(ctx, s)
	if err != nil {
		return err
	}
	// The answer to our own change is no older than anything the status knew when the change was sent.
	newest := projection.NewestLiveStreamTime(&liveStreamOf(s.object).Status)
	answer, err := send(muxClient)
	if mux.IsNotFound(err) {
		return r.read(ctx, s) // which tells whether it is gone
	}
	if err != nil {
		err = fromMux(err, "change "+group+" of the live stream "+s.status().ID)
		r.refusals.keep(s.object, refusable, r.options.Clock(), err)
		return err
	}
	shown := &video.LiveStreamDigests{}
	if answer.Value.ID != "" {
		t := toldLiveStreamAt(&answer, laterOf(answer.Meta.AsOf(mux.GetMargin), newest), projection.SourceWrite)
		s.observe(t)
		alone := &video.MuxLiveStream{}
		t.join(alone)
		shown = alone.Status.Digests
	}
	acknowledgedBy(s, func(a *video.LiveStreamAcknowledged) {
		if !answer.Meta.Date.IsZero() {
			a.At = new(metav1.NewMicroTime(answer.Meta.Date.Add(time.Second))) // Date has whole seconds
		}
		then(a, shown)
	})
	return nil
}

// updateSettings sends what one PATCH can change.
func (liveStreamKind) updateSettings(ctx context.Context, r *follower, s *scope) error {
	request, acknowledged, waits := compareLive(liveStreamOf(s.object)).settings()
	var held error
	if waits {
		r.refusals.forget(client.ObjectKeyFromObject(s.object)) // what was refused during a broadcast need not be so after it
		held = onceIdle(&liveStreamOf(s.object).Status, "latencyMode")
	}
	id := s.status().ID
	if request == nil {
		if known := liveStreamOf(s.object).Status.Acknowledged; known == nil || !sameAcknowledged(*known, acknowledged) {
			acknowledgedBy(s, func(a *video.LiveStreamAcknowledged) { copySettings(a, acknowledged) })
		}
		return held
	}
	err := r.change(ctx, s, "the settings", request,
		func(c *mux.Client) (mux.Answer[mux.LiveStream], error) { return c.UpdateLiveStream(ctx, id, *request) },
		func(a *video.LiveStreamAcknowledged, shown *video.LiveStreamDigests) {
			copySettings(a, acknowledged)
			a.Shown.Settings, a.Shown.ReconnectSlateURL = shown.Settings, shown.ReconnectSlateURL
		})
	return cmp.Or(err, held)
}

// copySettings takes over what the comparison of the settings has to say, and nothing of the other groups.
func copySettings(to *video.LiveStreamAcknowledged, from video.LiveStreamAcknowledged) {
	to.Passthrough, to.Title, to.LatencyMode = from.Passthrough, from.Title, from.LatencyMode
	to.ReconnectWindowSeconds, to.MaxContinuousDurationSeconds = from.ReconnectWindowSeconds, from.MaxContinuousDurationSeconds
	to.UseSlateForStandardLatency, to.ReconnectSlateURL = from.UseSlateForStandardLatency, from.ReconnectSlateURL
	to.NewAssetSettings = from.NewAssetSettings
}

// sameAcknowledged says whether copySettings would change nothing.
func sameAcknowledged(known, acknowledged video.LiveStreamAcknowledged) bool {
	changed := known
	copySettings(&changed, acknowledged)
	return equality.Semantic.DeepEqual(known, changed)
}

// removeRenditions comes before the settings and replaceLists after them: staticRenditions and mp4Support exclude each other.
func (liveStreamKind) removeRenditions(ctx context.Context, r *follower, s *scope) error {
	c, id := compareLive(liveStreamOf(s.object)), s.status().ID
	if c.known.StaticRenditions == nil || len(newAssetTexts(c.spec.NewAssetSettings).renditions) > 0 {
		return nil
	}
	return r.change(ctx, s, "the files of future recordings", nil,
		func(c *mux.Client) (mux.Answer[mux.LiveStream], error) {
			err := c.DeleteNewAssetStaticRenditions(ctx, id)
			if mux.IsNotFound(err) { // there are none, or the live stream is gone
				return c.GetLiveStream(ctx, id)
			}
			return mux.Answer[mux.LiveStream]{}, err
		},
		func(a *video.LiveStreamAcknowledged, _ *video.LiveStreamDigests) {
			a.StaticRenditions, a.Shown.StaticRenditions = nil, ""
		})
}

// liveList is a list that Mux takes as a whole.
type liveList struct {
	name    string
	request any
	spec    *string // the digest of what is to be sent, nil of none
	shows   string  // the digest of what Mux shows where it has just that
	send    func(context.Context, *mux.Client, string) (mux.Answer[mux.LiveStream], error)
	// keep says where the two digests of what was acknowledged are kept.
	keep func(*video.LiveStreamAcknowledged) (sent **string, shown *string)
	of   func(*video.LiveStreamDigests) string
}

// liveLists are all such lists of a live stream.
func liveLists(c liveComparison) []liveList {
	renditions := newAssetTexts(c.spec.NewAssetSettings).renditions
	embedded, generated := embeddedSubtitles(c.spec.EmbeddedSubtitles), liveSubtitles(c.spec.GeneratedSubtitles)
	type live = mux.Answer[mux.LiveStream]
	return []liveList{
		{name: "the files of future recordings", request: renditions, spec: digestOfSent(renditions), shows: projection.DigestOfRenditions(asShown(renditions, shownRendition)),
			send: func(ctx context.Context, m *mux.Client, id string) (live, error) {
				return m.SetNewAssetStaticRenditions(ctx, id, renditions)
			},
			keep: func(a *video.LiveStreamAcknowledged) (**string, *string) {
				return &a.StaticRenditions, &a.Shown.StaticRenditions
			},
			of: func(d *video.LiveStreamDigests) string { return d.StaticRenditions }},
		{name: "embeddedSubtitles", request: embedded, spec: digestOfSent(embedded), shows: projection.DigestOfEmbedded(asShown(embedded, shownEmbedded)),
			send: func(ctx context.Context, m *mux.Client, id string) (live, error) {
				return m.SetEmbeddedSubtitles(ctx, id, embedded)
			},
			keep: func(a *video.LiveStreamAcknowledged) (**string, *string) {
				return &a.EmbeddedSubtitles, &a.Shown.EmbeddedSubtitles
			},
			of: func(d *video.LiveStreamDigests) string { return d.EmbeddedSubtitles }},
		{name: "generatedSubtitles", request: generated, spec: digestOfSent(generated), shows: projection.DigestOfGenerated(asShown(generated, shownGenerated)),
			send: func(ctx context.Context, m *mux.Client, id string) (live, error) {
				return m.SetGeneratedSubtitles(ctx, id, generated)
			},
			keep: func(a *video.LiveStreamAcknowledged) (**string, *string) {
				return &a.GeneratedSubtitles, &a.Shown.GeneratedSubtitles
			},
			of: func(d *video.LiveStreamDigests) string { return d.GeneratedSubtitles }},
	}
}

// asShown is a list as Mux shows it once it has it.
func asShown[R, S any](sent []R, shown func(R) S) (all []S) {
	for _, one := range sent {
		all = append(all, shown(one))
	}
	return all
}

func shownEmbedded(r mux.EmbeddedSubtitlesRequest) mux.EmbeddedSubtitles {
	return mux.EmbeddedSubtitles(r)
}

func shownGenerated(r mux.LiveSubtitlesRequest) mux.GeneratedSubtitles {
	return mux.GeneratedSubtitles(r)
}

func shownRendition(r mux.StaticRenditionRequest) mux.StaticRendition {
	return mux.StaticRendition{Resolution: r.Resolution, Passthrough: r.Passthrough}
}

// replaceLists sends the lists that have changed.
func (liveStreamKind) replaceLists(ctx context.Context, r *follower, s *scope) error {
	c, id := compareLive(liveStreamOf(s.object)), s.status().ID
	if c.known.Shown == nil {
		c.known.Shown = &video.LiveStreamDigests{}
	}
	for _, l := range liveLists(c) {
		known, was := l.keep(&c.known)
		if !c.list(l.spec, *known, *was, l.of(&c.shown)) {
			continue
		}
		err := r.change(ctx, s, l.name, l.request,
			func(m *mux.Client) (mux.Answer[mux.LiveStream], error) { return l.send(ctx, m, id) },
			func(a *video.LiveStreamAcknowledged, shown *video.LiveStreamDigests) {
				known, was := l.keep(a)
				*known, *was = l.spec, l.of(shown)
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// enable and disable carry out spec.enabled when it changes. What becomes of the live stream at Mux afterwards is state and not
// fought: Mux disables test streams after five minutes by itself, and a person who disables one in the dashboard has a reason.
func (liveStreamKind) enable(ctx context.Context, r *follower, s *scope) error {
	stream := liveStreamOf(s.object)
	wanted, known := stream.Spec.Enabled, compareLive(stream).known.Enabled
	switch {
	case wanted == nil && known != nil && *known: // there is nothing to take back
		acknowledgedBy(s, func(a *video.LiveStreamAcknowledged) { a.Enabled = nil })
		return nil
	case wanted == nil && known == nil, wanted != nil && !*wanted, wanted != nil && known != nil && *known:
		return nil
	case known == nil && stream.Status.State != projection.StateDisabled: // it is
		acknowledgedBy(s, func(a *video.LiveStreamAcknowledged) { a.Enabled = wanted })
		return nil
	}
	return r.turn(ctx, s, wanted, "enable", (*mux.Client).EnableLiveStream)
}

func (liveStreamKind) disable(ctx context.Context, r *follower, s *scope) error {
	wanted, known := liveStreamOf(s.object).Spec.Enabled, compareLive(liveStreamOf(s.object)).known.Enabled
	if wanted == nil || *wanted || (known != nil && !*known) {
		return nil
	}
	return r.turn(ctx, s, wanted, "disable", (*mux.Client).DisableLiveStream)
}

// turn enables or disables a live stream. Its webhook tells the new state.
func (r *follower) turn(ctx context.Context, s *scope, enabled *bool, verb string, call func(*mux.Client, context.Context, string) error) error {
	return r.change(ctx, s, "enabled", verb,
		func(c *mux.Client) (mux.Answer[mux.LiveStream], error) {
			return mux.Answer[mux.LiveStream]{}, call(c, ctx, s.status().ID)
		},
		func(a *video.LiveStreamAcknowledged, _ *video.LiveStreamDigests) { a.Enabled = enabled })
}
