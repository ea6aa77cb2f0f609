// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// process is an operator that runs as one of its own, as it is installed.
type process struct {
	*stage
	command *exec.Cmd
	metrics string // URL
	ready   string // URL
	// receiver is the address of webhooks.
	receiver string
}

// build builds the operator, with more flags of go build, and returns the program.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "mux-operator")
	arguments := append(append([]string{"build", "-o", program}, flags...), ".")
	if output, err := exec.CommandContext(t.Context(), "go", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return program
}

// runs starts the program, with more flags, and returns how long it took until it was ready for webhooks.
func (s *stage) runs(program string, flags ...string) (*process, time.Duration) {
	s.Helper()
	kubeconfig := filepath.Join(s.TempDir(), "kubeconfig")
	if err := s.plane.Kubeconfig(kubeconfig); err != nil {
		s.Fatal(err)
	}
	metrics, probes, receiver := freeAddress(s.T), freeAddress(s.T), freeAddress(s.T)
	command := exec.Command(program, append(flags, "--kubeconfig", kubeconfig, "--namespace", s.namespace, "--metrics-bind-address", metrics,
		"--health-probe-bind-address", probes, "--receiver-bind-address", receiver)...)
	log, err := os.Create(filepath.Join(s.TempDir(), "log"))
	if err != nil {
		s.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	p := &process{stage: s, command: command, metrics: "http://" + metrics + "/metrics", ready: "http://" + probes + "/readyz", receiver: receiver}
	s.Cleanup(func() {
		p.stop()
		if data, err := os.ReadFile(log.Name()); err == nil && s.Failed() {
			s.Logf("the operator's log ends with\n%s", data[max(0, len(data)-4000):])
		}
	})
	took := within(s, time.Minute, "the operator is ready", func() error {
		_, err := fetch(s.ctx, p.ready)
		return err
	})
	return p, took
}

// stop ends the process as a rollout does; repeated, it does nothing.
func (p *process) stop() {
	if p.command.ProcessState != nil {
		return
	}
	_ = p.command.Process.Signal(syscall.SIGTERM) // it may have ended
	_ = p.command.Wait()                          // how it ended is of no interest
}

// freeAddress is one on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	addresses, err := controlplane.FreeAddresses(1)
	if err != nil {
		t.Fatal(err)
	}
	return addresses[0]
}

// fetch reads what a URL has to tell, if it is 200.
func fetch(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s is answered %d", url, response.StatusCode)
	}
	return body, err
}

// metric is the sum of a metric over all series with a label, such as name="muxasset"; "" for all of them.
func (p *process) metric(name, label string) (sum float64) {
	p.Helper()
	body, err := fetch(p.ctx, p.metrics)
	if err != nil {
		p.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		series, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if of, labels, _ := strings.Cut(series, "{"); of != name || !strings.Contains(labels, label) {
			continue
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			p.Fatalf("the metric %s: %v", line, err)
		}
		sum += value
	}
	return sum
}

// memory of the process: what the system counts, now and at most, and what of it is the heap, in MiB. 0 where the system does not tell.
func (p *process) memory() string {
	const mib = 1 << 20
	most := 0.0
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid)) // of Linux alone
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, _ = fmt.Sscan(rest, &most) // kB
		}
	}
	return fmt.Sprintf("resident %.0f MiB, at most %.0f MiB; heap %.0f MiB", p.metric("process_resident_memory_bytes", "")/mib,
		most/1024, p.metric("go_memstats_heap_alloc_bytes", "")/mib)
}

// looked waits until the controller of assets has looked at so many and has nothing left to do.
func (p *process) looked(count int, limit time.Duration) time.Duration {
	p.Helper()
	return within(p, limit, "all assets were looked at", func() error {
		done, left := p.metric("controller_runtime_reconcile_total", `controller="muxasset"`), p.metric("workqueue_depth", `name="muxasset"`)
		if done < float64(count) || left > 0 {
			return fmt.Errorf("%.0f were, %.0f are left", done, left)
		}
		return nil
	})
}

// scaleEnvironment adds a MuxEnvironment for one of the simulator's. It is swept when the test says so.
func (s *stage) scaleEnvironment(name string) *video.MuxEnvironment {
	s.Helper()
	s.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name},
		StringData: map[string]string{"MUX_TOKEN_ID": name, "MUX_TOKEN_SECRET": name, "MUX_WEBHOOK_SECRET": signingSecret},
	})
	env := s.env.DeepCopy()
	env.ObjectMeta = metav1.ObjectMeta{Namespace: s.namespace, Name: name}
	env.Spec.CredentialsSecretRef, env.Spec.Webhook.SigningSecretRefs[0].Name = &video.CredentialsSecretReference{Name: name}, name
	env.Spec.Resync = &video.ResyncSpec{Interval: &metav1.Duration{Duration: time.Hour}}
	s.create(env)
	return env
}

// scaleToken is the simulator's environment of a name, with a token of that name.
func scaleToken(name string) muxsim.Environment {
	return muxsim.Environment{ID: name, Tokens: []muxsim.Token{{ID: name, Secret: name}}}
}

// applies puts a MuxAsset into the cluster for each id, with the status that an operator and the webhooks of long ago have left.
func (s *stage) applies(environment string, ids []string) {
	s.Helper()
	const appliers = 24
	next, failed := make(chan int), make(chan error, appliers)
	var all sync.WaitGroup
	for range appliers {
		all.Go(func() {
			for i := range next {
				if err := s.applyAsset(environment, fmt.Sprintf("%s-%05d", environment, i), ids[i]); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	var err error
	for i := 0; i < len(ids) && err == nil; i++ {
		select {
		case next <- i:
		case err = <-failed:
		}
	}
	close(next)
	all.Wait()
	if err != nil || len(failed) > 0 {
		s.Fatal("apply the assets:", err)
	}
}

func (s *stage) applyAsset(environment, name, id string) error {
	asset, err := s.settled(environment, name, id)
	if err != nil {
		return err
	}
	for _, writer := range []func(context.Context, client.Object, client.Patch) error{
		func(ctx context.Context, o client.Object, p client.Patch) error {
			return s.Patch(ctx, o, p, client.FieldOwner("seed"))
		},
		func(ctx context.Context, o client.Object, p client.Patch) error {
			return s.Status().Patch(ctx, o, p, client.FieldOwner("seed"))
		},
	} {
		data, err := json.Marshal(asset)
		if err != nil {
			return err
		}
		if err := writer(s.ctx, &video.MuxAsset{ObjectMeta: asset.ObjectMeta}, client.RawPatch(types.ApplyPatchType, data)); err != nil {
			return err
		}
	}
	return nil
}

// settled is the MuxAsset of an asset at Mux that was created through it long ago and of which its webhooks have told all.
func (s *stage) settled(environment, name, id string) (*video.MuxAsset, error) {
	body, ok := s.sim.Asset(id)
	if !ok {
		return nil, fmt.Errorf("Mux has no asset %s", id)
	}
	at := time.Now().Add(-24 * time.Hour)
	lifted, ok := projection.LiftAssetEvent(&mux.Event{Type: "video.asset.ready", ID: string(uuid.NewUUID()), CreatedAt: at, Data: body})
	if !ok {
		return nil, fmt.Errorf("the event of %s says nothing", id)
	}
	token, created := string(uuid.NewUUID()), metav1.NewMicroTime(at)
	asset := &video.MuxAsset{
		TypeMeta: metav1.TypeMeta{APIVersion: video.GroupVersion.String(), Kind: "MuxAsset"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.namespace, Name: name, Finalizers: []string{video.Finalizer}, Generation: 1,
			Annotations: map[string]string{
				video.AnnotationID: id, video.AnnotationCreateToken: token, video.AnnotationCreateTime: at.UTC().Format(time.RFC3339Nano),
			},
		},
	}
	asset.Spec.EnvironmentRef.Name = environment
	asset.Spec.Inputs = []video.AssetInput{{URL: "https://example.com/seed.mp4"}}
	asset.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
	status := &asset.Status
	status.ID, status.EnvironmentID, status.ObservedGeneration = id, environment, 1
	status.Creation = &video.CreationStatus{Token: token, StartedAt: created}
	status.Identified = &video.IdentifiedStatus{At: created, Confirmed: true}
	status.Acknowledged = &video.AssetAcknowledged{}
	projection.ReadAsset(status).Join(lifted).Write(status)
	added := metav1.NewTime(at.Truncate(time.Second))
	status.Children = []video.ChildStatus{{Kind: "playback-id", Key: "public", ID: status.PlaybackIDs[0].ID, AddedAt: &added}}
	projection.SetCondition(&status.Conditions, 1, metav1.NewTime(at), video.ConditionSynced, metav1.ConditionTrue, video.ReasonSynced, "the spec has reached Mux")
	projection.SummarizeAsset(asset, metav1.NewTime(at))
	return asset, nil
}
