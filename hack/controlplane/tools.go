// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package controlplane pins the Kubernetes control plane that tests and the quickstart run against. It is a module of
// its own so that the operator's go.mod stays free of k8s.io/kubernetes. build.sh builds what is named here.
package controlplane

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
