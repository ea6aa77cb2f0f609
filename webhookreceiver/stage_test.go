// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
	"github.com/mux-operator/mux-operator/internal/projection"
)

var plane *controlplane.ControlPlane

// TestMain also looks for goroutines that the receivers left behind; it can once the control plane has stopped.
func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	code := controlplane.Main(m, func(c *controlplane.ControlPlane) { plane = c })
	// A watch of metadata leaves this behind in client-go when it ends while an event waits to be taken.
	known := goleak.IgnoreTopFunction("k8s.io/apimachinery/pkg/watch.(*filteredWatch).loop")
	if err := goleak.Find(known); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// leaks looks, when the test has ended and everything that it started was stopped, for goroutines that were not there before. Those of
// connections to the API server, which all tests share, stay; a connection to a receiver would show at the receiver's end.
func leaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		goleak.VerifyNone(t, before,
			goleak.IgnoreTopFunction("k8s.io/apimachinery/pkg/watch.(*filteredWatch).loop"), // see TestMain
			goleak.IgnoreAnyFunction("golang.org/x/net/http2.(*ClientConn).readLoop"),
			goleak.IgnoreAnyFunction("sigs.k8s.io/controller-runtime/pkg/internal/testing/process.(*State).Start.func1"), // an API server
		)
	})
}

func testScheme(t testing.TB) *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, video.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return scheme
}

// stage is a namespace with an environment, and objects that events may be about.
type stage struct {
	*testing.T
	client.Client
	ctx       context.Context
	config    *rest.Config
	namespace string
	env       *video.MuxEnvironment
	// elsewhere is a second namespace that replicas see; "" for none.
	elsewhere string
	// home is the namespace of the environments where it is not the objects' own.
	home string
}

const environmentID = "abc123"

// newStage sets the stage, and looks at the end of the test for what it has left running.
func newStage(t *testing.T, config *rest.Config) *stage {
	t.Helper()
	leaks(t)
	c, err := client.New(config, client.Options{Scheme: testScheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, Client: c, ctx: t.Context(), config: config}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "receiver-"}}
	s.create(namespace)
	s.namespace = namespace.Name
	s.create(&corev1.Secret{ObjectMeta: s.meta("mux"), StringData: map[string]string{"old": "the-old-one", "new": testSecret + "\n"}})
	s.env = s.environment("default", "old", "new")
	return s
}

func (s *stage) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: s.namespace, Name: name}
}

// away is the stage for objects of a second namespace, labelled, that use the environments of the first.
func (s *stage) away(labels map[string]string) *stage {
	s.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "elsewhere-", Labels: labels}}
	s.create(namespace)
	s.elsewhere = namespace.Name
	away := *s
	away.namespace, away.home = namespace.Name, s.namespace
	return &away
}

func (s *stage) ref(env string) video.EnvironmentReference {
	return video.EnvironmentReference{Namespace: s.home, Name: env}
}

func (s *stage) create(object client.Object) {
	s.Helper()
	if err := s.Create(s.ctx, object); err != nil {
		s.Fatal(err)
	}
}

// environment makes one with the id of the tests' events; keys are of the Secret "mux".
func (s *stage) environment(name string, keys ...string) *video.MuxEnvironment {
	s.Helper()
	env := &video.MuxEnvironment{ObjectMeta: s.meta(name), Spec: video.MuxEnvironmentSpec{EnvironmentID: environmentID, Webhook: &video.WebhookSpec{}}}
	for _, key := range keys {
		env.Spec.Webhook.SigningSecretRefs = append(env.Spec.Webhook.SigningSecretRefs, video.SigningSecretReference{Name: "mux", Key: key})
	}
	s.create(env)
	// As if a first webhook had come long ago, so that the tests' own requests change nothing there.
	s.status(env, func() {
		env.Status.EnvironmentID = environmentID
		env.Status.Conditions = []metav1.Condition{{Type: video.ConditionWebhookVerified, Status: metav1.ConditionTrue, Reason: "Delivered", LastTransitionTime: metav1.Now()}}
	})
	return env
}

func (s *stage) status(object client.Object, change func()) {
	s.Helper()
	base := object.DeepCopyObject().(client.Object)
	change()
	if err := s.Status().Patch(s.ctx, object, client.MergeFrom(base)); err != nil {
		s.Fatal(err)
	}
}

// asset makes one that observes the id in the environment.
func (s *stage) asset(name, env, id string) *video.MuxAsset {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{FollowedSpec: s.observes(env, id)}}
	s.create(asset)
	return asset
}

// observes is the spec of what observes the id in the environment.
func (s *stage) observes(env, id string) video.FollowedSpec {
	return video.FollowedSpec{EnvironmentRef: s.ref(env), ManagementPolicy: video.ManagementPolicyObserve, Import: &video.ImportSpec{ID: id}}
}

// waiting makes one that waits for the outcome of a create with the token.
func (s *stage) waiting(name, env, token string) *video.MuxAsset {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{
		FollowedSpec: video.FollowedSpec{EnvironmentRef: s.ref(env)},
		Inputs:       []video.AssetInput{{URL: "https://example.com/a.mp4"}},
	}}
	s.create(asset)
	s.status(asset, func() {
		asset.Status.Creation = &video.CreationStatus{Token: token, StartedAt: metav1.NowMicro()}
	})
	return asset
}

// stalled makes one that was never sent to Mux, and will not be until a person acts.
func (s *stage) stalled(name, env string) *video.MuxAsset {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{
		FollowedSpec: video.FollowedSpec{EnvironmentRef: s.ref(env)},
		Inputs:       []video.AssetInput{{URLFrom: &video.SecretKeyReference{Name: "absent", Key: "url"}}},
	}}
	s.create(asset)
	s.status(asset, func() {
		asset.Status.ObservedGeneration = asset.Generation
		projection.SetCondition(&asset.Status.Conditions, asset.Generation, metav1.Now(), video.ConditionSynced, metav1.ConditionFalse, video.ReasonSecretNotFound, "there is no Secret")
		projection.SummarizeAsset(asset, metav1.Now())
	})
	return asset
}

var within = controlplane.Within

// event is the body of a webhook about an asset.
func event(kind, id string, at time.Time, more string) string {
	data := fmt.Sprintf(`{"id":%q,"status":"ready","duration":1.5%s}`, id, more)
	return envelope(kind, at, data)
}

func envelope(kind string, at time.Time, data string) string {
	return fmt.Sprintf(`{"type":%q,"id":%q,"created_at":%q,"object":{"type":"asset"},"environment":{"name":"Test","id":%q},"data":%s}`,
		kind, fmt.Sprintf("event-%d", at.UnixNano()), at.UTC().Format("2006-01-02T15:04:05.000000Z"), environmentID, data)
}

// versions are the resourceVersions of all objects of the namespace that the receiver could write.
func (s *stage) versions() string {
	s.Helper()
	var all strings.Builder
	for _, list := range []client.ObjectList{&video.MuxAssetList{}, &video.MuxEnvironmentList{}} {
		if err := s.List(s.ctx, list, client.InNamespace(s.namespace)); err != nil {
			s.Fatal(err)
		}
		switch l := list.(type) {
		case *video.MuxAssetList:
			for i := range l.Items {
				fmt.Fprintln(&all, l.Items[i].Name, l.Items[i].ResourceVersion)
			}
		case *video.MuxEnvironmentList:
			for i := range l.Items {
				fmt.Fprintln(&all, l.Items[i].Name, l.Items[i].ResourceVersion)
			}
		}
	}
	return all.String()
}
