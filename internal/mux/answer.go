// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// Answer is what Mux said, and when.
type Answer[T any] struct {
	Value T
	Meta  Meta
}

// Meta says when Mux gave an answer. It is filled as far as the exchange came, also beside an error.
type Meta struct {
	Status int // 0 where no answer came
	// Date is Mux's own clock, in whole seconds; zero where the answer had none.
	Date time.Time
	// Elapsed is the time from before the request was sent until its answer was read, on the monotonic clock.
	Elapsed time.Duration
	// Digest is the first 16 hex digits of the SHA-256 of the answer, which tells apart answers of the same time.
	Digest string
}

// newMeta takes what an answer says of itself.
func newMeta(response *http.Response, body []byte, elapsed time.Duration) Meta {
	meta := Meta{Elapsed: elapsed}
	if response == nil {
		return meta
	}
	meta.Status = response.StatusCode
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		meta.Date = date.UTC()
	}
	sum := sha256.Sum256(body)
	meta.Digest = hex.EncodeToString(sum[:8])
	return meta
}

// Margins that a REST answer is dated back by. Mux promises nothing about how current its answers are: five seconds cover a
// replica that lags, and lists are filled later than single objects.
const (
	GetMargin  = 5 * time.Second
	ListMargin = 60 * time.Second
)

// AsOf is a moment on Mux's clock at which the answer was certainly true or later, so that it never beats an event that may
// have come after it. It is zero where Mux gave no date.
func (m Meta) AsOf(margin time.Duration) time.Time {
	if m.Date.IsZero() {
		return time.Time{}
	}
	return m.Date.Add(-m.Elapsed - margin)
}
