// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds that Mux documents.
const (
	longestPassthrough = 255 // characters
	longestTitle       = 512 // code points
	longestKey         = 128 // code points, of creator_id and external_id
)

// decodeStrict reads one JSON value and refuses fields that v does not have.
func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// decode reads the request's body; an empty one counts as {}.
func (c *call) decode(v any) *refusal {
	body := bytes.TrimSpace(c.body)
	if len(body) == 0 {
		body = []byte("{}")
	}
	if body[0] != '{' {
		return invalid("the request body must be a JSON object")
	}
	if err := decodeStrict(body, v); err != nil {
		return invalid("could not read the request body: %v", err)
	}
	return nil
}

// decodeChecked reads the request's body and then lets it check itself.
func (c *call) decodeChecked(v interface{ check() *refusal }) *refusal {
	if r := c.decode(v); r != nil {
		return r
	}
	return v.check()
}

// oneOrMany is a list that may be written as its only element.
type oneOrMany[T any] []T

// UnmarshalJSON reads both forms.
func (l *oneOrMany[T]) UnmarshalJSON(data []byte) error {
	if data[0] == '[' || string(data) == "null" {
		return decodeStrict(data, (*[]T)(l))
	}
	var one T
	if err := decodeStrict(data, &one); err != nil {
		return err
	}
	*l = oneOrMany[T]{one}
	return nil
}

// firstRefusal is the first of several checks that refuses.
func firstRefusal(checks ...*refusal) *refusal {
	for _, r := range checks {
		if r != nil {
			return r
		}
	}
	return nil
}

// checkEnum accepts one of the values, and "" as unset.
func checkEnum(field, value string, values ...string) *refusal {
	if value == "" || slices.Contains(values, value) {
		return nil
	}
	return invalid("%s: %q is not one of %s", field, value, strings.Join(values, ", "))
}

func checkLength(field, value string, longest int) *refusal {
	if utf8.RuneCountInString(value) > longest {
		return invalid("%s: longer than %d characters", field, longest)
	}
	return nil
}

func checkRange(field string, value, least, most float64) *refusal {
	if value < least || value > most {
		return invalid("%s: not between %v and %v", field, least, most)
	}
	return nil
}

// checkURL accepts absolute URLs of the schemes.
func checkURL(field, value string, schemes ...string) *refusal {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return invalid("%s: an absolute URL (%s) is needed", field, strings.Join(schemes, ", "))
	}
	return nil
}

// text is "" for nil.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
