// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// twoEnvironments are what a company has: the second must never get what belongs to the first.
var twoEnvironments = []muxsim.Environment{
	{ID: muxsim.DefaultEnvironmentID, Tokens: []muxsim.Token{{ID: muxsim.DefaultTokenID, Secret: muxsim.DefaultTokenSecret}}},
	{ID: "other", Tokens: []muxsim.Token{{ID: "other-id", Secret: "other-secret"}}},
}

// TestWrongEnvironment puts the token of another Mux environment into the Secret while one object is to be deleted and
// another to be made. Nothing may reach the other environment, and its 404 must not release a finalizer.
func TestWrongEnvironment(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, Environments: twoEnvironments})
	s.webhooks(s.operator())
	doomed := s.ready("doomed")
	patch(s, s.secret, func(secret *corev1.Secret) {
		secret.Data["MUX_TOKEN_ID"], secret.Data["MUX_TOKEN_SECRET"] = []byte("other-id"), []byte("other-secret")
	})
	fresh := s.managed("fresh")
	if err := s.Delete(s.ctx, doomed); err != nil {
		t.Fatal(err)
	}
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionFalse, video.ReasonEnvironmentMismatch)
	s.condition(fresh, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonEnvironmentNotReady)
	time.Sleep(2 * time.Second)
	if ids := s.sim.AssetIDs("other"); len(ids) != 0 {
		t.Errorf("the other environment has %v", ids)
	}
	if err := s.get(doomed); err != nil || len(doomed.Finalizers) == 0 {
		t.Errorf("the finalizer was released by the word of another environment: %v", err)
	}
	s.setSecret("MUX_TOKEN_SECRET", muxsim.DefaultTokenSecret)
	s.setSecret("MUX_TOKEN_ID", muxsim.DefaultTokenID)
	s.condition(fresh, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.gone(doomed)
	if _, ok := s.sim.Asset(doomed.Status.ID); ok {
		t.Error("the asset is still at Mux")
	}
}

// TestThrottledEnvironment throttles one environment for an hour while many of its objects wait. Those of another go on.
func TestThrottledEnvironment(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")

	second := muxsim.New(muxsim.Options{ReadyAfter: 100 * time.Millisecond, Environments: twoEnvironments[1:]})
	if err := second.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
	second.SetFaults(muxsim.Faults{Throttle: []muxsim.Rule{{Method: "POST", RetryAfter: time.Hour}}})
	s.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "second"},
		StringData: map[string]string{"MUX_TOKEN_ID": "other-id", "MUX_TOKEN_SECRET": "other-secret", "MUX_WEBHOOK_SECRET": signingSecret},
	})
	busy := s.env.DeepCopy()
	busy.ObjectMeta = metav1.ObjectMeta{Namespace: s.namespace, Name: "busy"}
	busy.Spec.APIURL = second.URL()
	busy.Spec.CredentialsSecretRef.Name, busy.Spec.Webhook.SigningSecretRefs[0].Name = "second", "second"
	s.create(busy)
	s.condition(busy, soon, video.ConditionReady, metav1.ConditionTrue, "")
	var waiting []*video.MuxAsset
	for i := range 20 { // more than there are workers
		waiting = append(waiting, s.managed(fmt.Sprintf("waiting-%02d", i), func(a *video.MuxAsset) { a.Spec.EnvironmentRef.Name = "busy" }))
	}
	for _, asset := range waiting {
		s.condition(asset, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonThrottled)
	}
	c := meta.FindStatusCondition(waiting[0].Status.Conditions, video.ConditionSynced)
	_, text, _ := strings.Cut(c.Message, "until ")
	text, _, _ = strings.Cut(text, ";")
	if until, err := time.Parse(time.RFC3339, text); err != nil || time.Until(until) > time.Hour || time.Until(until) < 50*time.Minute {
		t.Errorf("the message does not say until when: %s", c.Message)
	}
	s.condition(busy, soon, video.ConditionThrottled, metav1.ConditionTrue, video.ReasonThrottled)
	s.ready("free")
	if err := s.Delete(s.ctx, waiting[0]); err != nil { // nothing was made, so nothing is in the way
		t.Fatal(err)
	}
	s.gone(waiting[0])
}

// TestCopy applies a copy of an object under another name, as people do with the output of kubectl get, and deletes it.
func TestCopy(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	original := s.ready("original")
	duplicate := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{
		Namespace: s.namespace, Name: "copy", Annotations: original.Annotations, Finalizers: original.Finalizers,
	}, Spec: original.Spec}
	s.create(duplicate)
	s.condition(duplicate, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonIDConflict)
	s.remove(duplicate)
	if _, ok := s.sim.Asset(original.Status.ID); !ok {
		t.Fatal("deleting the copy deleted the original's video")
	}
	s.condition(original, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.remove(original)
	if _, ok := s.sim.Asset(original.Status.ID); ok {
		t.Error("the asset is still at Mux")
	}
}

// TestPermissionsGiven adds the rights that a token lacks, in Mux's dashboard, where nothing tells the operator of it.
func TestPermissionsGiven(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{})
	s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read")
	s.operator()
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionFalse, video.ReasonPermissionMissing)
	s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read", "video:write")
	patch(s, s.env, func(env *video.MuxEnvironment) { env.Annotations = map[string]string{"look": "again"} }) // sooner than the retry in a minute
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
}

// TestSpecChangedDuringCreate asks for another part while the create is under way: it is not taken for sent.
func TestSpecChangedDuringCreate(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.sim.SetFaults(muxsim.Faults{Slow: []muxsim.Rule{{Method: "POST", Route: "/video/v1/assets", Times: 1, Delay: 2 * time.Second}}})
	asset := s.managed("changed")
	within(s, soon, "the create is under way", func() error {
		if len(s.sim.AssetIDs(muxsim.DefaultEnvironmentID)) == 0 {
			return fmt.Errorf("there is no asset")
		}
		return nil
	})
	title := "late"
	patch(s, asset, func(a *video.MuxAsset) {
		a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
		a.Spec.Meta = &video.AssetMeta{Title: &title}
	})
	// No webhook needs to tell of a playback id, so it is looked for after 10 s.
	s.until(asset, soon, "the title and the playback id", func() error {
		if asset.Status.Meta == nil || asset.Status.Meta.Title != title || len(asset.Status.PlaybackIDs) != 2 {
			return errStatus{&asset.Status}
		}
		return nil
	})
	patch(s, asset, func(a *video.MuxAsset) { a.Annotations[video.AnnotationRequestRefresh] = "1" })
	s.until(asset, soon, "the refresh", func() error {
		if asset.Status.LastHandledRefresh != "1" {
			return errStatus{&asset.Status}
		}
		return nil
	})
}

// TestSecretAfterAsset applies an asset and then, at once, the Secret with its URL, as kubectl apply does with a folder.
func TestSecretAfterAsset(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	for i, pause := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond} {
		name := fmt.Sprintf("from-%d", i)
		asset := s.managed(name, func(a *video.MuxAsset) {
			a.Spec.Inputs = []video.AssetInput{{URLFrom: &video.SecretKeyReference{Name: name, Key: "url"}}}
		})
		time.Sleep(pause)
		s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}, StringData: map[string]string{"url": "https://example.com/secret.mp4"}})
		s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	}
}

// TestStopDuringCreate ends the operator while Mux works on a create. Its outcome is still written down.
func TestStopDuringCreate(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	r := s.operator() // without webhooks: only the answer tells the id
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.sim.SetFaults(muxsim.Faults{Slow: []muxsim.Rule{{Method: "POST", Route: "/video/v1/assets", Times: 1, Delay: 2 * time.Second}}})
	asset := s.managed("stopped")
	within(s, soon, "the create is under way", func() error {
		if len(s.sim.AssetIDs(muxsim.DefaultEnvironmentID)) == 0 {
			return fmt.Errorf("there is no asset")
		}
		return nil
	})
	r.stop()
	if err := s.get(asset); err != nil || asset.Status.ID == "" {
		t.Fatalf("the id is lost: %v %+v", err, asset.Status)
	}
	s.operator()
	s.condition(asset, soon, video.ConditionSynced, metav1.ConditionTrue, "")
	if got := s.calls()[postAsset]; got != 1 {
		t.Errorf("%d creates were sent", got)
	}
}

// TestSweepGoesOn has one object whose id Mux cannot even parse. The sweep reads the others, ends, and counts what it has found.
func TestSweepGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: -1}, func(env *video.MuxEnvironment) {
		env.Spec.Resync = &video.ResyncSpec{Interval: &metav1.Duration{Duration: time.Second}, SettledInterval: &metav1.Duration{Duration: time.Second}}
	})
	registry := prometheus.NewRegistry()
	s.operator(func(_ *rest.Config, o *options) { o.registerer = registry }) // no webhooks: the sweep alone tells
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	asset := s.managed("swept")
	s.condition(asset, soon, video.ConditionSynced, metav1.ConditionTrue, "")
	broken := s.managed("broken")
	s.condition(broken, soon, video.ConditionSynced, metav1.ConditionTrue, "")
	base := broken.DeepCopy()
	broken.Status.ID = "!" // as somebody's script might
	if err := s.Status().Patch(s.ctx, broken, client.MergeFrom(base)); err != nil {
		t.Fatal(err)
	}
	if err := s.sim.SetReady(asset.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if err := s.get(s.env); err != nil {
		t.Fatal(err)
	}
	last := s.env.Status.LastSweepTime
	s.until(s.env, soon, "the next sweep", func() error {
		if at := s.env.Status.LastSweepTime; at == nil || at.Equal(last) {
			return fmt.Errorf("the last sweep was at %v", at)
		}
		return nil
	})
	counts := func(found string) {
		t.Helper()
		within(s, soon, "the sweep counts "+found, func() error {
			if n, _ := measured(t, registry, "mux_operator_sweep_objects_total", "muxasset", found); n < 1 {
				return fmt.Errorf("%v are %s", n, found)
			}
			return nil
		})
	}
	counts("change")
	counts("nothing_new")
	counts("refused")
	s.sim.DeleteAssetAsUser(muxsim.DefaultEnvironmentID, asset.Status.ID)
	counts("gone")
}

// TestOneNamespace runs the operator for one namespace: what is elsewhere does not exist for it, which is said as such.
func TestOneNamespace(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	r := s.operator()
	s.webhooks(r)
	asset := s.managed("elsewhere", func(a *video.MuxAsset) { a.Spec.EnvironmentRef.Namespace = "kube-public" })
	s.condition(asset, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonEnvironmentNotFound)
	s.remove(asset)
	response, err := http.Post(r.url+"/webhooks/kube-public/default", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("a webhook for an environment elsewhere is answered %d", response.StatusCode)
	}
	s.ready("here")
}
