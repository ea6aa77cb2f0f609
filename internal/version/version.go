// SPDX-License-Identifier: Apache-2.0

// Package version says which build a binary is of.
package version

import "runtime/debug"

// Of is what the linker has stamped (-X main.version=v0.1.0), else the revision that Go recorded in the binary, else "dev".
func Of(stamped string) string {
	if stamped != "" {
		return stamped
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
