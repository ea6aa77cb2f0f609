// SPDX-License-Identifier: Apache-2.0

package main

import linked "github.com/mux-operator/mux-operator/internal/version"

// version is stamped by the linker: -X main.version=v0.1.0.
var version string

// buildVersion is the stamped version, or what Go recorded.
func buildVersion() string { return linked.Of(version) }

// userAgent names the operator to Mux and to the API server.
func userAgent() string {
	return "mux-operator/" + buildVersion()
}
