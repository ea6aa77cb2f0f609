// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

var plane *controlplane.ControlPlane

// TestMain makes the test binary the plugin when it is called by its name, so that kubectl can run it.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl-mux" {
		streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
		os.Exit(New(streams, testVersion).Run(context.Background(), os.Args[1:]))
	}
	ctrl.SetLogger(logr.Discard())
	os.Exit(controlplane.Main(m, func(c *controlplane.ControlPlane) { plane = c }))
}

const testVersion = "v0.0.0-test"

// signingSecret signs the webhooks of every stage.
const signingSecret = "0123456789abcdefghijklmnopqrstuv"

// stage is a namespace of its own on the real API server, and a kubeconfig that leads there.
type stage struct {
	*testing.T
	client.Client
	ctx        context.Context
	namespace  string
	kubeconfig string
	// now is the plugin's clock; zero is the real one.
	now time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	c, err := client.New(plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, Client: c, ctx: t.Context(), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := plane.Kubeconfig(s.kubeconfig); err != nil {
		t.Fatal(err)
	}
	s.namespace = s.newNamespace()
	return s
}

// newNamespace makes a namespace of the test's own.
func (s *stage) newNamespace() string {
	s.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "plugin-"}}
	s.create(namespace)
	return namespace.Name
}

func (s *stage) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: s.namespace, Name: name}
}

func keyOf(s *stage, name string) client.ObjectKey {
	return client.ObjectKey{Namespace: s.namespace, Name: name}
}

func (s *stage) create(objects ...client.Object) {
	s.Helper()
	for _, object := range objects {
		if err := s.Create(s.ctx, object); err != nil {
			s.Fatal(err)
		}
	}
}

// status writes an object's status as the operator does.
func (s *stage) status(object client.Object, change func()) {
	s.Helper()
	base := object.DeepCopyObject().(client.Object)
	change()
	if err := s.Status().Patch(s.ctx, object, client.MergeFrom(base)); err != nil {
		s.Fatal(err)
	}
}

// simulator is a simulator of Mux that ends with the test.
func (s *stage) simulator(options muxsim.Options) *muxsim.Server {
	s.Helper()
	sim := muxsim.New(options)
	if err := sim.Start("127.0.0.1:0"); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(sim.Close)
	return sim
}

// environment makes a MuxEnvironment "default" for a simulator, and its Secret "mux"; edits change it before it is created.
func (s *stage) environment(sim *muxsim.Server, edits ...func(*video.MuxEnvironment)) *video.MuxEnvironment {
	s.Helper()
	s.create(&corev1.Secret{ObjectMeta: s.meta("mux"), StringData: map[string]string{
		"MUX_TOKEN_ID":       muxsim.DefaultTokenID,
		"MUX_TOKEN_SECRET":   muxsim.DefaultTokenSecret,
		"MUX_WEBHOOK_SECRET": signingSecret,
	}})
	env := &video.MuxEnvironment{ObjectMeta: s.meta("default"), Spec: video.MuxEnvironmentSpec{
		APIURL:               sim.URL(),
		CredentialsSecretRef: &video.CredentialsSecretReference{Name: "mux"},
		Webhook:              &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux"}}},
		Resync:               &video.ResyncSpec{Interval: &metav1.Duration{}},
	}}
	for _, edit := range edits {
		edit(env)
	}
	s.create(env)
	return env
}

// result is what a command line did.
type result struct {
	out, err string
	code     int
}

// run runs a command line in the stage's namespace, with its output in a pipe.
func (s *stage) run(args ...string) result {
	s.Helper()
	var out, err bytes.Buffer
	code := s.runOn(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &err}, args...)
	return result{out: out.String(), err: err.String(), code: code}
}

// runOn runs a command line with streams of the caller's, such as a terminal's.
func (s *stage) runOn(streams genericiooptions.IOStreams, args ...string) int {
	s.Helper()
	p := New(streams, testVersion)
	if !s.now.IsZero() {
		p.now = func() time.Time { return s.now }
	}
	return p.Run(s.ctx, append([]string{"--kubeconfig", s.kubeconfig, "--namespace", s.namespace}, args...))
}

var within = controlplane.Within
