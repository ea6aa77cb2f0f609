// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

func TestRun(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, test := range map[string]struct {
		args     []string
		code     int
		out, err string
	}{
		"help":            {[]string{"--help"}, exitFine, "kubectl mux [command]", ""},
		"nothing":         {nil, exitFine, "Usage:", ""},
		"version":         {[]string{"version"}, exitFine, "kubectl-mux " + testVersion, ""},
		"--version":       {[]string{"--version"}, exitFine, testVersion, ""},
		"completion":      {[]string{"completion", "bash"}, exitFine, "kubectl-mux", ""},
		"unknown command": {[]string{"nonsense"}, exitFailed, "", "unknown command"},
		"unknown flag":    {[]string{"version", "--nonsense"}, exitFailed, "", "see kubectl mux version --help"},
	} {
		got := s.run(test.args...)
		if got.code != test.code || !strings.Contains(got.out, test.out) || !strings.Contains(got.err, test.err) {
			t.Errorf("%s: code %d, out %q, err %q", name, got.code, got.out, got.err)
		}
	}
}

// TestInterrupted : Ctrl-C is no failure of its own kind for each command, and has the code that shells give it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx, interrupt := context.WithCancel(s.ctx)
	interrupt()
	s.ctx = ctx
	for _, command := range []string{"status", "explain muxasset/a", "export", "import --all"} {
		if got := s.run(strings.Fields(command)...); got.code != exitInterrupted || got.err != "error: interrupted\n" {
			t.Errorf("%s: code %d, err %q", command, got.code, got.err)
		}
	}
}

func TestTarget(t *testing.T) {
	for text, want := range map[string]string{
		"muxasset/a": "MuxAsset a", "muxassets a": "MuxAsset a", "mxa/a": "MuxAsset a", "MuxAsset/a": "MuxAsset a",
		"muxlivestreams.video.mux.com/b": "MuxLiveStream b", "mxl b": "MuxLiveStream b",
		"mxu/c": "MuxUpload c", "muxupload c": "MuxUpload c", "mxe/d": "MuxEnvironment d", "muxenvironment d": "MuxEnvironment d",
		"a": "error", "muxasset/": "error", "/a": "error", "pod/a": "error", "muxasset a b": "error",
	} {
		k, name, err := target(strings.Fields(text))
		got := k.name + " " + name
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %q (%v), want %q", text, got, err, want)
		}
	}
}

// TestKubectl : kubectl finds the plugin, and completes its commands, flags and the names of objects.
func TestKubectl(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.environment(s.simulator(muxsim.Options{}))
	for _, name := range []string{"intro", "outro"} {
		s.create(&video.MuxAsset{ObjectMeta: s.meta(name), Spec: video.MuxAssetSpec{
			FollowedSpec: video.FollowedSpec{EnvironmentRef: video.EnvironmentReference{Name: "default"}},
			Inputs:       []video.AssetInput{{URL: "https://example.com/a.mp4"}},
		}})
	}
	for _, test := range []struct {
		args string
		want []string
	}{
		{"mux version", []string{"kubectl-mux " + testVersion}},
		{"__complete mux ver", []string{"version\tPrint the version of this plugin"}},
		{"__complete mux version --names", []string{"--namespace"}},
		{"__complete mux version --namespace " + s.namespace[:len(s.namespace)-1], []string{s.namespace}},
		{"__complete mux exp", []string{"explain\t"}},
		{"__complete mux explain muxa", []string{"muxasset/"}},
		{"__complete mux explain -n " + s.namespace + " mxa/i", []string{"mxa/intro"}},
		{"__complete mux explain -n " + s.namespace + " muxasset |", []string{"intro", "outro"}},
		{"__complete mux explain -o |", []string{"table", "wide", "json", "yaml"}},
		{"__complete mux version --context |", []string{"envtest"}},
		{"__complete mux version --cluster |", []string{"envtest"}},
		{"__complete mux export -n " + s.namespace + " muxasset/intro mxa/o", []string{"mxa/outro"}},
		{"__complete mux export -n " + s.namespace + " muxasset/intro muxl", []string{"muxlivestream/"}},
		{"__complete mux explain -n " + s.namespace + " muxasset/intro |", []string{":4"}}, // nothing, and no files
		{"__complete mux import |", []string{":4"}},
	} {
		got := s.kubectl(strings.Fields(test.args)...)
		for _, want := range test.want {
			if !slices.ContainsFunc(strings.Split(got, "\n"), func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("kubectl %s: %s\nhas no line %q", test.args, got, want)
			}
		}
	}
}

// kubectl runs the real one, which finds the plugin and its completion on the PATH. A last argument of "|" stands for an empty
// one.
func (s *stage) kubectl(args ...string) string {
	s.Helper()
	last := len(args) - 1
	args[last] = strings.TrimSuffix(args[last], "|")
	path := s.TempDir()
	self, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	script, err := filepath.Abs("../../cmd/kubectl-mux/kubectl_complete-mux")
	if err != nil {
		s.Fatal(err)
	}
	for name, target := range map[string]string{"kubectl": plane.Kubectl(), "kubectl-mux": self, "kubectl_complete-mux": script} {
		if err := os.Symlink(target, filepath.Join(path, name)); err != nil {
			s.Fatal(err)
		}
	}
	command := exec.CommandContext(s.ctx, filepath.Join(path, "kubectl"), args...)
	command.Env = append(os.Environ(), "PATH="+path+":"+os.Getenv("PATH"), "KUBECONFIG="+s.kubeconfig)
	output, err := command.Output()
	if err != nil {
		s.Fatalf("kubectl %v: %v", args, err)
	}
	return string(output)
}
