// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestSparing passes on a burst of each type and leaves out what is more.
func TestSparing(t *testing.T) {
	all, leftOut := &recorded{}, 0
	s := Sparing(all, func() { leftOut++ })
	for range eventBurst + 100 {
		s.Eventf(nil, nil, corev1.EventTypeNormal, "Ready", "Ready", "")
	}
	passed := len(*all)
	if passed < eventBurst || passed > eventBurst+50 || passed+leftOut != eventBurst+100 {
		t.Errorf("%d of %d are passed on, %d left out", passed, eventBurst+100, leftOut)
	}
	s.Eventf(nil, nil, corev1.EventTypeWarning, "Stalled", "Stalled", "")
	if len(*all) != passed+1 {
		t.Error("a warning is left out after many Events that are none")
	}
}
