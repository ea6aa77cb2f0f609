// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8sruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// informer prints the heap of a process that has only an informer over the same types, without managedFields and indexes,
// after two collections: the baseline of the operator's.
func informer(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	scheme := k8sruntime.NewScheme()
	if err := video.AddToScheme(scheme); err != nil {
		return err
	}
	objects, err := cache.New(config, cache.Options{
		Scheme: scheme, DefaultTransform: cache.TransformStripManagedFields(), DefaultNamespaces: map[string]cache.Config{ours: {}},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = objects.Start(ctx) }()
	for _, kind := range []client.Object{&video.MuxAsset{}, &video.MuxLiveStream{}, &video.MuxUpload{}, &video.MuxEnvironment{}} {
		if _, err := objects.GetInformer(ctx, kind); err != nil {
			return err
		}
	}
	if !objects.WaitForCacheSync(ctx) {
		return errors.New("the cache does not sync")
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(m.HeapAlloc)
	return nil
}

// informerHeap runs informer in a process of its own.
func (s *stage) informerHeap() (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	var output bytes.Buffer
	command := exec.CommandContext(s.ctx, self, "informer", s.kubeconfig())
	command.Stdout, command.Stderr = &output, os.Stderr
	if err := command.Run(); err != nil {
		return 0, fmt.Errorf("the informer's process: %w", err)
	}
	return strconv.ParseFloat(strings.TrimSpace(output.String()), 64)
}

// heap is what the operator holds after two collections, in bytes.
func (o *operator) heap() (float64, error) {
	for range 2 {
		if _, err := get("http://" + o.pprof + "/debug/pprof/heap?gc=1"); err != nil {
			return 0, err
		}
	}
	return o.metric("go_memstats_heap_alloc_bytes ")
}

// metric is the sum of the operator's samples that begin so.
func (o *operator) metric(beginning string, parts ...string) (float64, error) {
	page, err := get("http://" + o.metrics + "/metrics")
	return sum(page, beginning, parts...), err
}

func get(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// heaps compares the operator's heap with an informer's, and tells how soon after its start it answers 2xx.
func heaps(s *stage) error {
	l, err := newLife()
	if err != nil {
		return err
	}
	rows := [][]string{{"assets + live streams", "informer", "operator", "ratio", "peak memory", "first 2xx after start"}}
	sizes := []int{100, 1000, 10000, 50000}
	if s.short {
		sizes = []int{100}
	}
	for _, n := range sizes {
		if n > 10000 {
			s.memory = largeMemory
		}
		row, err := s.heapOf(l, n)
		if err != nil {
			s.table("Heap after two collections, and start, as far as it came", rows...)
			return fmt.Errorf("%d assets: %w", n, err)
		}
		rows = append(rows, row)
	}
	s.table("Heap after two collections, and start", rows...)
	return nil
}

// heapOf has so many assets, with the status of a ready one, and a tenth as many live streams.
func (s *stage) heapOf(l *life, n int) ([]string, error) {
	if err := s.populate(l, n); err != nil {
		return nil, err
	}
	o, err := s.operatorAt()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	to := newSender(1, o.path())
	defer to.close()
	body := l.of(0, l.ready)
	if err := s.within(time.Minute, func() error { return to.once(body) }); err != nil {
		return nil, err
	}
	first := time.Since(began)
	if err := s.settled(); err != nil {
		return nil, err
	}
	operators, err := o.heap()
	if err != nil {
		return nil, err
	}
	informers, err := s.informerHeap()
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("%d + %d", n, n/10), mib(informers), mib(operators), fmt.Sprintf("%.2f", operators/informers), mib(o.peak()), first.Round(10 * time.Millisecond).String()}, o.kill()
}

func mib(bytes float64) string { return fmt.Sprintf("%.1f MiB", bytes/(1<<20)) }

// populate adds objects until there are so many, each with a whole status.
func (s *stage) populate(l *life, n int) error {
	if s.whole == nil {
		if err := s.learnWhole(l); err != nil {
			return err
		}
	}
	assets, err := s.assets(l, ours, max(n-s.made, 0))
	if err != nil {
		return err
	}
	if _, err := parallel(len(assets), 16, func(i int) error { return s.whole.set(s, assets[i]) }); err != nil {
		return err
	}
	streams := max(n/10-s.streams, 0)
	_, err = parallel(streams, 16, func(i int) error {
		return s.client.Create(s.ctx, &video.MuxLiveStream{
			ObjectMeta: metav1.ObjectMeta{Namespace: ours, Name: fmt.Sprintf("stream-%06d", s.streams+i)},
			Spec: video.MuxLiveStreamSpec{FollowedSpec: video.FollowedSpec{
				EnvironmentRef: video.EnvironmentReference{Name: "default"}, ManagementPolicy: video.ManagementPolicyObserve,
				Import: &video.ImportSpec{ID: fmt.Sprintf("stream%018d", s.streams+i)},
			}},
		})
	})
	s.streams += streams
	return err
}

// learnWhole learns the status of an asset after all events of its life.
func (s *stage) learnWhole(l *life) error {
	o, err := s.startOperator()
	if err != nil {
		return err
	}
	to := newSender(1, o.path())
	defer to.close()
	assets, err := s.assets(l, ours, 1)
	if err == nil {
		err = s.settled()
	}
	if err != nil {
		return err
	}
	before := &video.MuxAsset{} // so that the patch has also what the leader writes
	for event := range perLife {
		if err := to.must(l.of(number(assets[0]), event), 0); err != nil {
			return err
		}
	}
	if err := s.read(assets); err != nil {
		return err
	}
	s.whole, err = patchBetween(before, assets[0])
	return errors.Join(err, o.kill())
}
