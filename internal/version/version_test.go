// SPDX-License-Identifier: Apache-2.0

package version

import "testing"

func TestOf(t *testing.T) {
	if got := Of("v0.1.0"); got != "v0.1.0" {
		t.Errorf("a stamped build says %q", got)
	}
	if got := Of(""); got == "" {
		t.Error("a build without a stamp says nothing")
	}
}
