// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"fmt"
	"log/slog"
)

// Secret is a text that must not be shown: every way of printing it gives "[redacted]". JSON encodes the real value, for
// requests.
type Secret string

const redacted = "[redacted]"

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the text.
func (s Secret) String() string { return redacted }

// GoString hides the text from %#v.
func (s Secret) GoString() string { return redacted }

// Format hides the text from every verb: one that does not fit a string, such as %d, would print it otherwise.
func (s Secret) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// LogValue hides the text from structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Credentials are an access token. It belongs to one Mux environment.
type Credentials struct {
	TokenID     string
	TokenSecret string
}

// String shows the token's id alone.
func (c Credentials) String() string { return c.TokenID + ":" + redacted }

// GoString shows the token's id alone.
func (c Credentials) GoString() string { return c.String() }

// Format shows the token's id alone, with every verb.
func (c Credentials) Format(state fmt.State, _ rune) { fmt.Fprint(state, c.String()) }

// LogValue shows the token's id alone.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON shows the token's id alone: the secret is sent in a header and never encoded.
func (c Credentials) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", c.String()), nil }
