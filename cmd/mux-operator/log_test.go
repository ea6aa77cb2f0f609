// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

// The operators of the tests run in this process and many at once: their lines would hide those of the tests.
func init() { ctrl.SetLogger(logr.Discard()) }
