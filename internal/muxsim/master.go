// SPDX-License-Identifier: Apache-2.0

package muxsim

import "time"

// masterLifetime is how long a master copy can be had before access reverts to none.
const masterLifetime = 24 * time.Hour

// master is the copy of an asset in its original quality.
type master struct {
	status, url string
	expiry      *timer
}

func (m *master) render() object {
	o := object{"status": m.status}
	o.put("url", m.url)
	return o
}

func (a *asset) masterExpiry() *timer {
	if a.master == nil {
		return nil
	}
	return a.master.expiry
}

func (s *Server) settleMaster(a *asset) {
	if a.master == nil || a.master.status != preparing {
		return
	}
	a.master = &master{status: ready, url: "https://master.mux.com/" + a.id + "/master.mp4?skid=default&signature=" + s.random.lowerAlnum(secretLength)}
	a.master.expiry = s.after(masterLifetime, func() { s.endMaster(a) })
	s.announce(a, "master.ready")
}

func (s *Server) endMaster(a *asset) {
	if t := a.masterExpiry(); t != nil {
		s.stop(t)
	}
	a.master, a.settings.MasterAccess = nil, "none"
	s.announce(a, "master.deleted")
}

func putMasterAccess(c *call, a *asset) (answer, *refusal) {
	var request struct {
		MasterAccess string `json:"master_access"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if request.MasterAccess == "" {
		return refuse(invalid("master_access: required"))
	}
	if r := checkEnum("master_access", request.MasterAccess, "none", "temporary"); r != nil {
		return refuse(r)
	}
	switch {
	case request.MasterAccess == a.settings.MasterAccess && !a.masterFailed():
	case request.MasterAccess == "none":
		c.s.endMaster(a)
	default:
		c.s.grantMaster(a)
	}
	return ok(a.render(rest))
}

func (a *asset) masterFailed() bool { return a.master != nil && a.master.status == errored }

// grantMaster starts a copy; an asset that is not ready yet, or not complete, gets it when it is.
func (s *Server) grantMaster(a *asset) {
	a.settings.MasterAccess = "temporary"
	if a.status != ready || a.live {
		s.keep(a)
		return
	}
	granted := &master{status: preparing}
	a.master = granted
	s.announce(a, "master.preparing")
	s.plan(a, func() {
		if a.master == granted { // and not taken back meanwhile
			s.settleMaster(a)
		}
	})
}

func putMP4Support(c *call, a *asset) (answer, *refusal) {
	var request struct {
		MP4Support string `json:"mp4_support"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if request.MP4Support == "" {
		return refuse(invalid("mp4_support: required"))
	}
	if r := checkEnum("mp4_support", request.MP4Support, mp4Supports...); r != nil {
		return refuse(r)
	}
	if request.MP4Support != "none" && len(a.renditions) > 0 {
		return refuse(invalid("mp4_support and static_renditions exclude each other"))
	}
	if request.MP4Support != a.settings.MP4Support {
		c.s.changeMP4Support(a, request.MP4Support)
	}
	return ok(a.render(rest))
}

func (s *Server) changeMP4Support(a *asset, support string) {
	a.settings.MP4Support = support
	switch {
	case support == "none" && a.legacy != nil:
		a.legacy = nil
		s.announce(a, "static_renditions.deleted")
	case support != "none" && a.status == ready && !a.live:
		asked := &legacyRenditions{status: preparing}
		a.legacy = asked
		s.announce(a, "static_renditions.preparing")
		s.plan(a, func() {
			if a.legacy == asked { // and nothing else meanwhile
				s.settleLegacy(a)
			}
		})
	default:
		s.keep(a)
	}
}
