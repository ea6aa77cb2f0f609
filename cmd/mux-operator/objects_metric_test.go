// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestObjectsMetric counts what there is as it comes, changes and goes, and says nothing before all is counted.
func TestObjectsMetric(t *testing.T) {
	ready := []metav1.Condition{{Type: video.ConditionReady, Reason: video.ReasonReady, Status: metav1.ConditionTrue}}
	named := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: "a", Name: name} }
	stream := &video.MuxLiveStream{ObjectMeta: named("one")}
	stream.Status.State = "idle"
	synced := false
	c := newObjectsCollector()
	c.told = []toolscache.InformerSynced{func() bool { return synced }}
	for _, name := range []string{"one", "two", "three"} {
		c.change(nil, &video.MuxAsset{ObjectMeta: named(name)})
	}
	c.change(nil, stream)
	if n := testutil.CollectAndCount(c); n != 0 {
		t.Errorf("%d series before all is counted", n)
	}
	synced = true
	for _, name := range []string{"one", "two"} {
		is := &video.MuxAsset{ObjectMeta: named(name)}
		is.Status.State, is.Status.Conditions = "ready", ready
		c.change(&video.MuxAsset{ObjectMeta: named(name)}, is)
	}
	const head = "# HELP mux_operator_objects Objects by kind, state at Mux (empty while unknown), and the reason of their condition Ready.\n# TYPE mux_operator_objects gauge\n"
	const readyAssets = `mux_operator_objects{kind="MuxAsset",reason="Ready",state="ready"} 2` + "\n"
	const others = `mux_operator_objects{kind="MuxAsset",reason="",state=""} 1
mux_operator_objects{kind="MuxLiveStream",reason="",state="idle"} 1
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(head+readyAssets+others)); err != nil {
		t.Error(err)
	}
	c.change(&video.MuxAsset{ObjectMeta: named("three")}, nil)
	c.change(stream, nil)
	if err := testutil.CollectAndCompare(c, strings.NewReader(head+readyAssets)); err != nil {
		t.Error(err)
	}
}
