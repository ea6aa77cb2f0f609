// SPDX-License-Identifier: Apache-2.0

// Command installcheck installs the operator on a real Kubernetes node with Helm and, once nothing of that is left, with kustomize, and
// uses it: objects of each kind, restarts and kills while webhooks come, an upgrade, a rollback, an uninstall. It prints each step with
// its time, and the permissions that nobody used. hack/installcheck/run.sh makes the images and the node, and runs it there.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	var c check
	flag.StringVar(&c.root, "root", ".", "the source tree")
	flag.StringVar(&c.scratch, "scratch", os.TempDir(), "folder for what is made on the way")
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

// say prints a figure of the step that is under way, above its line.
func say(format string, args ...any) {
	fmt.Printf("install-check:             "+format+"\n", args...)
}

// steps are in their order; each goes on with what the one before has left.
func (c *check) steps() []step {
	return slices.Concat(
		[]step{{"the simulator runs as a pod", c.startMux}},
		[]step{{"chart: helm install --wait of the older version, two replicas", c.installOlder}},
		c.use("chart"),
		[]step{
			{"chart: helm test", c.helmTest},
			{"chart: kill -9 of the other replica under traffic, no webhook lost", func() error { return c.underTraffic("other", c.killOther) }},
		},
		c.upgrades(),
		[]step{
			{"chart: helm uninstall: CRDs, objects and what is at Mux stay", c.untouched(c.uninstall)},
			{"chart: installed again, everything Ready, nothing asked of Mux but whoami", c.renewed(c.installNewer)},
			{"chart: every event answered 2xx is in the status of its object", c.accounted},
			{"chart: asset deleted here and at Mux", c.deleteOne},
			{"chart: every object deleted, uninstalled, CRDs and namespace deleted: nothing is left", c.remove},
			{"kustomize: kubectl apply -k, two replicas", c.applyKustomize},
		},
		c.use("kustomize"),
		[]step{
			{"kustomize: every event answered 2xx is in the status of its object", c.accounted},
			{"permissions in the audit log", c.permissions},
		})
}

// use is what both ways of installing are put to.
func (c *check) use(way string) []step {
	return []step{
		{way + ": the namespace enforces restricted pod security, and the pods run in it", c.restricted},
		{way + ": environment Ready", c.connect},
		{way + ": asset, live stream and upload, Ready through webhooks", c.declare},
		{way + ": broadcast on air, and its end", c.broadcast},
		{way + ": rolling restart under traffic, no webhook lost", func() error { return c.underTraffic(way+"-restart", c.restart) }},
		{way + ": kill -9 of the leader under traffic, no webhook lost", func() error { return c.underTraffic(way+"-leader", c.killLeader) }},
	}
}

// upgrades go to the newer version, back, and there again.
func (c *check) upgrades() []step {
	return []step{
		{"chart: helm upgrade, everything Ready, no object written, nothing asked of Mux but whoami", c.renewed(c.installNewer)},
		{"chart: upgraded: what is written next bears the newer projection version", c.writeNewer},
		{"chart: helm rollback, everything Ready, no object written, nothing asked of Mux but whoami", c.renewed(c.rollback)},
		{"chart: rolled back: what the newer version wrote is left to it, the rest is served", c.leaveNewer},
		{"chart: helm upgrade again: what waited is taken up", c.takeUp},
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
