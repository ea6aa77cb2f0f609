// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"fmt"
	"path/filepath"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"

	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/webhookreceiver"
)

// addReceiver puts the receiver under the manager, on every replica.
func addReceiver(mgr ctrl.Manager, o options, committer *commit.Committer, secrets *environment.Secrets) (*webhookreceiver.Receiver, error) {
	certificates, err := receiverTLS(mgr, o.receiverTLSDir)
	if err != nil {
		return nil, err
	}
	receiver, err := webhookreceiver.New(webhookreceiver.Options{
		Address:    o.receiverAddr,
		TLS:        certificates,
		Drain:      o.receiverDrain,
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

// receiverTLS is what the receiver speaks TLS with, nil when no folder is given. The certificate is read again when its file
// changes, as it does in a pod some time after its Secret.
func receiverTLS(mgr ctrl.Manager, dir string) (*tls.Config, error) {
	if dir == "" {
		return nil, nil
	}
	watcher, err := certwatcher.New(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	if err != nil {
		return nil, fmt.Errorf("read the receiver's certificate from tls.crt and tls.key in --receiver-tls-dir: %w", err)
	}
	return &tls.Config{GetCertificate: watcher.GetCertificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, mgr.Add(watcher)
}
