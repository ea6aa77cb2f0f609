// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// SignatureHeader names the header that carries a webhook's signature.
const SignatureHeader = "Mux-Signature"

// Sign returns the value of the signature header for body at time t: the HMAC-SHA256 of "<unix seconds>.<body>" under
// the secret's bytes as they are.
func Sign(secret string, body []byte, t time.Time) string {
	seconds := strconv.FormatInt(t.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
