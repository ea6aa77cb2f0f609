// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

var plane *controlplane.ControlPlane

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	os.Exit(controlplane.Main(m, func(c *controlplane.ControlPlane) { plane = c }))
}

// signingSecret signs the webhooks of every stage.
const signingSecret = "0123456789abcdefghijklmnopqrstuv"

// stage is a namespace of its own on the real API server, a simulator of Mux, and a MuxEnvironment that joins the two.
type stage struct {
	*testing.T
	client.Client
	ctx       context.Context
	plane     *controlplane.ControlPlane
	namespace string
	sim       *muxsim.Server
	env       *video.MuxEnvironment
	secret    *corev1.Secret
}

// newStage sets the stage; edits change the MuxEnvironment before it is created.
func newStage(t *testing.T, options muxsim.Options, edits ...func(*video.MuxEnvironment)) *stage {
	t.Helper()
	return newStageOn(t, plane, options, edits...)
}

// ownControlPlane runs a control plane for one test, which may do to it what the others would not stand.
func ownControlPlane(t *testing.T) *controlplane.ControlPlane {
	t.Helper()
	own, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	return own
}

// newStageOn sets the stage on a control plane of its own.
func newStageOn(t *testing.T, on *controlplane.ControlPlane, options muxsim.Options, edits ...func(*video.MuxEnvironment)) *stage {
	t.Helper()
	c, err := client.New(on.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, Client: c, ctx: t.Context(), plane: on, sim: muxsim.New(options)}
	if err := s.sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sim.Close)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "stage-"}}
	s.create(namespace)
	s.namespace = namespace.Name
	s.secret = &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "mux"},
		StringData: map[string]string{
			"MUX_TOKEN_ID":       muxsim.DefaultTokenID,
			"MUX_TOKEN_SECRET":   muxsim.DefaultTokenSecret,
			"MUX_WEBHOOK_SECRET": signingSecret,
		},
	}
	s.create(s.secret)
	s.env = &video.MuxEnvironment{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "default"},
		Spec: video.MuxEnvironmentSpec{
			APIURL:               s.sim.URL(),
			CredentialsSecretRef: &video.CredentialsSecretReference{Name: "mux"},
			Webhook:              &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux"}}},
			Resync:               &video.ResyncSpec{Interval: &metav1.Duration{}},
		},
	}
	for _, edit := range edits {
		edit(s.env)
	}
	s.create(s.env)
	return s
}

// replica is an operator that runs in this process.
type replica struct {
	url  string // of its receiver
	stop func()
}

// operator starts a replica that watches the stage's namespace alone and ends with the test.
func (s *stage) operator(edits ...func(*rest.Config, *options)) *replica {
	s.Helper()
	config := rest.CopyConfig(s.plane.Config)
	o := options{
		metricsAddr:  "0",
		probeAddr:    "0",
		receiverAddr: "127.0.0.1:0",
		namespace:    s.namespace,
	}
	for _, edit := range edits {
		edit(config, &o)
	}
	op, err := newOperator(config, o)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx))
	done := make(chan error, 1)
	go func() { done <- op.Start(ctx) }()
	stop := func() {
		cancel()
		if err := <-done; err != nil {
			s.Errorf("the operator ended with: %v", err)
		}
		done <- nil
	}
	s.Cleanup(stop)
	within(s, 20*time.Second, "the receiver is ready", func() error { return op.receiver.Ready(nil) })
	return &replica{url: "http://" + op.receiver.Addr(), stop: stop}
}

// webhooks points the simulator's webhooks at a replica.
func (s *stage) webhooks(r *replica) (id string) {
	return s.sim.AddWebhook(muxsim.DefaultEnvironmentID, s.hook(r), signingSecret)
}

// hook is the URL of the environment's webhook at a replica.
func (s *stage) hook(r *replica) string {
	return r.url + "/webhooks/" + s.namespace + "/" + s.env.Name
}

// post sends a signed body to a replica and returns the status code.
func (s *stage) post(r *replica, body []byte) int {
	s.Helper()
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.hook(r), strings.NewReader(string(body)))
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Mux-Signature", muxsim.Sign(signingSecret, body, time.Now()))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// managed makes a MuxAsset that declares a video.
func (s *stage) managed(name string, edits ...func(*video.MuxAsset)) *video.MuxAsset {
	asset := s.video(name, edits...)
	s.create(asset)
	return asset
}

// video is a MuxAsset that declares a video.
func (s *stage) video(name string, edits ...func(*video.MuxAsset)) *video.MuxAsset {
	asset := &video.MuxAsset{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name},
		Spec: video.MuxAssetSpec{
			FollowedSpec: video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: "default"}},
			Inputs:       []video.AssetInput{{URL: "https://example.com/" + name + ".mp4"}},
		},
	}
	asset.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
	for _, edit := range edits {
		edit(asset)
	}
	return asset
}

// observed is a MuxAsset that follows an existing one.
func (s *stage) observed(name, id string) *video.MuxAsset {
	asset := &video.MuxAsset{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name},
		Spec: video.MuxAssetSpec{FollowedSpec: video.FollowedSpec{
			EnvironmentRef:   video.EnvironmentReference{Name: "default"},
			ManagementPolicy: video.ManagementPolicyObserve,
			Import:           &video.ImportSpec{ID: id},
		}},
	}
	s.create(asset)
	return asset
}

func (s *stage) create(object client.Object) {
	s.Helper()
	if err := s.Create(s.ctx, object); err != nil {
		s.Fatal(err)
	}
}

// patch changes an object's spec or metadata.
func patch[T client.Object](s *stage, object T, change func(T)) {
	s.Helper()
	base := object.DeepCopyObject().(T)
	change(object)
	if err := s.Patch(s.ctx, object, client.MergeFrom(base)); err != nil {
		s.Fatal(err)
	}
}

// get reads an object again.
func (s *stage) get(object client.Object) error {
	return s.Get(s.ctx, client.ObjectKeyFromObject(object), object)
}

// until waits for the object to satisfy a check, which says what is missing.
func (s *stage) until(object client.Object, limit time.Duration, what string, check func() error) time.Duration {
	s.Helper()
	return within(s, limit, what, func() error {
		if err := s.get(object); err != nil {
			return err
		}
		return check()
	})
}

// conditioned is an object with conditions.
type conditioned interface {
	client.Object
	GetConditions() []metav1.Condition
}

// condition waits until the condition has the status and the reason ("" for any), and returns how long it took.
func (s *stage) condition(object conditioned, limit time.Duration, kind string, status metav1.ConditionStatus, reason string) time.Duration {
	s.Helper()
	return s.until(object, limit, fmt.Sprintf("%s is %s (%s)", kind, status, reason), func() error {
		c := meta.FindStatusCondition(object.GetConditions(), kind)
		if c == nil || c.Status != status || (reason != "" && c.Reason != reason) {
			return fmt.Errorf("conditions are %v", describe(object.GetConditions()))
		}
		return nil
	})
}

func describe(conditions []metav1.Condition) (lines []string) {
	for _, c := range conditions {
		lines = append(lines, fmt.Sprintf("%s=%s (%s: %s)", c.Type, c.Status, c.Reason, c.Message))
	}
	return lines
}

// within is controlplane.Within with what is waited for, and returns how long that took.
func within(t testing.TB, limit time.Duration, what string, check func() error) time.Duration {
	t.Helper()
	began := time.Now()
	controlplane.Within(t, limit, func() error {
		if err := check(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
	return time.Since(began)
}

// calls counts the simulator's requests by "METHOD route".
func (s *stage) calls() map[string]int {
	counts := map[string]int{}
	for _, request := range s.sim.Requests() {
		counts[request.Method+" "+request.Route]++
	}
	return counts
}

const (
	postAsset = "POST /video/v1/assets"
	getAsset  = "GET /video/v1/assets/{id}"
	listAsset = "GET /video/v1/assets"
)

func mustJSON(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
