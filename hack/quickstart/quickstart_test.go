// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	got := split("kind: Secret\nname: a\n---\nkind: MuxAsset\nname: b\n---\nkind: MuxEnvironment\nname: c\n---\nkind: MuxUpload\nname: d\n")
	for name, test := range map[string]struct {
		text string
		has  [2]string
		not  [2]string
	}{
		"environment": {got.environment, [2]string{"kind: Secret", "kind: MuxEnvironment"}, [2]string{"MuxAsset", "MuxUpload"}},
		"objects":     {got.objects, [2]string{"kind: MuxAsset", "kind: MuxUpload"}, [2]string{"Secret", "MuxEnvironment"}},
	} {
		for i := range test.has {
			if !strings.Contains(test.text, test.has[i]) || strings.Contains(test.text, test.not[i]) {
				t.Errorf("%s: want %v without %v, got %q", name, test.has, test.not, test.text)
			}
		}
		if documents := strings.Count(test.text, "---\n"); documents != 2 {
			t.Errorf("%s: %d documents, want 2", name, documents)
		}
	}
}

func TestPrintChanges(t *testing.T) {
	table := "NAME READY STATE DURATION AGE\nintro 0s\nintro False preparing 1s\n\nintro False preparing 2s\nintro True ready 2m33.362s 3s\n"
	var b strings.Builder
	var rows readyRows
	printChanges(&b, strings.NewReader(table), rows.note)
	if rows.count() != 1 {
		t.Errorf("counted %d ready objects", rows.count())
	}
	want := "    NAME READY STATE DURATION AGE\n    intro 0s\n    intro False preparing 1s\n    intro True ready 2m33.362s 3s\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("one\ntwo\nthree\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{1: "three\n", 2: "two\nthree\n", 9: "one\ntwo\nthree\n"} {
		if got := tail(path, n); got != want {
			t.Errorf("the last %d lines are %q, want %q", n, got, want)
		}
	}
	if got := tail(path+".none", 1); !strings.Contains(got, "no such file") {
		t.Errorf("a missing log is %q", got)
	}
}

// TestChoosePorts takes a documented port before; the choice must go another way and stay free of doubles.
func TestChoosePorts(t *testing.T) {
	taken, err := net.Listen("tcp", address(8090))
	if err == nil {
		defer taken.Close()
	}
	p, err := choosePorts()
	if err != nil {
		t.Fatal(err)
	}
	if p.receiver == 8090 {
		t.Error("chose a port that is taken")
	}
	seen := map[int]bool{0: true}
	for _, port := range []int{p.mux, p.receiver, p.metrics, p.probes} {
		if seen[port] {
			t.Errorf("the ports %+v are not four", p)
		}
		seen[port] = true
	}
}

func TestProcess(t *testing.T) {
	t.Run("stops", func(t *testing.T) {
		p, err := startProcess("/bin/sh", filepath.Join(t.TempDir(), "log"), "-c", "echo up; exec sleep 600")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		if p.command.ProcessState == nil {
			t.Error("it still runs")
		}
	})
	t.Run("ends by itself", func(t *testing.T) {
		p, err := startProcess("/bin/sh", filepath.Join(t.TempDir(), "log"), "-c", "echo the reason; exit 3")
		if err != nil {
			t.Fatal(err)
		}
		<-p.ended
		if p.err == nil || !strings.Contains(p.err.Error(), "3") {
			t.Errorf("it ended with %v, want status 3", p.err)
		}
		if got := tail(p.log, 5); got != "the reason\n" {
			t.Errorf("its log is %q", got)
		}
		if err := p.stop(); err != nil {
			t.Errorf("stopping it once more: %v", err)
		}
	})
	t.Run("does not exist", func(t *testing.T) {
		if _, err := startProcess("/nonexistent", filepath.Join(t.TempDir(), "log")); err == nil {
			t.Error("started a program that does not exist")
		}
	})
}
