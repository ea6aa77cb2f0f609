// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// installed is where config/default puts everything.
const installed = "mux-operator-system"

// install applies config/default as people do.
func install(t *testing.T) {
	t.Helper()
	onInstalled(t, "apply", "--server-side", "--force-conflicts", "-k")
}

// onInstalled runs kubectl with config/default as its last argument.
func onInstalled(t *testing.T, args ...string) string {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := plane.Kubeconfig(kubeconfig); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join("..", "..", "config")
	// Go keeps a test's result until a file that the test itself has opened changes; kubectl is another process.
	if err := fs.WalkDir(os.DirFS(config), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			_, err = os.Stat(filepath.Join(config, path))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--kubeconfig", kubeconfig}, append(args, filepath.Join(config, "default"))...)
	output, err := exec.CommandContext(t.Context(), plane.Kubectl(), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// TestUndeploy : make undeploy leaves the CRDs, since deleting those deletes all objects, and the operator would then, for as
// long as it still runs, delete their videos at Mux.
func TestUndeploy(t *testing.T) {
	t.Parallel()
	install(t)
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	const selector = "app.kubernetes.io/component!=crd"
	if !strings.Contains(string(makefile), "-l "+selector+" -f -") {
		t.Errorf("make undeploy does not use the selector %s", selector)
	}
	deleted := onInstalled(t, "delete", "--dry-run=server", "-l", selector, "-k")
	if strings.Contains(deleted, "customresourcedefinition") || !strings.Contains(deleted, "deployment.apps") || !strings.Contains(deleted, "clusterrolebinding") {
		t.Errorf("make undeploy would delete:\n%s", deleted)
	}
}

// TestInstalledPermissions runs a leader as the installed service account: the whole path works with its rights alone. It is
// not parallel, because it watches all namespaces and would serve the stages of other tests.
func TestInstalledPermissions(t *testing.T) {
	install(t)
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator(func(config *rest.Config, o *options) {
		config.Impersonate.UserName = "system:serviceaccount:" + installed + ":mux-operator-controller-manager"
		o.namespace = "" // as installed: all of them
		o.leaderElection = true
		o.leaderElectionNamespace = installed
	}))
	asset := s.ready("installed")
	s.remove(asset)
	upload := s.upload("installed", func(u *video.MuxUpload) { u.Spec.TTLSecondsAfterFinished = new(int32(0)) })
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	patch(s, s.urlSecret("installed-upload-url"), func(secret *corev1.Secret) { delete(secret.Data, "url") })
	within(s, soon, "the Secret is mended", func() error {
		if len(s.urlSecret("installed-upload-url").Data["url"]) == 0 {
			return fmt.Errorf("it has no URL")
		}
		return nil
	})
	if code := s.send(string(s.urlSecret("installed-upload-url").Data["url"])); code != http.StatusOK {
		t.Fatalf("the upload was answered %d", code)
	}
	s.absent(upload)
	s.noSecret("installed-upload-url")
	s.condition(s.made(video.OriginUpload, "installed"), soon, video.ConditionReady, metav1.ConditionTrue, "")
}

// TestInstalledManifests checks what the API server cannot: that the manifests fit each other and the program.
func TestInstalledManifests(t *testing.T) {
	t.Parallel()
	install(t)
	c, err := client.New(plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	var deployment appsv1.Deployment
	var service corev1.Service
	for name, object := range map[string]client.Object{"mux-operator-controller-manager": &deployment, "mux-operator-receiver": &service} {
		if err := c.Get(t.Context(), client.ObjectKey{Namespace: installed, Name: name}, object); err != nil {
			t.Fatal(err)
		}
	}
	pod := deployment.Spec.Template
	container := pod.Spec.Containers[0]
	o, err := parse(container.Args, os.Stderr)
	if err != nil {
		t.Fatalf("the program refuses the manifest's arguments %q: %v", container.Args, err)
	}
	if *deployment.Spec.Replicas < 2 || !o.leaderElection {
		t.Errorf("%d replicas, leader election %t; want at least two, that elect", *deployment.Spec.Replicas, o.leaderElection)
	}
	if !labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels)) {
		t.Errorf("the service selects %v, the pods have %v", service.Spec.Selector, pod.Labels)
	}
	for use, want := range map[string]struct{ port, address string }{
		"the service":         {service.Spec.Ports[0].TargetPort.StrVal, o.receiverAddr},
		"the liveness probe":  {probePort(container.LivenessProbe), o.probeAddr},
		"the readiness probe": {probePort(container.ReadinessProbe), o.probeAddr},
	} {
		if got := portNamed(container, want.port); got != want.address {
			t.Errorf("%s uses the port %q, which is %s; the program listens on %s", use, want.port, got, want.address)
		}
	}
	grace := time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
	if stop := time.Duration(container.Lifecycle.PreStop.Sleep.Seconds)*time.Second + defaultDrain + gracefulShutdown; grace <= stop {
		t.Errorf("pods are killed after %s, they may take %s to stop", grace, stop)
	}
}

func probePort(probe *corev1.Probe) string {
	port := probe.HTTPGet.Port
	if port.Type == intstr.Int {
		return port.String()
	}
	return port.StrVal
}

// portNamed is the address of a container's port, as a flag has it.
func portNamed(container corev1.Container, name string) string {
	i := slices.IndexFunc(container.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
	if i < 0 {
		return "not there"
	}
	return fmt.Sprintf(":%d", container.Ports[i].ContainerPort)
}

// TestInstalledRestricted has the API server check a pod of the deployment against the restricted profile, which the
// installed namespace enforces.
func TestInstalledRestricted(t *testing.T) {
	t.Parallel()
	install(t)
	c, err := client.New(plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	var deployment appsv1.Deployment
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: installed, Name: "mux-operator-controller-manager"}, &deployment); err != nil {
		t.Fatal(err)
	}
	good := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: installed, GenerateName: "restricted-"},
		Spec:       deployment.Spec.Template.Spec,
	}
	if err := c.Create(t.Context(), good.DeepCopy(), client.DryRunAll); err != nil {
		t.Errorf("a pod of the deployment is refused: %v", err)
	}
	bad := good.DeepCopy()
	bad.Spec.Containers[0].SecurityContext = nil
	if err := c.Create(t.Context(), bad, client.DryRunAll); err == nil {
		t.Error("a pod without a security context is admitted, so this test shows nothing")
	}
}

// TestSecretsAreNotCached reads a Secret through the manager's client before its cache runs: only a read from the API server
// can succeed.
func TestSecretsAreNotCached(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{})
	op, err := newOperator(plane.Config, options{metricsAddr: "0", probeAddr: "0", receiverAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	var secret corev1.Secret
	if err := op.GetClient().Get(t.Context(), client.ObjectKeyFromObject(s.secret), &secret); err != nil {
		t.Errorf("the Secret was not read live: %v", err)
	}
	var asset video.MuxAsset
	if err := op.GetClient().Get(t.Context(), client.ObjectKey{Namespace: s.namespace, Name: "none"}, &asset); err == nil || client.IgnoreNotFound(err) == nil {
		t.Errorf("an asset was not read from the cache, which has not started: %v", err)
	}
}
