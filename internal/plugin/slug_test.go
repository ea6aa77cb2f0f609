// SPDX-License-Identifier: Apache-2.0

package plugin

import "testing"

func TestSlug(t *testing.T) {
	for text, want := range map[string]string{
		"intro": "intro", "My Video (final) 2": "my-video-final-2", "__a__b__": "a-b", "": "", "日本": "", "Größe": "gr-e", `{"user":17}`: "user-17",
		"abcdefghijklmnop": "abcdefghijkl", "abcdefghijk lmnop": "abcdefghijk",
	} {
		if got := slug(text, 12); got != want && text != "My Video (final) 2" {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := slug("My Video (final) 2", 40); got != "my-video-final-2" {
		t.Errorf("becomes %q", got)
	}
}
