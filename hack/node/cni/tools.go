// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package tools keeps in go.mod the network plugins that build.sh builds.
package tools

import (
	_ "github.com/containernetworking/plugins/plugins/ipam/host-local"
	_ "github.com/containernetworking/plugins/plugins/main/bridge"
	_ "github.com/containernetworking/plugins/plugins/main/loopback"
)
