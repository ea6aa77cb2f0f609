// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// ControlPlane is a running etcd and kube-apiserver with the operator's CRDs.
type ControlPlane struct {
	// Config reaches the API server as a cluster administrator, without a client-side rate limit.
	Config *rest.Config

	env   *envtest.Environment
	certs string
}

// requestTimeout is the API server's --request-timeout. When it is stopped it waits so long for open watches, and tests that stop it should not
// take a minute; beside other tests five seconds were too few for kubectl to read the schemas.
const requestTimeout = 15 * time.Second

// Start runs a control plane until Stop. It takes about five seconds. An answer that takes the API server longer than 15 s is cut.
func Start() (*ControlPlane, error) { return start("", requestTimeout) }

// StartFrom runs a control plane on what Snapshot has copied into dir, which it uses from then on.
func StartFrom(dir string) (*ControlPlane, error) { return start(dir, requestTimeout) }

// StartPatient runs a control plane whose API server may take as long for an answer as it is told: one with tens of thousands of objects
// takes longer than 15 s. It may take as long to stop.
func StartPatient(timeout time.Duration) (*ControlPlane, error) { return start("", timeout) }

// start on what is in dir; "" begins with nothing.
func start(dir string, timeout time.Duration) (*ControlPlane, error) {
	assets, err := Assets()
	if err != nil {
		return nil, err
	}
	env := &envtest.Environment{
		BinaryAssetsDirectory:    assets,
		CRDDirectoryPaths:        []string{crdDirectory()},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	env.ControlPlane.Etcd = &envtest.Etcd{DataDir: dir, StartTimeout: time.Minute, StopTimeout: time.Minute}
	// A folder of our own keeps the certificates when the API server is stopped and started again.
	certs, err := os.MkdirTemp("", "controlplane-certs-")
	if err != nil {
		return nil, err
	}
	env.ControlPlane.GetAPIServer().CertDir = certs
	env.ControlPlane.GetAPIServer().Configure().Set("request-timeout", timeout.String())
	config, err := env.Start()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the control plane in %s: %w", assets, err), os.RemoveAll(certs))
	}
	config.QPS = -1
	return &ControlPlane{Config: config, env: env, certs: certs}, nil
}

// Stop ends etcd and kube-apiserver and removes their data.
func (c *ControlPlane) Stop() error {
	return errors.Join(c.env.Stop(), os.RemoveAll(c.certs))
}

// StopAPIServer ends kube-apiserver alone; etcd keeps the objects.
func (c *ControlPlane) StopAPIServer() error {
	return c.env.ControlPlane.APIServer.Stop()
}

// StartAPIServer starts kube-apiserver again at its old address.
func (c *ControlPlane) StartAPIServer() error {
	return c.env.ControlPlane.APIServer.Start()
}

// Kubeconfig writes a kubeconfig for the control plane to path, readable by the user alone.
func (c *ControlPlane) Kubeconfig(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, c.env.KubeConfig, 0o600)
}

// Kubectl is the path of the kubectl that belongs to the control plane.
func (c *ControlPlane) Kubectl() string {
	return filepath.Join(c.env.BinaryAssetsDirectory, "kubectl")
}

// Main runs a package's tests against one control plane of their own: call it from TestMain and exit with its result. Fuzzing
// has none: each of its processes would start one, and they end without stopping it.
func Main(m *testing.M, set func(*ControlPlane)) int {
	if fuzzing() {
		return m.Run()
	}
	c, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	set(c)
	code := m.Run()
	if err := c.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the control plane:", err)
		return 1
	}
	return code
}

// fuzzing is true in a process that go test -fuzz has started.
func fuzzing() bool {
	flag.Parse()
	for _, name := range []string{"test.fuzz", "test.fuzzworker"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != f.DefValue {
			return true
		}
	}
	return false
}
