// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// The longest names that Kubernetes takes, of objects and as values of labels.
const (
	maxName  = 253
	maxLabel = 63
)

// hashLength is 80 bits of a hash: of a million objects with the same prefix no two meet.
const hashLength = 16

// MadeName is the name of an object that is made for something at Mux: what it is made for, and a hash of the Mux id. Mux ids
// themselves are no names, since they have capitals, and lower-casing them makes different ones the same.
func MadeName(prefix, muxID string) string {
	return cutName(prefix, maxName-hashLength-1) + "-" + hash(muxID)
}

// SuffixedName is an object's name with a suffix of our own. A name that is too long for it is cut, and ends in a hash of the whole.
func SuffixedName(name, suffix string) string {
	if len(name)+len(suffix) <= maxName {
		return name + suffix
	}
	return cutName(name, maxName-hashLength-1-len(suffix)) + "-" + hash(name) + suffix
}

// LabelValue is a name as the value of a label. A name that is too long is cut, and ends in a hash of the whole.
func LabelValue(name string) string {
	if len(name) <= maxLabel {
		return name
	}
	return cutName(name, maxLabel-hashLength-1) + "-" + hash(name)
}

// cutName cuts a name and leaves no mark at its end, where names and labels take none.
func cutName(name string, limit int) string {
	return strings.TrimRight(name[:min(len(name), limit)], "-._")
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return strings.ToLower(base32.HexEncoding.EncodeToString(sum[:]))[:hashLength]
}
