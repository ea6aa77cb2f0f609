// SPDX-License-Identifier: Apache-2.0

package main

import (
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/webhookreceiver"
)

// addReceiver puts the receiver under the manager, on every replica.
func addReceiver(mgr ctrl.Manager, o options, committer *commit.Committer, secrets *environment.Secrets) (*webhookreceiver.Receiver, error) {
	receiver, err := webhookreceiver.New(webhookreceiver.Options{
		Address:    o.receiverAddr,
		Cache:      mgr.GetCache(),
		Committer:  committer,
		Secrets:    secrets,
		Registerer: o.registerer,
	})
	if err != nil {
		return nil, err
	}
	return receiver, mgr.Add(receiver)
}
