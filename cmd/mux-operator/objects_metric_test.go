// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestObjectsMetric counts what there is, and says nothing of a kind that cannot be listed.
func TestObjectsMetric(t *testing.T) {
	ready := []metav1.Condition{{Type: video.ConditionReady, Reason: video.ReasonReady, Status: metav1.ConditionTrue}}
	named := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: "a", Name: name} }
	one, two, three := &video.MuxAsset{ObjectMeta: named("one")}, &video.MuxAsset{ObjectMeta: named("two")}, &video.MuxAsset{ObjectMeta: named("three")}
	for _, asset := range []*video.MuxAsset{one, two} {
		asset.Status.State, asset.Status.Conditions = "ready", ready
	}
	stream := &video.MuxLiveStream{ObjectMeta: named("one")}
	stream.Status.State = "idle"
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(one, two, three, stream).Build()
	const head = "# HELP mux_operator_objects Objects by kind, state at Mux (empty while unknown), and the reason of their condition Ready.\n# TYPE mux_operator_objects gauge\n"
	assets := `mux_operator_objects{kind="MuxAsset",reason="",state=""} 1
mux_operator_objects{kind="MuxAsset",reason="Ready",state="ready"} 2
`
	streams := `mux_operator_objects{kind="MuxLiveStream",reason="",state="idle"} 1
`
	if err := testutil.CollectAndCompare(newObjectsCollector(c), strings.NewReader(head+assets+streams)); err != nil {
		t.Error(err)
	}
	unsynced := interceptor.NewClient(c, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, o ...client.ListOption) error {
			if _, ok := list.(*video.MuxAssetList); ok {
				return errors.New("the cache has not synced")
			}
			return c.List(ctx, list, o...)
		},
	})
	if err := testutil.CollectAndCompare(newObjectsCollector(unsynced), strings.NewReader(head+streams)); err != nil {
		t.Error(err)
	}
}
