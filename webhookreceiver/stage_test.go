// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/controlplane"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/projection"
)

var plane *controlplane.ControlPlane

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	os.Exit(controlplane.Main(m, func(c *controlplane.ControlPlane) { plane = c }))
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
}

const environmentID = "abc123"

func newStage(t *testing.T, config *rest.Config) *stage {
	t.Helper()
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
	asset := &video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{FollowedSpec: video.FollowedSpec{
		EnvironmentRef:   video.EnvironmentReference{Name: env},
		ManagementPolicy: video.ManagementPolicyObserve,
		Import:           &video.ImportSpec{ID: id},
	}}}
	s.create(asset)
	return asset
}

// waiting makes one that waits for the outcome of a create with the token.
func (s *stage) waiting(name, env, token string) *video.MuxAsset {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{
		FollowedSpec: video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: env}},
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
		FollowedSpec: video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: env}},
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

// replica is a receiver with a cache of its own.
type replica struct {
	*Receiver
	registry *prometheus.Registry
	stop     func()
}

// replica starts one; edits change its options before.
func (s *stage) replica(edits ...func(*Options)) *replica {
	s.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx))
	strip := cache.TransformStripManagedFields()
	objects, err := cache.New(s.config, cache.Options{Scheme: testScheme(s), DefaultTransform: strip, DefaultNamespaces: map[string]cache.Config{s.namespace: {}}})
	if err != nil {
		s.Fatal(err)
	}
	if err := commit.RegisterIndexes(ctx, objects); err != nil {
		s.Fatal(err)
	}
	cached, err := client.NewWithWatch(s.config, client.Options{Scheme: testScheme(s), Cache: &client.CacheOptions{Reader: objects}})
	if err != nil {
		s.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	options := Options{
		Address:    "127.0.0.1:0",
		Cache:      objects,
		Committer:  &commit.Committer{Client: cached, Live: s.Client},
		Secrets:    &environment.Secrets{Metadata: objects, Live: s.Client},
		Registerer: registry,
	}
	for _, edit := range edits {
		edit(&options)
	}
	receiver, err := New(options)
	if err != nil {
		s.Fatal(err)
	}
	secrets := &metav1.PartialObjectMetadata{}
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	for _, kind := range []client.Object{&video.MuxEnvironment{}, secrets} {
		if _, err := objects.GetInformer(ctx, kind, cache.BlockUntilSynced(false)); err != nil {
			s.Fatal(err)
		}
	}
	done := make(chan error, 2)
	go func() { done <- objects.Start(ctx) }()
	go func() { done <- receiver.Start(ctx) }()
	r := &replica{Receiver: receiver, registry: registry, stop: func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				s.Error(err)
			}
		}
		done <- nil
		done <- nil
	}}
	s.Cleanup(r.stop)
	within(s, 20*time.Second, func() error { return receiver.Ready(nil) })
	return r
}

// beforePatch runs a function before each patch of a status.
func beforePatch(run func()) func(*Options) {
	return func(o *Options) {
		o.Committer.Client = interceptor.NewClient(o.Committer.Client.(client.WithWatch), interceptor.Funcs{
			SubResourcePatch: func(ctx context.Context, c client.Client, sub string, object client.Object, patch client.Patch, more ...client.SubResourcePatchOption) error {
				run()
				return c.SubResource(sub).Patch(ctx, object, patch, more...)
			},
		})
	}
}

// sees waits until the replica's cache has an object in its present version.
func (r *replica) sees(s *stage, object client.Object) {
	s.Helper()
	within(s, 20*time.Second, func() error {
		cached := object.DeepCopyObject().(client.Object)
		if err := r.options.Cache.Get(s.ctx, client.ObjectKeyFromObject(object), cached); err != nil {
			return err
		}
		if cached.GetResourceVersion() != object.GetResourceVersion() {
			return fmt.Errorf("the cache has version %s of %s, not %s", cached.GetResourceVersion(), object.GetName(), object.GetResourceVersion())
		}
		return nil
	})
}

func within(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		err := check()
		if err == nil {
			return
		}
		if time.Since(began) > limit {
			t.Fatal(err)
		}
	}
}

// event is the body of a webhook about an asset.
func event(kind, id string, at time.Time, more string) string {
	data := fmt.Sprintf(`{"id":%q,"status":"ready","duration":1.5%s}`, id, more)
	return envelope(kind, at, data)
}

func envelope(kind string, at time.Time, data string) string {
	return fmt.Sprintf(`{"type":%q,"id":%q,"created_at":%q,"object":{"type":"asset"},"environment":{"name":"Test","id":%q},"data":%s}`,
		kind, fmt.Sprintf("event-%d", at.UnixNano()), at.UTC().Format("2006-01-02T15:04:05.000000Z"), environmentID, data)
}

// send gives a request to the receiver's handler as the server would.
func (r *replica) send(method, path, signature, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if signature != "" {
		request.Header.Set(signatureHeader, signature)
	}
	response := httptest.NewRecorder()
	r.ServeHTTP(response, request)
	return response
}

// post sends a body that is signed now.
func (r *replica) post(s *stage, env, body string) *httptest.ResponseRecorder {
	return r.send(http.MethodPost, "/webhooks/"+s.namespace+"/"+env, header(testSecret, time.Now(), body), body)
}

// deliveries are the counters of answers that are not zero, by status, result and reason.
func (r *replica) deliveries(s *stage) map[string]int {
	s.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		s.Fatal(err)
	}
	counts := map[string]int{}
	for _, f := range families {
		if f.GetName() != "mux_operator_webhook_deliveries_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			counts[strings.TrimSpace(labels["status"]+" "+labels["result"]+" "+labels["reason"])] += int(m.GetCounter().GetValue())
		}
	}
	return counts
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
