// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"fmt"
	"net/http"
)

// The status of shots, apart from errored, skipped and deleted. The event of completed is called ready.
const (
	pending   = "pending"
	completed = "completed"
)

var shotRoutes = []route{
	videoRoute(http.MethodGet, "/assets/{id}/shots", withAsset(getShots)),
	videoRoute(http.MethodPost, "/assets/{id}/shots", withAsset(createShots)),
	videoRoute(http.MethodDelete, "/assets/{id}/shots", withAsset(deleteShots)),
}

// shots are the shots found in an asset.
type shots struct {
	status, url string
	failure     *failure
}

func (sh *shots) render() object {
	o := object{"status": sh.status}
	o.put("shots_manifest_url", sh.url)
	o.put("errors", sh.failure)
	return o
}

// announceShots keeps the asset's state and sends an event whose data does not tell whose shots they are.
func (s *Server) announceShots(a *asset, what string, data object) {
	s.keep(a)
	s.emit(a.env, "video.asset.shots."+what, assetObject, a.id, data)
}

// settleShots ends the search: a sound track has no shots.
func (s *Server) settleShots(a *asset) {
	if a.shots == nil || a.shots.status != pending {
		return
	}
	if a.media.audioOnly {
		a.shots.status = skipped
		s.announceShots(a, skipped, a.shots.render())
		return
	}
	a.shots.status = completed
	a.shots.url = "https://storage.mux.com/" + a.id + "/shots.json?signature=" + s.random.lowerAlnum(secretLength)
	s.announceShots(a, ready, a.shots.render())
}

func getShots(_ *call, a *asset) (answer, *refusal) {
	if a.shots == nil {
		return refuse(notFound())
	}
	return ok(a.shots.render())
}

func createShots(c *call, a *asset) (answer, *refusal) {
	if r := firstRefusal(c.decode(&struct{}{}), a.mustBeReady()); r != nil {
		return refuse(r)
	}
	if a.live || a.shots != nil && a.shots.status != errored {
		return refuse(invalid("shots need a complete asset that has none"))
	}
	made := &shots{status: pending}
	a.shots = made
	c.s.announceShots(a, "created", made.render())
	c.s.plan(a, func() {
		if a.shots == made {
			c.s.settleShots(a)
		}
	})
	return created(made.render())
}

func deleteShots(c *call, a *asset) (answer, *refusal) {
	if a.shots == nil {
		return refuse(notFound())
	}
	a.shots = nil
	c.s.announceShots(a, deleted, object{"status": deleted})
	return noContent()
}

// FailShots ends a pending search for an asset's shots as errored. typ "" stands for invalid_input.
func (s *Server) FailShots(assetID, typ string, messages ...string) error {
	return s.withAsset(assetID, "", func(a *asset) error {
		if a.shots == nil || a.shots.status != pending {
			return fmt.Errorf("muxsim: asset %s has no pending shots", assetID)
		}
		why := newFailure(typ, messages)
		a.shots.status, a.shots.failure = errored, &why
		s.announceShots(a, errored, a.shots.render())
		return nil
	})
}
