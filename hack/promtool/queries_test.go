// SPDX-License-Identifier: Apache-2.0

package promtool

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// ofTarget are the labels that a scrape adds: of what was scraped, and by ServiceMonitors.
var ofTarget = []string{"job", "instance", "pod", "namespace", "service", "endpoint", "container"}

// metrics are the labels of each metric of the operator, by its name.
func metrics(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("../../cmd/mux-operator/testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		all[fields[0]] = fields[1:]
	}
	if len(all) < 30 {
		t.Fatalf("%d metrics only", len(all))
	}
	return all
}

// dashboard are the queries of the dashboard, by the title of their panel, with an interval where Grafana puts its own.
func dashboard(t *testing.T) map[string][]string {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	data, err := os.ReadFile(filepath.Join(prometheus, "mux-operator.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	queries := map[string][]string{}
	for _, panel := range board.Panels {
		if len(panel.Targets) == 0 {
			t.Errorf("the panel %q shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			queries["panel "+panel.Title] = append(queries["panel "+panel.Title], strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"))
		}
	}
	return queries
}

// TestQueries : every query of the dashboard and of the alerts is one for Prometheus's parser, and names metrics and labels that the
// operator has.
func TestQueries(t *testing.T) {
	queries := dashboard(t)
	if len(queries) < 10 {
		t.Errorf("%d panels only", len(queries))
	}
	for _, r := range alerts(t).Groups[0].Rules {
		queries["alert "+r.Alert] = []string{r.Expr}
	}
	known := metrics(t)
	count := 0
	for where, expressions := range queries {
		for _, expression := range expressions {
			for _, complaint := range complaints(known, expression) {
				t.Errorf("%s: %s\n%s", where, complaint, expression)
			}
			count++
		}
	}
	t.Logf("%d queries name metrics and labels of the operator", count)
}

// TestComplaints : what is wrong with a query is found.
func TestComplaints(t *testing.T) {
	known := map[string][]string{"answers_total": {"status"}, "lag_seconds": nil}
	for expression, want := range map[string]int{
		`sum by (status) (rate(answers_total[5m]))`:                           0,
		`histogram_quantile(0.9, sum by (le) (rate(lag_seconds_bucket[5m])))`: 0,
		`sum by (pod) (answers_total{status="200", job=~".*"})`:               0,
		`sum(rate(answers_total[5m])`:                                         1,
		`sum(rate(answer_total[5m]))`:                                         1,
		`sum by (code) (answers_total)`:                                       1,
		`answers_total{code="200"} / answer_total`:                            2,
		`{status="200"}`: 1,
		`sum by (le, code) (rate(lag_seconds_bucket{le="1", status="200"}[5m]))`: 2,
		`sum by (le) (answers_total)`:                                            1,
	} {
		if got := complaints(known, expression); len(got) != want {
			t.Errorf("%s: %q, want %d", expression, got, want)
		}
	}
}

// complaints are what a query names that is not there.
func complaints(known map[string][]string, expression string) (all []string) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return []string{err.Error()}
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			all = append(all, selectorComplaints(known, n)...)
		case *parser.AggregateExpr:
			all = append(all, groupingComplaints(known, n)...)
		}
		return nil
	})
	return all
}

// labelsOf are the labels of a metric; the parts of a histogram have a name of their own, and its buckets a label.
func labelsOf(known map[string][]string, name string) ([]string, bool) {
	if own, ok := known[name]; ok {
		return append(slices.Clone(own), ofTarget...), true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if own, ok := known[strings.TrimSuffix(name, suffix)]; ok && strings.HasSuffix(name, suffix) {
			own = append(slices.Clone(own), ofTarget...)
			if suffix == "_bucket" {
				own = append(own, "le")
			}
			return own, true
		}
	}
	return nil, false
}

func selectorComplaints(known map[string][]string, selector *parser.VectorSelector) (all []string) {
	own, ok := labelsOf(known, selector.Name)
	if !ok {
		return []string{"there is no metric " + selector.Name}
	}
	for _, matcher := range selector.LabelMatchers {
		if matcher.Name != model.MetricNameLabel && !slices.Contains(own, matcher.Name) {
			all = append(all, selector.Name+" has no label "+matcher.Name)
		}
	}
	return all
}

// groupingComplaints looks for labels that none of what is aggregated has.
func groupingComplaints(known map[string][]string, aggregation *parser.AggregateExpr) (all []string) {
	var own []string
	parser.Inspect(aggregation.Expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			more, found := labelsOf(known, selector.Name)
			if !found { // which its own complaint says
				more = aggregation.Grouping
			}
			own = append(own, more...)
		}
		return nil
	})
	for _, label := range aggregation.Grouping {
		if !slices.Contains(own, label) {
			all = append(all, "nothing in it has the label "+label)
		}
	}
	return all
}
