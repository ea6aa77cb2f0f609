// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"fmt"
	"slices"
)

// step is something that happens to an asset with time: by its timer, or when it is taken by hand.
type step struct {
	timer *timer // nil: only by hand
	run   func()
}

// plan arranges the next step of an asset.
func (s *Server) plan(a *asset, run func()) {
	st := &step{}
	st.run = func() {
		a.steps = slices.DeleteFunc(a.steps, func(other *step) bool { return other == st })
		run()
	}
	a.steps = append(a.steps, st)
	if s.options.ReadyAfter > 0 && !a.held {
		st.timer = s.after(s.half(), st.run)
	}
}

// take makes the asset's next step happen now.
func (s *Server) take(a *asset) bool {
	if len(a.steps) == 0 {
		return false
	}
	next := a.steps[0]
	if next.timer != nil {
		s.stop(next.timer)
	}
	next.run()
	return true
}

func (s *Server) dropSteps(a *asset) {
	for _, st := range a.steps {
		if st.timer != nil {
			s.stop(st.timer)
		}
	}
	a.steps = nil
}

// begin starts the life of an asset: probed, ready, settled, each a step.
func (s *Server) begin(a *asset) {
	a.media = media{duration: defaultDuration, width: defaultWidth, height: defaultHeight}
	if len(a.settings.Inputs) > 0 {
		a.media = probe(a.settings.Inputs[0].URL, a.settings.Test)
	}
	a.held = a.media.slow
	s.plan(a, func() { s.probeAsset(a) })
}

func (s *Server) probeAsset(a *asset) {
	if a.media.broken {
		s.failAsset(a, failure{Type: "invalid_input", Messages: []string{"The input file is not a valid video file."}})
		return
	}
	a.probed = true
	a.tracks = append(s.mediaTracks(a.media), s.inputTracks(a.settings.Inputs)...)
	if a.media.nonStandard {
		s.announce(a, "non_standard_input_detected")
	}
	s.keep(a)
	for _, t := range a.tracks {
		if t.status == preparing {
			s.announceTrack(a, t, "created")
		}
	}
	s.plan(a, func() { s.readyAsset(a) })
}

func (s *Server) readyAsset(a *asset) {
	a.status = ready
	a.startExtras()
	s.announce(a, "ready")
	s.announceExtras(a)
}

// startExtras begins what is made of an asset that is ready; of a recording, once it is complete.
func (a *asset) startExtras() {
	if a.settings.MasterAccess == "temporary" {
		a.master = &master{status: preparing}
	}
	if a.settings.MP4Support != "none" {
		a.legacy = &legacyRenditions{status: preparing}
	}
	if a.settings.GenerateShots {
		a.shots = &shots{status: pending}
	}
}

func (s *Server) announceExtras(a *asset) {
	if a.master != nil {
		s.announce(a, "master.preparing")
	}
	if a.legacy != nil {
		s.announce(a, "static_renditions.preparing")
	}
	if a.shots != nil {
		s.announceShots(a, "created", a.shots.render())
	}
	if a.hasUnsettled() {
		s.plan(a, func() { s.settleAsset(a) })
	}
}

// hasUnsettled tells whether something is left to prepare once the asset itself is ready.
func (a *asset) hasUnsettled() bool {
	return a.master != nil || a.legacy != nil || a.shots != nil ||
		slices.ContainsFunc(a.tracks, func(t *track) bool { return t.status == preparing }) ||
		slices.ContainsFunc(a.renditions, func(r *rendition) bool { return r.status == preparing })
}

// settleAsset ends the preparation of everything that was there when the asset became ready.
func (s *Server) settleAsset(a *asset) {
	for _, t := range slices.Clone(a.tracks) {
		s.settleTrack(a, t)
	}
	for _, r := range slices.Clone(a.renditions) {
		s.settleRendition(a, r)
	}
	s.settleLegacy(a)
	s.settleMaster(a)
	s.settleShots(a)
}

func (s *Server) failAsset(a *asset, why failure) {
	s.dropSteps(a)
	a.status, a.failure, a.live = errored, &why, false
	s.announce(a, errored)
	if u, known := a.env.uploads.find(a.uploadID); known {
		s.failUpload(u)
	}
}

// SetReady takes a preparing asset through its steps until it is ready. What has still to settle (text tracks,
// renditions, the master copy) follows in time, or by Advance when ReadyAfter is negative. A recording gets ready by its
// broadcast, see AdvanceLiveStream.
func (s *Server) SetReady(id string) error {
	return s.withAsset(id, preparing, func(a *asset) error {
		if a.live {
			return fmt.Errorf("muxsim: asset %s is being recorded: its live stream makes it ready", id)
		}
		a.held = false
		for a.status == preparing && s.take(a) {
		}
		return nil
	})
}

// SetErrored ends a preparing asset as errored. typ "" stands for invalid_input.
func (s *Server) SetErrored(id, typ string, messages ...string) error {
	return s.withAsset(id, preparing, func(a *asset) error {
		s.failAsset(a, newFailure(typ, messages))
		return nil
	})
}

// Advance makes the asset's next step happen now: probed, ready, settled. It is an error when none is left.
func (s *Server) Advance(id string) error {
	return s.withAsset(id, "", func(a *asset) error {
		if !s.take(a) {
			return fmt.Errorf("muxsim: nothing is left to happen to asset %s", id)
		}
		return nil
	})
}

// withAsset changes an asset that must have the status; "" stands for any.
func (s *Server) withAsset(id, status string, change func(*asset) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.findAsset(id)
	if !known {
		return fmt.Errorf("muxsim: no asset %s", id)
	}
	if status != "" && a.status != status {
		return fmt.Errorf("muxsim: asset %s is %s, not %s", id, a.status, status)
	}
	return change(a)
}
