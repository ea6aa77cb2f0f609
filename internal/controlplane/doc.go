// SPDX-License-Identifier: Apache-2.0

// Package controlplane starts a real kube-apiserver and etcd on loopback, with the operator's CRDs installed, for tests
// and for the quickstart. The binaries are those of `make controlplane`; KUBEBUILDER_ASSETS names another folder.
package controlplane
