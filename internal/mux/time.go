// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// Time is a moment that Mux writes as unix seconds, as a number or a string, as RFC 3339, or as {seconds, nanos}. The zero
// Time is unset. It holds microseconds at least, and no year that RFC 3339 cannot write.
type Time struct{ time.Time }

// maxUnix is the end of the year 9999, the last that RFC 3339 can write.
const maxUnix = 253402300800

// UnmarshalJSON never fails: what it cannot read is unset.
func (t *Time) UnmarshalJSON(data []byte) error {
	t.Time = readTime(bytes.TrimSpace(data))
	if unix := t.Unix(); unix <= 0 || unix >= maxUnix {
		t.Time = time.Time{}
	}
	return nil
}

func readTime(data []byte) time.Time {
	if bytes.HasPrefix(data, []byte("{")) {
		var split struct{ Seconds, Nanos int64 }
		if json.Unmarshal(data, &split) == nil && split.Seconds > 0 && split.Seconds < maxUnix {
			return time.Unix(split.Seconds, split.Nanos).UTC()
		}
		return time.Time{}
	}
	text := unquoted(data)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds < maxUnix {
		whole, fraction := math.Modf(seconds)
		return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC() // a float64 holds no more than that
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
