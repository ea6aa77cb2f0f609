// SPDX-License-Identifier: Apache-2.0

package mux

// Webhook is a webhook endpoint of an environment.
type Webhook struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Enabled bool   `json:"enabled"`
	// SigningSecret is in the answer to the create alone.
	SigningSecret Secret `json:"signing_secret"`
	CreatedAt     Time   `json:"created_at"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (h *Webhook) UnmarshalJSON(data []byte) error { return readObject(data, h) }
