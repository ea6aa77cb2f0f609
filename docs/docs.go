// SPDX-License-Identifier: Apache-2.0

// Package docs is the pages of this folder that programs read.
package docs

import _ "embed"

// Troubleshooting is the page whose table leads from the message of a condition to its remedy; the kubectl plugin prints it.
//
//go:embed troubleshooting.md
var Troubleshooting string
