// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package tools keeps in go.mod the Helm that build.sh builds.
package tools

import (
	_ "helm.sh/helm/v4/cmd/helm"
)
