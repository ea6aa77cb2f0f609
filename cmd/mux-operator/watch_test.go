// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// watched is what kubectl get --watch printed, of several kinds in the order in which it came.
type watched struct {
	mu    sync.Mutex
	lines []string
}

// watches starts kubectl get -o wide --watch for a kind; kubectl watches one kind at a time.
func (s *stage) watches(w *watched, kind string) {
	s.Helper()
	kubeconfig := filepath.Join(s.TempDir(), "kubeconfig")
	if err := plane.Kubeconfig(kubeconfig); err != nil {
		s.Fatal(err)
	}
	command := exec.CommandContext(s.ctx, plane.Kubectl(), "--kubeconfig", kubeconfig, "-n", s.namespace, "get", kind, "-o", "wide", "--watch")
	out, err := command.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for in := bufio.NewScanner(out); in.Scan(); {
			w.mu.Lock()
			w.lines = append(w.lines, in.Text())
			w.mu.Unlock()
		}
	}()
	s.Cleanup(func() {
		_ = command.Process.Kill() // it watches for ever
		<-done
		_ = command.Wait()
	})
}

// sequence is what a pattern's groups took from the lines, one after the other without repetitions.
func (w *watched) sequence(pattern *regexp.Regexp) (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.lines {
		if groups := pattern.FindStringSubmatch(line); groups != nil {
			all = append(all, strings.Join(groups[1:], " "))
		}
	}
	return slices.Compact(all)
}

// ends waits for a sequence to end so.
func (w *watched) ends(s *stage, pattern *regexp.Regexp, want string) {
	s.Helper()
	within(s, soon, "kubectl shows "+want, func() error {
		if all := w.sequence(pattern); len(all) == 0 || all[len(all)-1] != want {
			return fmt.Errorf("it has shown %q", all)
		}
		return nil
	})
}

// The rows of live streams by STATE, CONNECTED and RECORDING; those of assets by PLAYABLE and FINALIZED, which follow AGE.
var (
	streamRow = regexp.MustCompile(`^studio +True +(idle|active) +(True|False) +(True|False) `)
	assetRow  = regexp.MustCompile(`^studio-.* \d+s +(True|False) +(True|False) `)
)

// TestWatchBroadcast looks at a whole broadcast as people do.
func TestWatchBroadcast(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	stream := s.stream("studio")
	// The stages have to be apart: what comes together is written together.
	if _, err := s.dashboard().UpdateLiveStream(s.ctx, stream.Status.ID, mux.UpdateLiveStreamRequest{ReconnectWindow: new(3.0)}); err != nil {
		t.Fatal(err)
	}
	patch(s, stream, func(l *video.MuxLiveStream) { l.Spec.Recordings = &video.RecordingsSpec{} })
	s.condition(stream, soon, video.ConditionConnected, metav1.ConditionFalse, video.ReasonNotConnected)
	w := &watched{}
	s.watches(w, "muxlivestreams")
	s.watches(w, "muxassets")
	w.ends(s, streamRow, "idle False False")
	time.Sleep(time.Second) // the other watch has nothing to show yet
	if err := s.sim.ConnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	recording := s.made(video.OriginRecording, "studio")
	s.condition(recording, soon, video.ConditionPlayable, metav1.ConditionTrue, "")
	if err := s.sim.DisconnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	w.ends(s, streamRow, "idle False False")
	w.ends(s, assetRow, "True True")
	wantStream := []string{"idle False False", "idle True False", "idle True True", "active True True", "active False False", "idle False False"}
	if got := w.sequence(streamRow); !slices.Equal(got, wantStream) {
		t.Errorf("the live stream went through %q, not %q", got, wantStream)
	}
	if got, want := w.sequence(assetRow), []string{"False False", "True False", "True True"}; !slices.Equal(got, want) {
		t.Errorf("the recording was playable and finalized as in %q, not %q", got, want)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t.Logf("kubectl get --watch printed\n%s", strings.Join(w.lines, "\n"))
}
