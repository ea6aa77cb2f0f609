// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package tools keeps in go.mod the runc that build.sh builds.
package tools

import (
	_ "github.com/opencontainers/runc"
)
