// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
)

func TestMadeName(t *testing.T) {
	for _, prefix := range []string{"studio", strings.Repeat("a", 253), strings.Repeat("a-", 126), "a.b"} {
		name := MadeName(prefix, "lJ4bGGsp7ZlPf02nMg015W02iHQLN9XnuuLRBsPS00xqd68")
		if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
		if value := LabelValue(prefix); len(validation.IsValidLabelValue(value)) > 0 {
			t.Errorf("%q is no value of a label", value)
		}
	}
	// The rule is part of the API: scripts and GitOps may rely on names.
	if got := MadeName("studio", "asset"); got != "studio-"+hash("asset") || got != MadeName("studio", "asset") || got == MadeName("studio", "Asset") {
		t.Errorf("got %s", got)
	}
	if LabelValue("studio") != "studio" {
		t.Error("a short name is its own value")
	}
	if a, b := LabelValue(strings.Repeat("a", 64)), LabelValue(strings.Repeat("a", 65)); a == b {
		t.Error("long names meet")
	}
}

// TestSuffixedName is part of the API: pods mount Secrets by name.
func TestSuffixedName(t *testing.T) {
	if got := SuffixedName("studio", "-upload-url"); got != "studio-upload-url" {
		t.Errorf("got %s", got)
	}
	fits := strings.Repeat("a", 242)
	if got := SuffixedName(fits, "-upload-url"); got != fits+"-upload-url" {
		t.Errorf("got %s", got)
	}
	a, b := SuffixedName(strings.Repeat("a", 252)+"1", "-upload-url"), SuffixedName(strings.Repeat("a", 252)+"2", "-upload-url")
	if problems := validation.IsDNS1123Subdomain(a); len(problems) > 0 || a == b || !strings.HasSuffix(a, "-upload-url") {
		t.Errorf("%s and %s: %v", a, b, problems)
	}
}
