// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// signatureHeader is `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, with further parts possible.
const signatureHeader = "Mux-Signature"

// Why a signature is refused: for the metric, never for the sender.
var (
	errNoSignature        = errors.New("missing_signature")
	errMalformedSignature = errors.New("malformed_signature")
	errTooOld             = errors.New("signature_too_old")
	errTooNew             = errors.New("signature_too_new")
	errWrongSignature     = errors.New("wrong_signature")
)

// maxSignatureHeader and maxSignatures bound the work that a forged header can cause. Mux's has 80 bytes and one signature.
const (
	maxSignatureHeader = 1024
	maxSignatures      = 8
)

// signature is what a header claims, and, before it is verified, the secrets that may have made it.
type signature struct {
	at      string // as the header spells it
	v1      [][]byte
	secrets [][]byte
}

// readSignature takes a header that is well-formed and whose time is within tolerance of now, either way.
func readSignature(header string, now time.Time, tolerance time.Duration) (*signature, error) {
	at, v1, err := parseSignature(header)
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, errMalformedSignature
	}
	switch signed := time.Unix(seconds, 0); {
	case now.Sub(signed) > tolerance:
		return nil, errTooOld
	case signed.Sub(now) > tolerance:
		return nil, errTooNew
	}
	return &signature{at: at, v1: v1}, nil
}

// verify returns nil when one of the secrets has signed the raw body, which may be in pieces.
func (s *signature) verify(body ...[]byte) error {
	for _, secret := range s.secrets {
		want := sign(secret, s.at, body...)
		for _, claimed := range s.v1 {
			if hmac.Equal(claimed, want) {
				return nil
			}
		}
	}
	return errWrongSignature
}

// sign is the HMAC over "<t>.<body>", with t as the header spells it.
func sign(secret []byte, at string, body ...[]byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(at))
	mac.Write([]byte{'.'})
	for _, piece := range body {
		mac.Write(piece)
	}
	return mac.Sum(nil)
}

// parseSignature takes the header apart: its time as it is spelled, and every v1. Parts of other schemes are passed over.
func parseSignature(header string) (at string, signatures [][]byte, err error) {
	if header == "" {
		return "", nil, errNoSignature
	}
	if len(header) > maxSignatureHeader {
		return "", nil, errMalformedSignature
	}
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if at != "" {
				return "", nil, errMalformedSignature
			}
			at = value
		case "v1":
			signature, decodeErr := hex.DecodeString(value)
			if decodeErr != nil || len(signature) != sha256.Size || len(signatures) == maxSignatures {
				return "", nil, errMalformedSignature
			}
			signatures = append(signatures, signature)
		}
	}
	if at == "" || len(signatures) == 0 {
		return "", nil, errMalformedSignature
	}
	return at, signatures, nil
}
