// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package plugin

import "os"

// understood is true of every terminal but a dumb one.
func understood(*os.File) bool { return os.Getenv("TERM") != "dumb" }
