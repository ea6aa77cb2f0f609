// SPDX-License-Identifier: Apache-2.0

package muxsim

import "slices"

// playbackPolicy is what a playback id is made from.
type playbackPolicy struct {
	Policy             string `json:"policy"`
	DRMConfigurationID string `json:"drm_configuration_id"`
}

func (p playbackPolicy) check() *refusal {
	if p.Policy == "" {
		return invalid("policy: required")
	}
	if (p.Policy == "drm") != (p.DRMConfigurationID != "") {
		return invalid("drm_configuration_id: required for drm and for nothing else")
	}
	return checkEnum("policy", p.Policy, "public", "signed", "drm")
}

// playbackID never changes.
type playbackID struct {
	id string
	playbackPolicy
}

func (p playbackID) render() object {
	o := object{"id": p.id, "policy": p.Policy}
	o.put("drm_configuration_id", p.DRMConfigurationID)
	return o
}

// playbackIDs are those of an asset or a live stream.
type playbackIDs []playbackID

func (s *Server) newPlaybackID(p playbackPolicy) playbackID {
	return playbackID{id: s.random.id(resourceIDBytes), playbackPolicy: p}
}

func (s *Server) newPlaybackIDs(plain []string, advanced []playbackPolicy) playbackIDs {
	var ids playbackIDs
	for _, p := range plain {
		ids = append(ids, s.newPlaybackID(playbackPolicy{Policy: p}))
	}
	for _, p := range advanced {
		ids = append(ids, s.newPlaybackID(p))
	}
	return ids
}

func (l playbackIDs) render() []object {
	var all []object
	for _, p := range l {
		all = append(all, p.render())
	}
	return all
}

func (l playbackIDs) index(id string) int {
	return slices.IndexFunc(l, func(p playbackID) bool { return p.id == id })
}

// add answers the POST of a playback id; each one adds another, equal policy or not.
func (l *playbackIDs) add(c *call) (object, *refusal) {
	var p playbackPolicy
	if r := c.decodeChecked(&p); r != nil {
		return nil, r
	}
	id := c.s.newPlaybackID(p)
	*l = append(*l, id)
	return id.render(), nil
}

func (l playbackIDs) get(c *call) (answer, *refusal) {
	i := l.index(c.value("part"))
	if i < 0 {
		return refuse(notFound())
	}
	return ok(l[i].render())
}

func (l *playbackIDs) remove(c *call) *refusal {
	i := l.index(c.value("part"))
	if i < 0 {
		return notFound()
	}
	*l = slices.Delete(*l, i, i+1)
	return nil
}

// findPlaybackID answers the look-up by playback id alone.
func findPlaybackID(c *call) (answer, *refusal) {
	owned := func(ids playbackIDs, kind, owner string) object {
		i := ids.index(c.value("id"))
		if i < 0 {
			return nil
		}
		return object{"id": ids[i].id, "policy": ids[i].Policy, "object": object{"type": kind, "id": owner}}
	}
	for _, a := range c.env.assets.order {
		if o := owned(a.playbackIDs, "asset", a.id); o != nil && !a.gone() {
			return ok(o)
		}
	}
	for _, l := range c.env.liveStreams.order {
		if o := owned(l.playbackIDs, "live_stream", l.id); o != nil && !l.gone() {
			return ok(o)
		}
	}
	return refuse(notFound())
}
