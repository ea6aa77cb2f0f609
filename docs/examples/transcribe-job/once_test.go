// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// restarts of the controller in TestOnce.
const restarts = 10

// TestOnce kills the controller ten times, each time as soon as the Job of a new video is there, which is often before it has
// remembered it. It runs as a process, with the rights of deploy.yaml. Jobs are counted by a watch from the beginning, so that one
// that was made and deleted again counts as well.
func TestOnce(t *testing.T) {
	s := newStage(t, "once")
	jobs := s.countJobs()
	names := map[string]bool{}
	remembered := 0
	for round := range restarts {
		controller := s.start()
		asset := s.playable(fmt.Sprintf("video-%d", round))
		within(t, "the Job of "+asset.Name, func() bool { return jobs.made(jobName(asset)) > 0 })
		controller.kill()
		s.get(asset)
		if asset.Annotations[startedAnnotation] != "" {
			remembered++
		}
		names[jobName(asset)] = true
	}
	t.Logf("killed %d times, %d of them before the Job was remembered", restarts, restarts-remembered)

	controller := s.start()
	for round := range restarts {
		asset := s.asset(fmt.Sprintf("video-%d", round))
		within(t, asset.Name+" is remembered", func() bool { s.get(asset); return asset.Annotations[startedAnnotation] == jobName(asset) })
	}
	controller.kill()

	// Jobs go after a day. The controller that comes then looks at everything there is, and at a new video last.
	if err := s.DeleteAllOf(t.Context(), &batchv1.Job{}, client.InNamespace(s.namespace), client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		t.Fatal(err)
	}
	s.start()
	last := s.playable("last")
	within(t, "the Job of the last video", func() bool { return jobs.made(jobName(last)) > 0 })
	names[jobName(last)] = true
	within(t, "the last video is remembered", func() bool { s.get(last); return last.Annotations[startedAnnotation] != "" })

	total := 0
	for name := range names {
		total += jobs.made(name)
		if made := jobs.made(name); made != 1 {
			t.Errorf("%d Jobs were made of the name %s", made, name)
		}
	}
	if all := jobs.all(); all != len(names) || total != all {
		t.Errorf("%d Jobs were made for %d videos", all, len(names))
	}
	t.Logf("%d videos, %d starts of the controller, %d Jobs", len(names), restarts+2, jobs.all())
}

// TestCrash stops between the two steps: the next look makes no second Job and remembers the first.
func TestCrash(t *testing.T) {
	s := newStage(t, "crash")
	jobs := s.countJobs()
	asset := s.playable("video")
	crash := errors.New("killed")
	dying := &reconciler{image: "i", Client: interceptor.NewClient(s, interceptor.Funcs{
		Apply: func(context.Context, client.WithWatch, runtime.ApplyConfiguration, ...client.ApplyOption) error {
			return crash
		},
	})}
	request := ctrl.Request{NamespacedName: client.ObjectKeyFromObject(asset)}
	if _, err := dying.Reconcile(t.Context(), request); !errors.Is(err, crash) {
		t.Fatalf("the first look ended with %v", err)
	}
	next := &reconciler{image: "another", Client: s}
	for range 2 {
		if _, err := next.Reconcile(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	s.get(asset)
	if asset.Annotations[startedAnnotation] != jobName(asset) {
		t.Errorf("the annotations are %v", asset.Annotations)
	}
	within(t, "the Job", func() bool { return jobs.made(jobName(asset)) == 1 })
	if jobs.all() != 1 {
		t.Errorf("%d Jobs were made", jobs.all())
	}
}

// TestNotDue : nothing is started for what cannot be played, is done, or goes, and what is gone is not made again.
func TestNotDue(t *testing.T) {
	s := newStage(t, "not-due")
	playable := []metav1.Condition{{Type: video.ConditionPlayable, Status: metav1.ConditionTrue}}
	now := metav1.Now()
	for name, asset := range map[string]*video.MuxAsset{
		"not playable":  {},
		"done":          {ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{startedAnnotation: "x"}}, Status: conditions(playable)},
		"being deleted": {ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &now}, Status: conditions(playable)},
	} {
		if due(asset) {
			t.Errorf("%s: a Job is due", name)
		}
	}
	if due(&batchv1.Job{}) {
		t.Error("a Job is due for a Job")
	}
	r := &reconciler{Client: s}
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: s.namespace, Name: "none"}}); err != nil {
		t.Errorf("for a MuxAsset that is gone: %v", err)
	}
	asset := s.playable("going")
	if err := s.Delete(t.Context(), asset); err != nil {
		t.Fatal(err)
	}
	if err := r.remember(t.Context(), asset, "x"); err == nil {
		t.Error("a MuxAsset that is gone was remembered")
	}
	if err := s.Get(t.Context(), client.ObjectKeyFromObject(asset), asset); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("the MuxAsset is there again: %v", err)
	}
}

// TestJob : the Job belongs to the MuxAsset and knows where the video is.
func TestJob(t *testing.T) {
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Name: "intro", Namespace: "n", UID: "u"}}
	asset.Status.ID = "Id"
	asset.Status.PlaybackIDs = []video.PlaybackIDStatus{{ID: "play", Policy: "public"}}
	scheme, err := newScheme()
	if err != nil {
		t.Fatal(err)
	}
	job, err := newJob(asset, "image", scheme)
	if err != nil {
		t.Fatal(err)
	}
	if owner := metav1.GetControllerOf(job); owner == nil || owner.UID != asset.UID || *owner.BlockOwnerDeletion {
		t.Errorf("the Job belongs to %+v", owner)
	}
	env := map[string]string{}
	for _, variable := range job.Spec.Template.Spec.Containers[0].Env {
		env[variable.Name] = variable.Value
	}
	if env["MUX_ASSET"] != "intro" || env["MUX_ASSET_ID"] != "Id" || env["PLAYBACK_URL"] != "https://stream.mux.com/play.m3u8" {
		t.Errorf("the Job is told %v", env)
	}
	other := asset.DeepCopy()
	other.Status.ID = "iD"
	if jobName(asset) == jobName(other) {
		t.Error("ids that differ in their letters' case have one name")
	}
}

func conditions(all []metav1.Condition) (status video.MuxAssetStatus) {
	status.Conditions = all
	return status
}

// count counts the Jobs that were made, by name.
type count struct {
	mu   sync.Mutex
	jobs map[string]map[string]bool // UIDs by name
}

func (c *count) made(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.jobs[name])
}

func (c *count) all() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, uids := range c.jobs {
		n += len(uids)
	}
	return n
}

// countJobs counts the Jobs of the namespace from now on.
func (s *stage) countJobs() *count {
	s.t.Helper()
	watching, err := s.Watch(s.t.Context(), &batchv1.JobList{}, client.InNamespace(s.namespace))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(watching.Stop)
	c := &count{jobs: map[string]map[string]bool{}}
	go func() {
		for event := range watching.ResultChan() {
			if job, ok := event.Object.(*batchv1.Job); ok && event.Type == watch.Added {
				c.mu.Lock()
				if c.jobs[job.Name] == nil {
					c.jobs[job.Name] = map[string]bool{}
				}
				c.jobs[job.Name][string(job.UID)] = true
				c.mu.Unlock()
			}
		}
	}()
	return c
}

// process is a running controller.
type process struct {
	t       *testing.T
	command *exec.Cmd
	killed  bool
}

// start runs the controller as a process of its own, with the rights of deploy.yaml.
func (s *stage) start() *process {
	s.t.Helper()
	command := exec.Command(os.Args[0], "--kubeconfig", kubeconfig, "--metrics-bind-address", "0")
	command.Env = append(os.Environ(), asController+"=1")
	log, err := os.OpenFile(filepath.Join(s.t.ArtifactDir(), "controller.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	p := &process{t: s.t, command: command}
	s.t.Cleanup(p.kill)
	return p
}

// kill ends the process without giving it time for anything.
func (p *process) kill() {
	if p.killed {
		return
	}
	p.killed = true
	if err := p.command.Process.Kill(); err != nil {
		p.t.Errorf("the controller has ended by itself: %v", err)
	}
	_ = p.command.Wait() // it says that it was killed
}

// within polls until check is true.
func within(t *testing.T, what string, check func() bool) {
	t.Helper()
	const limit = 30 * time.Second
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !check(); <-tick.C {
		if time.Since(began) > limit {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}
