// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// TestMetricNames : testdata/metrics.txt lists the metrics of the operator with their labels, from what it registers. The alerts and the
// dashboard are checked against it by hack/promtool.
func TestMetricNames(t *testing.T) {
	registry := prometheus.NewRegistry()
	if _, err := newOperator(plane.Config, options{metricsAddr: "0", probeAddr: "0", receiverAddr: "127.0.0.1:0", registerer: registry}); err != nil {
		t.Fatal(err)
	}
	lines := append(described(registry), described(metrics.Registry.(prometheus.Collector))...)
	slices.Sort(lines)
	want := strings.Join(slices.Compact(lines), "\n") + "\n"
	path := filepath.Join("testdata", "metrics.txt")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("testdata/metrics.txt is out of date (%v); run go test ./cmd/mux-operator -run TestMetricNames -update. It is to have\n%s", err, want)
	}
}

// foreignMetrics are of the Go runtime: how many there are changes with Go, and nobody is to be woken by them.
var foreignMetrics = regexp.MustCompile(`^go_`)

var description = regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([^}]*)\}`)

// described are a collector's metrics, a line for each: its name and its labels.
func described(c prometheus.Collector) (lines []string) {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		c.Describe(descriptions)
	}()
	for d := range descriptions {
		if found := description.FindStringSubmatch(d.String()); found != nil && !foreignMetrics.MatchString(found[1]) {
			lines = append(lines, strings.TrimSpace(found[1]+" "+strings.ReplaceAll(found[2], ",", " ")))
		}
	}
	return lines
}
