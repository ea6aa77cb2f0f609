// SPDX-License-Identifier: Apache-2.0

package commit

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/flowcontrol"
)

// Kubernetes Events are for people who read them, and each is a write that costs the API server about half of what that of a
// status does, and a webhook may cause three. In a flood nobody reads them, and the statuses are what matters: so many a
// second are written in the long run, after a burst. Warnings have as many for themselves.
const (
	eventRate  = 5
	eventBurst = 25
)

// sparing is a Recorder that leaves out what is too much.
type sparing struct {
	recorder Recorder
	limits   map[string]flowcontrol.PassiveRateLimiter // by the type of the Event
	leftOut  func()
}

// Sparing gives a recorder that passes on 5 Events a second of each type, Normal and Warning, with a burst of 25, and calls
// leftOut for each that it does not.
func Sparing(recorder Recorder, leftOut func()) Recorder {
	s := &sparing{recorder: recorder, leftOut: leftOut, limits: map[string]flowcontrol.PassiveRateLimiter{}}
	for _, kind := range []string{corev1.EventTypeNormal, corev1.EventTypeWarning} {
		s.limits[kind] = flowcontrol.NewTokenBucketPassiveRateLimiter(eventRate, eventBurst)
	}
	return s
}

func (s *sparing) Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any) {
	if limit := s.limits[eventtype]; limit != nil && !limit.TryAccept() {
		s.leftOut()
		return
	}
	s.recorder.Eventf(regarding, related, eventtype, reason, action, note, args...)
}
