// SPDX-License-Identifier: Apache-2.0

package mux

import "slices"

// Identity is who an access token is.
type Identity struct {
	AccessTokenName  string   `json:"access_token_name"`
	EnvironmentID    string   `json:"environment_id"`
	EnvironmentName  string   `json:"environment_name"` // people change it
	EnvironmentType  string   `json:"environment_type"`
	OrganizationID   string   `json:"organization_id"`
	OrganizationName string   `json:"organization_name"`
	Permissions      []string `json:"permissions"` // such as video:read
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (i *Identity) UnmarshalJSON(data []byte) error { return readObject(data, i) }

func (i *Identity) id() string { return i.EnvironmentID }

// Has says whether the token has a permission such as video:read.
func (i *Identity) Has(permission string) bool { return slices.Contains(i.Permissions, permission) }
