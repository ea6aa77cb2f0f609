// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// TestPlaygroundPage runs the commands of playground.md, one block after the other, with the samples in place. The names are those of
// the quickstart; the simulator's address is the stage's.
func TestPlaygroundPage(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, LiveScale: 0.05})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	sh := s.shellOf("")
	for _, sample := range []string{"muxasset", "muxlivestream", "muxupload"} {
		if _, err := sh.run("kubectl", "apply", "-f", "config/samples/video_v1alpha1_"+sample+".yaml"); err != nil {
			t.Fatal(err)
		}
	}
	for _, ready := range []string{"muxasset/intro=Ready", "muxlivestream/studio=Ready", "muxupload/from-the-browser=URLReady"} {
		object, condition, _ := strings.Cut(ready, "=")
		if _, err := sh.run("kubectl", "wait", object, "--for=condition="+condition, "--timeout=30s"); err != nil {
			t.Fatal(err)
		}
	}
	printed := sh.runPlayground()
	for _, want := range []string{
		"muxlivestream.video.mux.com/studio condition met",
		"muxupload.video.mux.com/from-the-browser condition met",
		"DeletedAtMux",
		"muxasset.video.mux.com/private condition met",
		"CredentialsRejected",
		`"Path":"/video/v1/assets"`,
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("the commands have not printed %q:\n%s", want, printed)
		}
	}
}

// runPlayground runs the blocks of the page that need no node, in the root of the repository, where the page wants its reader.
func (s *shell) runPlayground() (printed string) {
	s.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "playground.md"))
	if err != nil {
		s.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(page), -1) {
		if strings.HasPrefix(block[1], "# cluster") {
			continue
		}
		script := strings.ReplaceAll(block[1], "http://127.0.0.1:8089", s.sim.URL())
		output, err := s.run("sh", "-ec", script)
		if err != nil {
			s.Errorf("%s: %v", script, err)
		}
		printed += output + "\n"
	}
	return printed
}
