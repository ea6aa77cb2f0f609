// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestKind : what kind.sh asks of kind and of Docker, which are replaced by programs that note their arguments. That they do it is not
// shown here.
func TestKind(t *testing.T) {
	dir := t.TempDir()
	notes := filepath.Join(dir, "notes")
	const note = "#!/bin/sh\necho \"${0##*/} $*\" >>\"$NOTES\"\nwhile [ $# -gt 0 ]; do [ \"$1\" = --config ] && cp \"$2\" \"$NOTES.config\"; shift; done\n"
	for _, name := range []string{"kind", "docker"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(note), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"up", "operator.tar", "muxsim.tar"},
		{"run", "sh", "-c", "$NODE_EXEC cat $AUDIT_LOG"},
		{"down"},
	} {
		command := exec.Command("./kind.sh", args...)
		command.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "NOTES="+notes, "KUBECONFIG=/the/kubeconfig")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("kind.sh %v: %v\n%s", args, err, out)
		}
	}
	got := readFile(t, notes)
	config, _, _ := strings.Cut(got[strings.Index(got, "--config ")+len("--config "):], " ")
	want := "kind create cluster --name mux-operator-install-check --config " + config + " --kubeconfig /the/kubeconfig --wait 120s\n" +
		"kind load image-archive operator.tar --name mux-operator-install-check\n" +
		"kind load image-archive muxsim.tar --name mux-operator-install-check\n" +
		"docker exec mux-operator-install-check-control-plane cat /var/log/kubernetes/audit.log\n" +
		"kind delete cluster --name mux-operator-install-check --kubeconfig /the/kubeconfig\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	policy, err := filepath.Abs("../node/files/audit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	readFile(t, policy)
	if given := readFile(t, notes+".config"); !strings.Contains(given, `hostPath: "`+policy+`"`) {
		t.Errorf("the audit policy is not mounted:\n%s", given)
	}
	if _, err := os.Stat(config); !os.IsNotExist(err) {
		t.Errorf("%s is left behind (%v)", config, err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
