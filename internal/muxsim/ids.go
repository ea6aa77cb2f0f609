// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// Entropy of the ids. Mux's look like base64url with 0, - and _ written as 00, 01 and 02, so that they hold nothing
// but letters and digits: 32 bytes give 43 characters or a few more (assets, playback ids, uploads, live streams),
// 40 bytes give 54 or a few more (tracks, renditions, simulcast targets).
const (
	resourceIDBytes = 32
	partIDBytes     = 40
	shortestID      = 16
	longestID       = 255
)

const lowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789"

// source makes everything random; not safe for concurrent use.
type source struct{ *rand.Rand }

func newSource(seed uint64) source {
	const stream = 0x6d757873696d // "muxsim"; any constant will do
	return source{rand.New(rand.NewPCG(seed, stream))}
}

func (r source) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

var escapeID = strings.NewReplacer("0", "00", "-", "01", "_", "02")

func (r source) id(entropy int) string {
	return escapeID.Replace(base64.RawURLEncoding.EncodeToString(r.bytes(entropy)))
}

// uuid has the form of a UUID and, like Mux's event ids, no version or variant bits.
func (r source) uuid() string {
	h := hex.EncodeToString(r.bytes(16))
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func (r source) lowerAlnum(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = lowerAlnum[r.IntN(len(lowerAlnum))]
	}
	return string(b)
}

// wellFormedID tells whether Mux could have made id: otherwise it answers 400 rather than 404.
func wellFormedID(id string) bool {
	if len(id) < shortestID || len(id) > longestID {
		return false
	}
	for i := 0; i < len(id); i++ {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '1' && c <= '9':
		case c == '0' && i+1 < len(id) && id[i+1] >= '0' && id[i+1] <= '2':
			i++
		default:
			return false
		}
	}
	return true
}

// unescapeID turns 00, 01 and 02 back; what cannot come from escapeID stays as it is.
func unescapeID(id string) string {
	b := make([]byte, 0, len(id))
	for i := 0; i < len(id); i++ {
		if id[i] == '0' && i+1 < len(id) && id[i+1] >= '0' && id[i+1] <= '2' {
			i++
			b = append(b, "0-_"[id[i]-'0'])
			continue
		}
		b = append(b, id[i])
	}
	return string(b)
}
