// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package tools keeps in go.mod the kind that build.sh builds where Docker is there.
package tools

import (
	_ "sigs.k8s.io/kind"
)
