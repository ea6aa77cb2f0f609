// SPDX-License-Identifier: Apache-2.0

// Package plugin is the program of `kubectl mux`. It reads the cluster with the rights of whoever runs it and needs nothing
// from the operator but what is in the API objects.
//
// A command is a file of its own with a function that makes it, listed in commands (command.go). It gets the Plugin, which has
// the streams, the clock and the connection, and returns an error: nil is exit code 0, errFindings is 1 and prints nothing more,
// every other error is printed and is exit code 2, or 130 where somebody has interrupted the command. What a command has found is a report, which people read as tables and programs
// as JSON or YAML (output.go). Nothing is coloured unless the output is a terminal (terminal.go).
package plugin
