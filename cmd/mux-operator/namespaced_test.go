// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// installNamespaced applies config/overlays/namespaced to the stage's namespace, as its owner does, and returns the service account.
func (s *stage) installNamespaced() (account string) {
	s.Helper()
	dir := s.TempDir()
	overlay, err := filepath.Abs(filepath.Join("..", "..", "config", "overlays", "namespaced"))
	if err != nil {
		s.Fatal(err)
	}
	if overlay, err = filepath.Rel(dir, overlay); err != nil {
		s.Fatal(err)
	}
	kustomization := fmt.Sprintf("namespace: %s\nresources: [%q]\n", s.namespace, overlay)
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(kustomization), 0o600); err != nil {
		s.Fatal(err)
	}
	kubeconfig := filepath.Join(s.TempDir(), "kubeconfig")
	if err := s.plane.Kubeconfig(kubeconfig); err != nil {
		s.Fatal(err)
	}
	output, err := exec.CommandContext(s.ctx, s.plane.Kubectl(), "--kubeconfig", kubeconfig, "apply", "--server-side", "-k", dir).CombinedOutput()
	if err != nil || strings.Contains(string(output), "clusterrole") {
		s.Fatalf("%v\n%s", err, output)
	}
	return "system:serviceaccount:" + s.namespace + ":mux-operator-controller-manager"
}

// may says whether the account may do something outside of its namespace.
func (s *stage) may(account string, verb, group, resource string) bool {
	s.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:               account,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: verb, Group: group, Resource: resource},
	}}
	s.create(review)
	return review.Status.Allowed
}

// TestNamespaced runs a leader with the rights of config/overlays/namespaced alone: the whole path works, what those rights cannot do
// is said, and what they cannot find out deletes nothing.
func TestNamespaced(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond}, func(env *video.MuxEnvironment) {
		env.Spec.AllowedNamespaces = &video.AllowedNamespaces{
			From: video.NamespacesFromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"video": "yes"}},
		}
	})
	account := s.installNamespaced()
	for _, right := range [][3]string{
		{"list", "", "namespaces"}, {"list", "", "secrets"}, {"get", "apiextensions.k8s.io", "customresourcedefinitions"}, {"list", "video.mux.com", "muxassets"},
	} {
		if s.may(account, right[0], right[1], right[2]) {
			t.Errorf("the operator may %s %s in the whole cluster, so this test shows nothing", right[0], right[2])
		}
	}
	r := s.operator(func(config *rest.Config, o *options) {
		config.Impersonate.UserName = account
		o.leaderElection, o.leaderElectionNamespace = true, s.namespace
	})
	s.webhooks(r)

	s.condition(s.env, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonInvalid)
	message := s.env.Status.Conditions[0].Message
	if !strings.Contains(message, "remove spec.allowedNamespaces") || !strings.Contains(message, s.namespace) {
		t.Errorf("the message does not say what to do: %s", message)
	}
	early := s.managed("early")
	s.condition(early, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonEnvironmentNotReady)
	patch(s, s.env, func(env *video.MuxEnvironment) { env.Spec.AllowedNamespaces = nil })
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.condition(early, soon, video.ConditionReady, metav1.ConditionTrue, "")

	stream := s.declared("studio")
	s.condition(stream, soon, video.ConditionStreamKeyReady, metav1.ConditionTrue, "")
	upload := s.upload("file")
	s.condition(upload, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	if code := s.send(string(s.urlSecret("file-upload-url").Data["url"])); code != http.StatusOK {
		t.Fatalf("the upload was answered %d", code)
	}
	s.condition(s.made(video.OriginUpload, "file"), soon, video.ConditionReady, metav1.ConditionTrue, "")

	doomed := s.ready("doomed")
	patch(s, doomed, func(a *video.MuxAsset) { a.Spec.DeletionPolicy = video.DeletionPolicyDelete })
	for _, object := range []client.Object{early, stream, upload, doomed} {
		if err := s.Delete(s.ctx, object); err != nil {
			t.Fatal(err)
		}
		s.absent(object)
	}
	if _, ok := s.sim.Asset(early.Status.ID); !ok {
		t.Error("an asset without deletionPolicy was deleted at Mux by an operator that cannot see whether its CRD is being deleted")
	}
	if ids := s.streamsAtMux(); len(ids) != 1 {
		t.Errorf("of the live stream without deletionPolicy Mux has %v", ids)
	}
	if _, ok := s.sim.Asset(doomed.Status.ID); ok {
		t.Error("an asset with the policy Delete is still at Mux")
	}
	if err := s.Delete(s.ctx, s.env); err != nil {
		t.Fatal(err)
	}
	made := s.made(video.OriginUpload, "file")
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionFalse, video.ReasonInUse)
	if err := s.Delete(s.ctx, made); err != nil {
		t.Fatal(err)
	}
	s.absent(made)
	s.absent(s.env)
}
