// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// asController makes the test binary be the controller, so that a test can kill it.
const asController = "TRANSCRIBE_JOB_AS_CONTROLLER"

var (
	api        client.WithWatch // as an administrator
	kubeconfig string           // of the ServiceAccount of deploy.yaml
)

func TestMain(m *testing.M) {
	if os.Getenv(asController) != "" {
		main()
		return
	}
	ctrl.SetLogger(logr.Discard())
	code, err := onControlPlane(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

// onControlPlane runs tests beside an etcd and a kube-apiserver of KUBEBUILDER_ASSETS, with the CRDs and deploy.yaml.
func onControlPlane(run func() int) (code int, err error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return 1, fmt.Errorf("set KUBEBUILDER_ASSETS to the folder that hack/controlplane/build.sh prints")
	}
	env := &envtest.Environment{
		CRDDirectoryPaths:        []string{filepath.Join("..", "..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	env.ControlPlane.GetAPIServer().Configure().Set("request-timeout", "5s")
	config, err := env.Start()
	if err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := env.Stop(); err == nil {
			err = stopErr
		}
	}()
	config.QPS = -1
	scheme, err := newScheme()
	if err != nil {
		return 1, err
	}
	if api, err = client.NewWithWatch(config, client.Options{Scheme: scheme}); err != nil {
		return 1, err
	}
	if err := deploy(); err != nil {
		return 1, err
	}
	user, err := env.AddUser(envtest.User{Name: "system:serviceaccount:transcribe-job:transcribe-job", Groups: []string{"system:serviceaccounts"}}, nil)
	if err != nil {
		return 1, err
	}
	content, err := user.KubeConfig()
	if err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "transcribe-job-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	kubeconfig = filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(kubeconfig, content, 0o600); err != nil {
		return 1, err
	}
	return run(), nil
}

// deploy applies deploy.yaml, every field of which the API server has to know.
func deploy() error {
	data, err := os.ReadFile("deploy.yaml")
	if err != nil {
		return err
	}
	strict := client.WithFieldValidation(api, metav1.FieldValidationStrict)
	for _, document := range bytes.Split(data, []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(document, &object.Object); err != nil {
			return err
		}
		if err := strict.Apply(context.Background(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("kubectl")); err != nil {
			return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

// stage is a namespace of its own.
type stage struct {
	client.WithWatch
	t         *testing.T
	namespace string
}

func newStage(t *testing.T, namespace string) *stage {
	t.Helper()
	s := &stage{WithWatch: api, t: t, namespace: namespace}
	if err := s.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// asset is a MuxAsset by its name, as it is now.
func (s *stage) asset(name string) *video.MuxAsset {
	s.t.Helper()
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	s.get(asset)
	return asset
}

func (s *stage) get(asset *video.MuxAsset) {
	s.t.Helper()
	if err := s.Get(s.t.Context(), client.ObjectKeyFromObject(asset), asset); err != nil {
		s.t.Fatal(err)
	}
}

// playable makes a MuxAsset, and then what the operator makes of its status when Mux has told that the video is ready.
func (s *stage) playable(name string) *video.MuxAsset {
	s.t.Helper()
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	asset.Spec.EnvironmentRef.Name = "default"
	asset.Spec.Inputs = []video.AssetInput{{URL: "https://example.com/" + name + ".mp4"}}
	if err := s.Create(s.t.Context(), asset); err != nil {
		s.t.Fatal(err)
	}
	base := asset.DeepCopy()
	asset.Status.ID, asset.Status.State = "Id-"+name, "ready"
	asset.Status.PlaybackIDs = []video.PlaybackIDStatus{{ID: "play-" + name, Policy: video.PlaybackPolicyPublic}}
	asset.Status.Conditions = []metav1.Condition{{
		Type: video.ConditionPlayable, Status: metav1.ConditionTrue, Reason: video.ReasonReady, LastTransitionTime: metav1.Now(),
	}}
	if err := s.Status().Patch(s.t.Context(), asset, client.MergeFrom(base)); err != nil {
		s.t.Fatal(err)
	}
	return asset
}
