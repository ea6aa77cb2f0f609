// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAgreed : at an adoption, what the spec says and Mux shows counts as acknowledged; all else is left to the comparison.
func TestAgreed(t *testing.T) {
	for name, test := range map[string]struct {
		acknowledged, spec *string
		shown              string
		want               *string
	}{
		"the same":                     {nil, text("a"), "a", text("a")},
		"none, as the spec says":       {nil, text(""), "", text("")},
		"another":                      {nil, text("b"), "a", nil},
		"Mux's own":                    {nil, nil, "a", nil},
		"of an earlier life, the same": {text("a"), text("a"), "a", text("a")},
		"of an earlier life, another":  {text("b"), text("a"), "a", text("b")},
	} {
		if diff := cmp.Diff(test.want, agreed(test.acknowledged, test.spec, test.shown)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
