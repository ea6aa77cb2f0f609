// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// shell runs commands as people or pods do: with kubectl on their path, a kubeconfig, and the stage's namespace.
type shell struct {
	*stage
	env []string
}

// shellOf is a shell with the rights of a bearer's token; "" stands for an administrator.
func (s *stage) shellOf(token string) *shell {
	s.Helper()
	path := filepath.Join(s.TempDir(), "kubeconfig")
	if err := plane.Kubeconfig(path); err != nil {
		s.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		s.Fatal(err)
	}
	config.Contexts[config.CurrentContext].Namespace = s.namespace
	if token != "" {
		config.AuthInfos[config.Contexts[config.CurrentContext].AuthInfo] = &clientcmdapi.AuthInfo{Token: token}
	}
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		s.Fatal(err)
	}
	return &shell{s, append(os.Environ(), "KUBECONFIG="+path, "PATH="+filepath.Dir(plane.Kubectl())+":"+os.Getenv("PATH"))}
}

// run runs a command in the root of the repository and returns what it prints.
func (s *shell) run(command ...string) (string, error) {
	c := exec.CommandContext(s.ctx, command[0], command[1:]...)
	if command[0] == "kubectl" {
		c.Path, c.Err = plane.Kubectl(), nil
	}
	c.Env, c.Dir = s.env, filepath.Join("..", "..")
	output, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return strings.TrimSpace(string(output)), err
}

// TestConsumersPage runs the commands of docs/consumers.md that speak to a cluster, one after the other, while the video is made.
func TestConsumersPage(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: time.Second})
	s.webhooks(s.operator())
	asset := s.managed("intro")
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "consumers.md"))
	if err != nil {
		t.Fatal(err)
	}
	sh, printed := s.shellOf(""), ""
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(page), -1) {
		for line := range strings.Lines(block[1]) {
			if !strings.HasPrefix(line, "kubectl ") {
				continue
			}
			output, err := sh.run("sh", "-ec", line)
			if err != nil {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
			printed += output + "\n"
			t.Logf("%s: %s", strings.TrimSpace(line), output)
		}
	}
	if err := s.get(asset); err != nil {
		t.Fatal(err)
	}
	id := asset.PlaybackID(video.PlaybackPolicyPublic)
	if id == "" || !strings.Contains(printed, "\n"+id+"\n") || strings.Count(printed, "condition met") != 3 {
		t.Errorf("the playback id is %q, and the commands have printed:\n%s", id, printed)
	}
}

// TestWaitExample applies docs/examples/wait/job.yaml and runs what its containers run, with the rights of its ServiceAccount: there
// are no nodes here. Before there is the video the first container ends with an error, then it waits; the second knows the URL.
func TestWaitExample(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: time.Second})
	s.webhooks(s.operator())
	job := s.applyWaitExample()
	pod := job.Spec.Template.Spec
	sh := s.shellOf(s.tokenOf(pod.ServiceAccountName))
	if output, err := sh.run(pod.InitContainers[0].Command...); err == nil || !strings.Contains(err.Error(), "NotFound") {
		t.Errorf("without the video the first container ends with %q, %v", output, err)
	}
	asset := s.managed("intro")
	if output, err := sh.run(pod.InitContainers[0].Command...); err != nil || !strings.Contains(output, "condition met") {
		t.Errorf("the first container ends with %q, %v", output, err)
	}
	if err := s.get(asset); err != nil || !asset.IsPlayable() {
		t.Errorf("it ended, and the asset is not playable: %v, %v", describe(asset.Status.Conditions), err)
	}
	if output, err := sh.run(pod.Containers[0].Command...); err != nil || output == "" || output != asset.PlaybackURL() {
		t.Errorf("the second container prints %q, %v, and the URL is %q", output, err, asset.PlaybackURL())
	}
	if output, err := sh.run("kubectl", "get", "muxassets"); err == nil {
		t.Errorf("its ServiceAccount may list all assets: %s", output)
	}
}

// applyWaitExample applies the manifest, every field of which the API server has to know, and returns its Job.
func (s *stage) applyWaitExample() *batchv1.Job {
	s.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "examples", "wait", "job.yaml"))
	if err != nil {
		s.Fatal(err)
	}
	job := &batchv1.Job{}
	strict := client.WithFieldValidation(s.Client, metav1.FieldValidationStrict)
	for _, document := range bytes.Split(data, []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(document, &object.Object); err != nil {
			s.Fatal(err)
		}
		object.SetNamespace(s.namespace)
		if err := strict.Apply(s.ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("reader")); err != nil {
			s.Fatal(err)
		}
		if object.GetKind() == "Job" {
			if err := yaml.UnmarshalStrict(document, job); err != nil {
				s.Fatal(err)
			}
		}
	}
	return job
}

// tokenOf is a token of a ServiceAccount, as a pod gets it.
func (s *stage) tokenOf(name string) string {
	s.Helper()
	account, request := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}, &authenticationv1.TokenRequest{}
	if err := s.SubResource("token").Create(s.ctx, account, request); err != nil {
		s.Fatal(err)
	}
	return request.Status.Token
}
