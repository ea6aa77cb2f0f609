// SPDX-License-Identifier: Apache-2.0

// Package layout holds the tree to its own rules: which package may import which, how long a function may be, and that
// every file says its licence. It has no code, only tests; what they refuse is explained beside the table of each.
package layout
