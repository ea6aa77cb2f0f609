// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// The types of this file take a value in every spelling that Mux is known to use, and take what they cannot read as unset.

// Time is a moment that Mux writes as unix seconds, as a number or a string, as RFC 3339, or as {seconds, nanos}. The zero
// Time is unset.
type Time struct{ time.Time }

// UnmarshalJSON never fails.
func (t *Time) UnmarshalJSON(data []byte) error {
	t.Time = time.Time{}
	var split struct{ Seconds, Nanos int64 }
	if bytes.HasPrefix(data, []byte("{")) {
		if json.Unmarshal(data, &split) == nil && split.Seconds != 0 {
			t.Time = time.Unix(split.Seconds, split.Nanos).UTC()
		}
		return nil
	}
	text := unquoted(data)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds < maxUnix {
		whole, fraction := math.Modf(seconds)
		t.Time = time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC()
	} else if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		t.Time = at.UTC()
	}
	return nil
}

// maxUnix is the end of the year 9999, the last that RFC 3339 can write.
const maxUnix = 253402300800

// unquoted is the text of a JSON string, or the literal itself.
func unquoted(data []byte) string {
	var text string
	if json.Unmarshal(data, &text) == nil {
		return strings.TrimSpace(text)
	}
	return string(data)
}

// Int is a whole number that Mux writes as a number or a string.
type Int int64

// UnmarshalJSON never fails.
func (i *Int) UnmarshalJSON(data []byte) error {
	*i = 0
	text := unquoted(data)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		*i = Int(n)
	} else if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < math.MaxInt64/2 {
		*i = Int(f)
	}
	return nil
}

// Float is a number that Mux writes as a number or a string.
type Float float64

// UnmarshalJSON never fails; what is not a finite number is 0.
func (f *Float) UnmarshalJSON(data []byte) error {
	*f = 0
	if n, err := strconv.ParseFloat(unquoted(data), 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		*f = Float(n)
	}
	return nil
}

// Text is a string; anything else is taken as unset, but for numbers, which are kept as they are written.
type Text string

// UnmarshalJSON never fails.
func (t *Text) UnmarshalJSON(data []byte) error {
	*t = ""
	var text string
	if json.Unmarshal(data, &text) == nil {
		*t = Text(text)
	} else if len(data) > 0 && (data[0] == '-' || (data[0] >= '0' && data[0] <= '9')) {
		*t = Text(data)
	}
	return nil
}

// Bool is true or false; anything else is false.
type Bool bool

// UnmarshalJSON never fails.
func (b *Bool) UnmarshalJSON(data []byte) error {
	*b = Bool(unquoted(data) == "true")
	return nil
}

// List is an array, or one bare element. Elements that cannot be read are left out; anything else is an absent list.
type List[T any] []T

// UnmarshalJSON never fails.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	*l = nil
	var raw []json.RawMessage
	switch {
	case bytes.Equal(data, []byte("null")):
		return nil
	case json.Unmarshal(data, &raw) == nil:
		*l = make(List[T], 0, len(raw))
	default:
		raw = []json.RawMessage{data}
	}
	for _, element := range raw {
		var value T
		if !bytes.Equal(element, []byte("null")) && json.Unmarshal(element, &value) == nil {
			*l = append(*l, value)
		}
	}
	return nil
}

// Maybe is an object that may be absent, null, or of a shape that cannot be read: then it is nil.
type Maybe[T any] struct{ Value *T }

// UnmarshalJSON never fails.
func (m *Maybe[T]) UnmarshalJSON(data []byte) error {
	m.Value = nil
	var value *T
	if json.Unmarshal(data, &value) == nil {
		m.Value = value
	}
	return nil
}
