// SPDX-License-Identifier: Apache-2.0

// Command installcheck installs the operator on a real Kubernetes node with Helm and then with kustomize, and uses it: objects of
// each kind, restarts and kills while webhooks come, an upgrade, a rollback, an uninstall. It prints each step with its time, and the
// permissions that nobody used. hack/installcheck/run.sh makes the images and the node, and runs it there.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	var c check
	flag.StringVar(&c.root, "root", ".", "the source tree")
	flag.StringVar(&c.scratch, "scratch", os.TempDir(), "folder for what is made on the way")
	flag.StringVar(&c.audit, "audit", "", "audit log of the API server")
	flag.Parse()
	began := time.Now()
	for _, s := range c.steps() {
		if err := timed(s); err != nil {
			c.explain()
			fmt.Fprintf(os.Stderr, "install-check: FAILED  %s: %v\n", s.name, err)
			os.Exit(1)
		}
	}
	fmt.Printf("install-check: ok in %.0f s\n", time.Since(began).Seconds())
}

// step is one line of what is printed.
type step struct {
	name string
	do   func() error
}

func timed(s step) error {
	began := time.Now()
	err := s.do()
	if err == nil {
		fmt.Printf("install-check: %6.1f s  %s\n", time.Since(began).Seconds(), s.name)
	}
	return err
}

// steps are in their order; each goes on with what the one before has left.
func (c *check) steps() []step {
	return []step{
		{"the simulator runs as a pod", c.startMux},
		{"chart: helm install --wait of the older version, two replicas, pod security restricted", c.installOlder},
		{"chart: environment Ready", c.connect},
		{"chart: asset, live stream and upload, Ready through webhooks", c.declare},
		{"chart: broadcast on air, and its end", c.broadcast},
		{"chart: helm test", c.helmTest},
		{"chart: rolling restart under traffic, no webhook lost", func() error { return c.underTraffic("restart", c.restart) }},
		{"chart: kill -9 of a pod's process under traffic, no webhook lost", func() error { return c.underTraffic("kill", c.kill) }},
		{"chart: helm upgrade with objects in place, nothing created", c.unchanged(c.installNewer)},
		{"chart: helm rollback, nothing created", c.unchanged(c.rollback)},
		{"chart: helm upgrade again, nothing created", c.unchanged(c.installNewer)},
		{"chart: helm uninstall: CRDs, objects and what is at Mux stay", c.unchanged(c.uninstall)},
		{"chart: installed again, everything Ready, nothing created", c.unchanged(c.installNewer)},
		{"chart: asset deleted here and at Mux", c.deleteOne},
		{"chart: uninstalled for kustomize", c.unchanged(c.uninstall)},
		{"kustomize: kubectl apply -k, two replicas, everything Ready, nothing created", c.unchanged(c.applyKustomize)},
		{"kustomize: rolling restart under traffic, no webhook lost", func() error { return c.underTraffic("kustomize", c.restart) }},
		{"permissions in the audit log", c.permissions},
	}
}

// explain prints what a person asks for first when a step has failed.
func (c *check) explain() {
	for _, args := range [][]string{
		{"get", "pods", "-A", "-o", "wide"},
		{"get", "mux", "-A"},
		{"get", "events", "-A", "--sort-by=.lastTimestamp"},
		{"logs", "-n", operatorNamespace, "-l", "app.kubernetes.io/name=mux-operator", "--prefix", "--tail=60"},
		{"logs", "-n", "muxsim", "deployment/muxsim", "--tail=40"},
	} {
		out, err := c.kubectl("", args...)
		fmt.Fprintf(os.Stderr, "--- kubectl %s\n%s", strings.Join(args, " "), out)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
