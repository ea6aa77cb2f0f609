// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// stage is a follower of one kind over an API server in memory and a simulated Mux, for what takes a clock that the test moves or
// an API server that fails. The real API server is used where its behaviour matters, in cmd/mux-operator.
type stage struct {
	*testing.T
	client.Client
	sim   *muxsim.Server
	clock *muxsim.ManualClock
	f     *follower
	env   *video.MuxEnvironment
	// refuse is asked before each write of a Secret; nil refuses none.
	refuse func(verb string) error
}

func newStage(t *testing.T, k kind) *stage {
	t.Helper()
	s := &stage{T: t, clock: muxsim.NewManualClock(time.Now())}
	s.sim = muxsim.New(muxsim.Options{Clock: s.clock, Environments: []muxsim.Environment{{ID: muxsim.DefaultEnvironmentID, Tokens: []muxsim.Token{
		{ID: muxsim.DefaultTokenID, Secret: muxsim.DefaultTokenSecret}, {ID: "dashboard", Secret: "dashboard"},
	}}}})
	if err := s.sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sim.Close)
	s.env = &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "default", UID: "env"}}
	s.env.Spec.APIURL, s.env.Spec.CredentialsSecretRef = s.sim.URL(), &video.CredentialsSecretReference{Name: "mux"}
	s.env.Status.EnvironmentID = muxsim.DefaultEnvironmentID
	s.env.Status.Conditions = []metav1.Condition{{Type: video.ConditionReady, Status: metav1.ConditionTrue}}
	credentials := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mux"}, Data: map[string][]byte{
		video.DefaultTokenIDKey: []byte(muxsim.DefaultTokenID), video.DefaultTokenSecretKey: []byte(muxsim.DefaultTokenSecret),
	}}
	s.Client = s.store(s.env, credentials, crdOf("muxassets"), crdOf("muxlivestreams"), crdOf("muxuploads"))
	options := Options{
		Committer: &commit.Committer{Client: s.Client, Live: s.Client},
		Secrets:   &environment.Secrets{Metadata: s.Client, Live: s.Client},
		Clock:     s.clock.Now,
		// A budget is refilled in real time, which the clock of the test has nothing to do with.
		Budgets: &mux.Budgets{Limits: mux.Limits{CreateRate: 1000, CreateBurst: 1000, OtherRate: 1000, OtherBurst: 1000}},
	}
	options.complete()
	all := &clients{options: options}
	all.remember(s.env, mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret},
		&mux.Identity{EnvironmentID: muxsim.DefaultEnvironmentID, Permissions: permissions})
	s.f = &follower{kind: k, client: s.Client, options: options, clients: all, rejected: func(*video.MuxEnvironment) {}, throttled: func(*video.MuxEnvironment) {}}
	return s
}

// crdOf is the CustomResourceDefinition of a kind, as far as anybody looks at it.
func crdOf(plural string) *unstructured.Unstructured {
	crd := &unstructured.Unstructured{}
	crd.SetAPIVersion("apiextensions.k8s.io/v1")
	crd.SetKind("CustomResourceDefinition")
	crd.SetName(plural + "." + video.GroupVersion.Group)
	return crd
}

// store is the API server in memory, with the indexes of the cache.
func (s *stage) store(objects ...client.Object) client.Client {
	scheme := runtime.NewScheme()
	if err := errors.Join(video.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		s.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).
		WithStatusSubresource(&video.MuxAsset{}, &video.MuxUpload{}, &video.MuxLiveStream{}, &video.MuxEnvironment{}).
		WithIndex(&corev1.Secret{}, fieldSecretOwner, ownerOfSecret)
	indexer := indexerFunc(func(_ context.Context, object client.Object, field string, extract client.IndexerFunc) error {
		builder.WithIndex(object, field, extract)
		return nil
	})
	if err := commit.RegisterIndexes(s.Context(), indexer); err != nil {
		s.Fatal(err)
	}
	refused := func(object client.Object, verb string) error {
		if _, ok := object.(*corev1.Secret); ok && s.refuse != nil {
			return s.refuse(verb)
		}
		return nil
	}
	return interceptor.NewClient(builder.Build(), interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, object client.Object, o ...client.CreateOption) error {
			return orElse(refused(object, "create"), func() error { return c.Create(ctx, object, o...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, object client.Object, patch client.Patch, o ...client.PatchOption) error {
			return orElse(refused(object, "patch"), func() error { return c.Patch(ctx, object, patch, o...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, object client.Object, o ...client.DeleteOption) error {
			return orElse(refused(object, "delete"), func() error { return c.Delete(ctx, object, o...) })
		},
	})
}

func orElse(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

type indexerFunc func(context.Context, client.Object, string, client.IndexerFunc) error

func (f indexerFunc) IndexField(ctx context.Context, object client.Object, field string, extract client.IndexerFunc) error {
	return f(ctx, object, field, extract)
}

// create adds an object.
func (s *stage) create(object client.Object) {
	s.Helper()
	if err := s.Create(s.Context(), object); err != nil {
		s.Fatal(err)
	}
}

// read reads an object again.
func (s *stage) read(object client.Object) error {
	return s.Get(s.Context(), client.ObjectKeyFromObject(object), object)
}

// reconcile looks at an object once, reads it again, and returns when it wants to be looked at next.
func (s *stage) reconcile(object client.Object) time.Duration {
	s.Helper()
	result, err := s.f.Reconcile(s.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(object)})
	if err != nil {
		s.Fatal(err)
	}
	if err := client.IgnoreNotFound(s.read(object)); err != nil {
		s.Fatal(err)
	}
	return result.RequeueAfter
}

// reason of a condition, with its status; "" where there is none.
func reasonOf(o commit.Followed, kind string) string {
	c := meta.FindStatusCondition(o.GetConditions(), kind)
	if c == nil {
		return ""
	}
	return string(c.Status) + " " + c.Reason
}

// calls counts the simulator's requests by "METHOD route" and forgets them.
func (s *stage) calls() map[string]int {
	counts := map[string]int{}
	for _, request := range s.sim.Requests() {
		counts[request.Method+" "+request.Route]++
	}
	s.sim.ResetRequests()
	return counts
}
