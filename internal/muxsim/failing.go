// SPDX-License-Identifier: Apache-2.0

package muxsim

import "fmt"

// FailTrack ends a preparing track as errored; its asset stays as it is. typ "" stands for invalid_input.
func (s *Server) FailTrack(trackID, typ string, messages ...string) error {
	return s.withPart(func(a *asset) bool {
		for _, t := range a.tracks {
			if t.id == trackID && t.status == preparing {
				why := newFailure(typ, messages)
				t.status, t.failure = errored, &why
				s.keep(a)
				s.announceTrack(a, t, errored)
				return true
			}
		}
		return false
	}, "track", trackID)
}

// FailRendition ends a preparing static rendition as errored; its asset stays as it is. typ "" stands for invalid_input.
func (s *Server) FailRendition(renditionID, typ string, messages ...string) error {
	return s.withPart(func(a *asset) bool {
		for _, r := range a.renditions {
			if r.id == renditionID && r.status == preparing {
				why := newFailure(typ, messages)
				r.status, r.failure = errored, &why
				s.keep(a)
				s.announceRendition(a, r, errored)
				return true
			}
		}
		return false
	}, "static rendition", renditionID)
}

// withPart asks every asset until one has changed.
func (s *Server) withPart(change func(*asset) bool, kind, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, env := range s.environments {
		for _, a := range env.assets.order {
			if !a.gone() && change(a) {
				return nil
			}
		}
	}
	return fmt.Errorf("muxsim: no %s %s is preparing", kind, id)
}

// FailMaster ends the preparation of an asset's master copy as errored. PUT master-access begins another one.
func (s *Server) FailMaster(assetID string) error {
	return s.withAsset(assetID, "", func(a *asset) error {
		if a.master == nil || a.master.status != preparing {
			return fmt.Errorf("muxsim: asset %s has no master copy that is preparing", assetID)
		}
		a.master.status = errored
		s.announce(a, "master.errored")
		return nil
	})
}

// FailMP4 ends the preparation of what mp4_support asks for, all files together, as errored.
func (s *Server) FailMP4(assetID string) error {
	return s.withAsset(assetID, "", func(a *asset) error {
		if a.legacy == nil || a.legacy.status != preparing {
			return fmt.Errorf("muxsim: asset %s has no files of mp4_support that are preparing", assetID)
		}
		a.legacy.status = errored
		s.announce(a, "static_renditions.errored")
		return nil
	})
}
