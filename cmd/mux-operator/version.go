// SPDX-License-Identifier: Apache-2.0

package main

import "runtime/debug"

// version is stamped by the linker: -X main.version=v0.1.0.
var version string

// buildVersion is the stamped version, else the revision that Go recorded in the binary, else "dev".
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				return setting.Value
			}
		}
	}
	return "dev"
}

// userAgent names the operator to Mux and to the API server.
func userAgent() string {
	return "mux-operator/" + buildVersion()
}
