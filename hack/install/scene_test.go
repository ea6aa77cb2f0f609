// SPDX-License-Identifier: Apache-2.0

package install

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// stamped is the version that the operator of these tests is built with.
const stamped = "v0.0.0-of-a-test"

// buildOperator builds the operator as the Makefile does, with a version of its own, and checks that it says so.
func buildOperator(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mux-operator")
	args := append([]string{"-C", root, "build"}, append(buildFlags(t, "Makefile"), "-o", path, "./cmd/mux-operator")...)
	command := exec.CommandContext(t.Context(), "go", args...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	output, err := exec.CommandContext(t.Context(), path, "--version").Output()
	if got := strings.TrimSpace(string(output)); err != nil || got != "mux-operator "+stamped {
		t.Fatalf("--version says %q (%v), %s was stamped into it", got, err, stamped)
	}
	return path
}

// theatre is a control plane with an operator, both real, for scenes in namespaces of their own.
type theatre struct {
	client   client.WithWatch
	receiver string // the receiver's address
}

// open starts the control plane and the operator. They end with the test, after its scenes.
func open(t *testing.T) *theatre {
	t.Helper()
	plane, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := plane.Kubeconfig(kubeconfig); err != nil {
		t.Fatal(err)
	}
	kinds := runtime.NewScheme()
	if err := errors.Join(scheme.AddToScheme(kinds), video.AddToScheme(kinds)); err != nil {
		t.Fatal(err)
	}
	c, err := client.NewWithWatch(plane.Config, client.Options{Scheme: kinds})
	if err != nil {
		t.Fatal(err)
	}
	return &theatre{client: c, receiver: startOperator(t, buildOperator(t), kubeconfig)}
}

// startOperator runs the operator until the end of the test and returns the address of its receiver.
func startOperator(t *testing.T, path, kubeconfig string) (receiver string) {
	t.Helper()
	addresses, err := controlplane.FreeAddresses(2)
	if err != nil {
		t.Fatal(err)
	}
	receiver, probes := addresses[0], addresses[1]
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "--kubeconfig", kubeconfig, "--metrics-bind-address=0", "--health-probe-bind-address="+probes, "--receiver-bind-address="+receiver)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := errors.Join(command.Process.Signal(syscall.SIGTERM), command.Wait(), log.Close())
		if err != nil || t.Failed() {
			lines, _ := os.ReadFile(log.Name()) // what cannot be read is not shown
			t.Logf("the operator ended: %v\n%s", err, lines[max(0, len(lines)-5000):])
		}
	})
	within(t, "the operator is ready", func() error {
		response, err := http.Get("http://" + probes + "/readyz")
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	})
	return receiver
}

// scene is a namespace with a Mux of its own, and all versions of the objects in it that a watch has shown.
type scene struct {
	t         *testing.T
	client    client.WithWatch
	receiver  string
	namespace string
	sim       *muxsim.Server
	env       *video.MuxEnvironment

	mu       sync.Mutex
	versions map[string][]*unstructured.Unstructured // by kind and name
	gone     map[string]bool
}

// scene sets one up, with a MuxEnvironment that is Current.
func (th *theatre) scene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, client: th.client, receiver: th.receiver, versions: map[string][]*unstructured.Unstructured{}, gone: map[string]bool{}}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "life-"}}
	s.create(namespace)
	s.namespace = namespace.Name
	// Limits are those of a Mux environment, so each scene has one of its own.
	s.sim = muxsim.New(muxsim.Options{ReadyAfter: 200 * time.Millisecond, LiveScale: 0.02, Environments: []muxsim.Environment{
		{ID: s.namespace, Tokens: []muxsim.Token{{ID: muxsim.DefaultTokenID, Secret: muxsim.DefaultTokenSecret}}},
	}})
	s.try(s.sim.Start("127.0.0.1:0"))
	t.Cleanup(s.sim.Close)
	for _, kind := range []string{"MuxEnvironment", "MuxAsset", "MuxLiveStream", "MuxUpload"} {
		s.watch(kind)
	}
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "mux"}, StringData: map[string]string{
		"MUX_TOKEN_ID": muxsim.DefaultTokenID, "MUX_TOKEN_SECRET": muxsim.DefaultTokenSecret, "MUX_WEBHOOK_SECRET": signingSecret,
	}})
	s.env = s.environment("default")
	return s
}

// signingSecret signs the webhooks of every scene.
const signingSecret = "0123456789abcdefghijklmnopqrstuv"

// environment makes a MuxEnvironment for the scene's Mux, whose webhooks come, and waits until it is Current.
func (s *scene) environment(name string) *video.MuxEnvironment {
	s.t.Helper()
	env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}, Spec: video.MuxEnvironmentSpec{
		APIURL:               s.sim.URL(),
		CredentialsSecretRef: &video.CredentialsSecretReference{Name: "mux"},
		Webhook:              &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux"}}},
	}}
	s.create(env)
	s.sim.AddWebhook(s.namespace, "http://"+s.receiver+"/webhooks/"+s.namespace+"/"+name, signingSecret)
	s.becomes(env, status.CurrentStatus)
	return env
}

// watch keeps every version of the objects of a kind until the end of the test.
func (s *scene) watch(kind string) {
	s.t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(video.GroupVersion.WithKind(kind + "List"))
	w, err := s.client.Watch(context.WithoutCancel(s.t.Context()), list, client.InNamespace(s.namespace))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(w.Stop)
	go func() {
		for event := range w.ResultChan() {
			version, ok := event.Object.(*unstructured.Unstructured)
			if !ok {
				continue
			}
			s.mu.Lock()
			name := kind + "/" + version.GetName()
			if event.Type == "DELETED" {
				s.gone[name] = true
			} else {
				s.versions[name] = append(s.versions[name], version)
			}
			s.mu.Unlock()
		}
	}()
}

// ended are all versions of the object whose kind and name begin so, once the watch has shown the last.
func (s *scene) ended(prefix string) (versions []*unstructured.Unstructured) {
	s.t.Helper()
	s.within("the watch has shown all of "+prefix, func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		for name, shown := range s.versions {
			if strings.HasPrefix(name, prefix) {
				versions = slices.Clone(shown)
				return s.caughtUp(name, shown[len(shown)-1])
			}
		}
		return errors.New("it has shown nothing")
	})
	return versions
}

// caughtUp says whether a version is the last one of an object.
func (s *scene) caughtUp(name string, last *unstructured.Unstructured) error {
	if s.gone[name] {
		return nil
	}
	now := last.DeepCopy()
	if err := s.client.Get(s.t.Context(), client.ObjectKeyFromObject(last), now); err != nil {
		return err
	}
	if now.GetResourceVersion() != last.GetResourceVersion() {
		return fmt.Errorf("it is at %s, not %s", last.GetResourceVersion(), now.GetResourceVersion())
	}
	return nil
}

// dashboard is a client of the scene's Mux, as people have one.
func (s *scene) dashboard() *mux.Client {
	c, err := mux.New(mux.Config{BaseURL: s.sim.URL(), Credentials: mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret}})
	s.try(err)
	return c
}

func (s *scene) try(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) create(object client.Object) {
	s.t.Helper()
	s.try(s.client.Create(s.t.Context(), object))
}

// change changes an object's spec.
func (s *scene) change(object client.Object, edit func()) {
	s.t.Helper()
	s.try(s.client.Get(s.t.Context(), client.ObjectKeyFromObject(object), object))
	base := object.DeepCopyObject().(client.Object)
	edit()
	s.try(s.client.Patch(s.t.Context(), object, client.MergeFrom(base)))
}

// secret changes the Secret with the credentials.
func (s *scene) secret(edit func(*corev1.Secret)) {
	s.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "mux"}}
	s.change(secret, func() { edit(secret) })
}

// delete deletes an object and waits until it is gone.
func (s *scene) delete(object client.Object) {
	s.t.Helper()
	s.try(s.client.Delete(s.t.Context(), object))
	s.absent(object)
}

func (s *scene) absent(object client.Object) {
	s.t.Helper()
	s.within(object.GetName()+" is gone", func() error {
		if err := s.client.Get(s.t.Context(), client.ObjectKeyFromObject(object), object); !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is there (%v): %+v", err, object)
		}
		return nil
	})
}

// becomes waits until kstatus says this of the object as it is; it is what flux and kpt do.
func (s *scene) becomes(object client.Object, want status.Status) {
	s.t.Helper()
	s.within(fmt.Sprintf("%s is %s", object.GetName(), want), func() error {
		if err := s.client.Get(s.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return err
		}
		result, err := status.Compute(&unstructured.Unstructured{Object: fields})
		if err == nil && result.Status != want {
			err = fmt.Errorf("it is %s: %s", result.Status, result.Message)
		}
		return err
	})
}

// says waits until a condition of the object has a reason.
func (s *scene) says(object interface {
	client.Object
	GetConditions() []metav1.Condition
}, kind, reason string) {
	s.t.Helper()
	s.within(object.GetName()+" says "+reason, func() error {
		if err := s.client.Get(s.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		if c := meta.FindStatusCondition(object.GetConditions(), kind); c == nil || c.Reason != reason {
			return fmt.Errorf("it says %+v", object.GetConditions())
		}
		return nil
	})
}

func (s *scene) within(what string, check func() error) {
	s.t.Helper()
	within(s.t, what, check)
}

// within polls until check succeeds.
func within(t *testing.T, what string, check func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(soon); ; <-tick.C {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("not within %s: %s: %v", soon, what, err)
		}
	}
}
