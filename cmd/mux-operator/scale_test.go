// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// scale is how many assets there are in the cluster.
var scale = flag.Int("scale", 200, "assets of TestScale")

// The environment with others' beside a few of ours has ten times as many assets as scale, but so many at least that reading ours one
// by one takes fewer calls than reading pages.
const (
	mostOurs = 50
	leastAll = 10_000
)

// TestScale restarts the operator with many assets in place, sweeps them, and changes some while that goes on. Of another
// environment few assets are ours, among many. `make scale` does that with ten thousand.
func TestScale(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{Environments: []muxsim.Environment{
		{ID: muxsim.DefaultEnvironmentID, Tokens: []muxsim.Token{{ID: muxsim.DefaultTokenID, Secret: muxsim.DefaultTokenSecret}}},
		scaleToken("many"), scaleToken("among"),
	}})
	many, among := s.scaleEnvironment("many"), s.scaleEnvironment("among")
	s.seeds("many", *scale, *scale)
	all, ours := max(*scale*10, leastAll), min(*scale/10, mostOurs)
	s.seeds("among", all, ours)
	count := *scale + ours

	program := build(t)
	first, _ := s.runs(program) // it mends what the seed has not written as an operator would
	first.looked(count, 5*time.Minute)
	s.condition(many, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.condition(among, soon, video.ConditionReady, metav1.ConditionTrue, "")
	first.stop()

	versions := s.versions()
	s.sim.ResetRequests()
	p, ready := s.runs(program)
	looked := p.looked(count, 5*time.Minute)
	for call, n := range s.calls() {
		if call != "GET /system/v1/whoami" || n > 3 {
			t.Errorf("the restart made %d × %s, want nothing but one whoami for each environment", n, call)
		}
	}
	if changed := s.versions(); changed != versions {
		t.Error("the restart wrote to the cluster")
	}
	t.Logf("restart with %d assets: ready for webhooks after %s, all looked at %s later, no POST, no read; %s", count,
		ready.Round(10*time.Millisecond), looked.Round(10*time.Millisecond), p.memory())

	lists, gets, took, latencies := s.sweepsWhileChanging(many)
	if pages := (*scale + 99) / 100; lists < pages || lists > pages+1 || gets != 0 {
		t.Errorf("the sweep of %d assets made %d LIST calls and %d GETs, want %d and none", *scale, lists, gets, pages)
	}
	half, most := quantile(latencies, 0.5), quantile(latencies, 0.99)
	alone := *scale >= 1000 // with fewer, other tests run beside this one and may hold up a single change
	if len(latencies) == 0 || half > time.Second || (alone && most > time.Second) {
		t.Errorf("%d changes were sent, after p50 %s, p99 %s", len(latencies), half, most)
	}
	t.Logf("a sweep of all %d: %d LIST calls, %d GETs, %s; meanwhile %d changes of an asset were sent after p50 %s, p99 %s; %s", *scale, lists, gets,
		took.Round(100*time.Millisecond), len(latencies), half.Round(time.Millisecond), most.Round(time.Millisecond), p.memory())

	s.sim.ResetRequests()
	took = s.sweep(among)
	lists, gets = s.calls()[listAsset], s.calls()[getAsset]
	if lists != 1 || gets != ours {
		t.Errorf("the sweep of %d assets among %d made %d LIST calls and %d GETs, want one page to see that GETs are fewer", ours, all, lists, gets)
	}
	t.Logf("a sweep of %d of ours among %d: %d LIST calls, %d GETs, %s; %s", ours, all, lists, gets, took.Round(100*time.Millisecond), p.memory())
}

// seeds puts assets into an environment at Mux, a minute apart, and some of them, spread evenly, into the cluster.
func (s *stage) seeds(environment string, atMux, ours int) {
	s.Helper()
	began := time.Now()
	ids, err := s.sim.SeedAssets(environment, atMux, time.Now().Add(-48*time.Hour), time.Minute)
	if err != nil {
		s.Fatal(err)
	}
	var own []string
	for i := range ours {
		own = append(own, ids[i*atMux/ours])
	}
	s.applies(environment, own)
	s.Logf("%d assets are at Mux in the environment %s, %d of them in the cluster, after %s", atMux, environment, ours, time.Since(began).Round(100*time.Millisecond))
}

// versions are those of all assets in one text.
func (s *stage) versions() string {
	s.Helper()
	var list video.MuxAssetList
	if err := s.List(s.ctx, &list, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	var all strings.Builder
	for i := range list.Items {
		all.WriteString(list.Items[i].ResourceVersion + " ")
	}
	return all.String()
}

// startSweep makes a sweep due that reads settled objects as well.
func (s *stage) startSweep(env *video.MuxEnvironment) {
	s.Helper()
	if err := s.get(env); err != nil {
		s.Fatal(err)
	}
	base := env.DeepCopy()
	long := metav1.NewTime(time.Now().Add(-48 * time.Hour))
	env.Status.LastSweepTime, env.Status.LastSettledSweepTime = &long, &long
	if err := s.Status().Patch(s.ctx, env, client.MergeFrom(base)); err != nil {
		s.Fatal(err)
	}
	patch(s, env, func(env *video.MuxEnvironment) { env.Spec.Resync.Interval.Duration += time.Minute })
}

// swept says whether the sweep that was started is over.
func (s *stage) swept(env *video.MuxEnvironment) error {
	if err := s.get(env); err != nil {
		return err
	}
	if at := env.Status.LastSettledSweepTime; at == nil || time.Since(at.Time) > time.Hour {
		return fmt.Errorf("the last one was at %s", at)
	}
	return nil
}

func (s *stage) sweep(env *video.MuxEnvironment) time.Duration {
	s.Helper()
	s.startSweep(env)
	return within(s, 5*time.Minute, "the environment is swept", func() error { return s.swept(env) })
}

// sweepsWhileChanging sweeps an environment and changes one asset after the other meanwhile. It returns the reads of the sweep and how
// long each change took to reach Mux.
func (s *stage) sweepsWhileChanging(env *video.MuxEnvironment) (lists, gets int, took time.Duration, latencies []time.Duration) {
	s.Helper()
	s.sim.ResetRequests()
	s.startSweep(env)
	began := time.Now()
	for i := 0; time.Since(began) < 5*time.Minute; i++ {
		latencies = append(latencies, s.changeSent(fmt.Sprintf("%s-%05d", env.Name, i*97%*scale), fmt.Sprintf("Title %d", i)))
		if s.swept(env) == nil {
			calls := s.calls()
			return calls[listAsset], calls[getAsset], time.Since(began), latencies
		}
		time.Sleep(300 * time.Millisecond) // Mux takes five requests a second that are not creates, and the sweep shall go on
	}
	s.Fatal("the sweep does not end")
	return 0, 0, 0, nil
}

// changeSent changes the title of an asset and returns how long it took to reach Mux, the write to the API server included.
func (s *stage) changeSent(name, title string) time.Duration {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	if err := s.get(asset); err != nil {
		s.Fatal(err)
	}
	began := time.Now()
	patch(s, asset, func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{Title: &title} })
	path, took := "/video/v1/assets/"+asset.Status.ID, time.Duration(0)
	within(s, 20*time.Second, name+" is changed at Mux", func() error {
		for _, request := range s.sim.Requests() {
			if request.Method == "PATCH" && request.Path == path && request.Time.After(began) {
				took = request.Time.Sub(began)
				return nil
			}
		}
		return fmt.Errorf("Mux has not been told")
	})
	return took
}

// quantile is the least value that is no less than a share of all; 0 of none.
func quantile(values []time.Duration, share float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
