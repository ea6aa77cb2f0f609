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

// commandPages are the pages whose commands are run, in this order: the last one takes the credentials away.
var commandPages = []string{"muxasset.md", "muxlivestream.md", "upgrade.md", "operations.md", "muxenvironment.md"}

// TestDocCommands runs the commands of the pages that need an API server and nothing else, with the names that the pages have. A block
// that begins with # cluster needs more; internal/layout sees to it that no other is left out.
func TestDocCommands(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	asset, stream := s.managed("intro"), s.declared("studio")
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.condition(stream, soon, video.ConditionStreamKeyReady, metav1.ConditionTrue, "")
	id := asset.Status.ID
	sh, printed := s.shellOf(""), map[string]string{}
	for _, page := range commandPages {
		printed[page] = sh.runPage(page)
	}
	for page, want := range map[string]string{
		"muxasset.md":       asset.Status.PlaybackIDs[0].ID,
		"muxlivestream.md":  "muxlivestream.video.mux.com/studio annotate",
		"upgrade.md":        "muxenvironment.video.mux.com/default ",
		"operations.md":     "muxasset.video.mux.com/intro ",
		"muxenvironment.md": "muxasset.video.mux.com/intro patched",
	} {
		if !strings.Contains(printed[page], want) {
			t.Errorf("the commands of docs/%s have not printed %q: %s", page, want, printed[page])
		}
	}
	if err := s.get(asset); err != nil || asset.Status.ID != id || asset.Spec.DeletionPolicy != video.DeletionPolicyRetain {
		t.Errorf("afterwards the asset is %s with %q (%v)", asset.Status.ID, asset.Spec.DeletionPolicy, err)
	}
	if err := s.get(s.env); err != nil || s.env.Spec.CredentialsSecretRef != nil || s.env.Spec.EnvironmentID != muxsim.DefaultEnvironmentID {
		t.Errorf("afterwards the environment has %+v (%v)", s.env.Spec, err)
	}
	if posts := s.calls()[postAsset]; posts != 1 {
		t.Errorf("%d creates were sent", posts)
	}
}

// runPage runs the blocks of a page that are not marked, each in a folder of its own, and returns what they print.
func (s *shell) runPage(page string) (printed string) {
	s.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		s.Fatal(err)
	}
	blocks := 0
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(data), -1) {
		if strings.HasPrefix(block[1], "# cluster") {
			continue
		}
		blocks++
		script := strings.NewReplacer("NAMESPACE", s.namespace, `"ID"`, `"`+muxsim.DefaultEnvironmentID+`"`).Replace(block[1])
		output, err := s.run("sh", "-ec", "cd "+s.TempDir()+"\n"+script)
		if err != nil {
			s.Errorf("docs/%s: %s\n%v", page, script, err)
		}
		s.Logf("docs/%s:\n%s%s", page, script, output)
		printed += output + "\n"
	}
	if blocks == 0 {
		s.Errorf("docs/%s has no command to run", page)
	}
	return printed
}
