// SPDX-License-Identifier: Apache-2.0

package plugin

import "strings"

// longestSlug leaves room for what is put behind a name.
const longestSlug = 200

// slug makes a name that Kubernetes takes, of RFC 1123, of any text: letters and digits, and hyphens for all else. It is "" where
// nothing of the text is left.
func slug(text string, longest int) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9'):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= longest {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
