// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"fmt"
	"time"
)

// SeedAssets puts assets into an environment that have been there for long: ready, with a public playback id, and without any event.
// The newest was made at a time, and each of the others so much earlier than the next. Lists show assets in the order in which they
// were put in, so seed before anything newer is made. It returns the ids, the oldest first.
func (s *Server) SeedAssets(environmentID string, count int, newest time.Time, apart time.Duration) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	env := s.environments[environmentID]
	if env == nil {
		return nil, fmt.Errorf("muxsim: no environment %s", environmentID)
	}
	ids := make([]string, 0, count)
	for i := range count {
		ids = append(ids, s.seedAsset(env, newest.Add(-time.Duration(count-1-i)*apart)))
	}
	return ids, nil
}

func (s *Server) seedAsset(env *environment, at time.Time) string {
	settings := assetSettings{Inputs: []input{{URL: "https://example.com/seed.mp4"}}, PlaybackPolicies: []string{"public"}}
	if r := settings.check(true); r != nil { // it fills in what is left out
		panic("muxsim: the seed is refused: " + r.messages[0])
	}
	s.seq++
	a := &asset{
		record: record{id: s.random.id(resourceIDBytes), seq: s.seq, createdAt: at},
		env:    env, settings: settings, status: ready, ingestType: "on_demand_url",
		media:  probe(settings.Inputs[0].URL, false),
		probed: true,
	}
	a.playbackIDs = s.newPlaybackIDs(settings.PlaybackPolicies, nil)
	a.tracks = s.mediaTracks(a.media)
	env.assets.add(a)
	a.save(at, encode(a.render(rest)))
	return a.id
}
