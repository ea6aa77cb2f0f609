// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"os"

	"golang.org/x/sys/windows"
)

// understood has a console of Windows carry out control sequences, and is false of one that is too old for them.
func understood(file *os.File) bool {
	var mode uint32
	console := windows.Handle(file.Fd())
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
