// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	stdflag "flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var update = stdflag.Bool("update", false, "write docs/events.md instead of comparing it")

const eventsPage = "../../docs/events.md"

const eventsPageHead = `<!-- Written by make generate: go test ./internal/projection -run TestEventsPage -update. -->

# Events

What each webhook event changes in the status of its object, in the order in which Mux documents things to happen: the
fields below ` + "`status`" + `, and the conditions that turn. Whatever the order in which events arrive, and however often, the status
in the end is the same; the tests in the last column prove that for every subset of the events of a life, and that each life
ends as a GET shows the object (` + "`make convergence`" + `). An event that comes late changes less: nothing older overwrites
anything newer, see [architecture.md](architecture.md).

| event | fields | conditions | proof: TestInduction and TestLivesEndAsShown |
|---|---|---|---|
`

const eventsPageTail = `
Events that say nothing about a state are answered 200 as well:

| event | what becomes of it | proof |
|---|---|---|
| ` + "`video.asset.warning`, `video.live_stream.warning`" + ` | a Kubernetes Event of the object, once | TestWarnings |
| ` + "`video.asset.shots.{created,ready,skipped,errored,deleted}`" + ` | passed over, reason ` + "`no_state`" + ` | TestAnswers |
| ` + "`video.delivery.high_traffic`" + ` | passed over, reason ` + "`unhandled_type`" + ` | TestAnswers |
| ` + "`robots.*`" + ` | passed over, reason ` + "`unhandled_type`" + ` | TestAnswers |
| types that this release does not know | passed over, reason ` + "`unknown_type`" + ` | TestAnswers |

An event that no id leads to an object for is passed over as ` + "`unknown_object`" + `. All that is passed over is counted by type
and reason in ` + "`mux_operator_webhook_passed_over_total`" + `, see [operations.md](operations.md).
`

// moves is what a type of event changed in any life.
type moves struct {
	fields, conditions, proofs map[string]bool
}

// TestEventsPage compares docs/events.md with what the events of all lives change. Each type of event that this package knows
// has to be in a life.
func TestEventsPage(t *testing.T) {
	all := map[string]*moves{}
	for source := range sourceRanks {
		if strings.Contains(source, ".") { // the others are answers of REST
			all["video."+source] = &moves{map[string]bool{}, map[string]bool{}, map[string]bool{}}
		}
	}
	for _, l := range lives {
		for _, told := range l.tell(t) {
			told.move(t, l.name, all)
		}
	}
	var page strings.Builder
	page.WriteString(eventsPageHead)
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		m := all[kind]
		if len(m.proofs) == 0 {
			t.Errorf("%s is in no life", kind)
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", kind, listed(m.fields), listed(m.conditions), listed(m.proofs))
	}
	page.WriteString(eventsPageTail)
	if *update {
		if err := os.WriteFile(eventsPage, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(eventsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(written), page.String()); diff != "" {
		t.Errorf("run make generate: docs/events.md (-), what events do (+):\n%s", diff)
	}
}

func listed(names map[string]bool) string {
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

// move notes what each event of a life changes.
func (p told) move(t *testing.T, life string, all map[string]*moves) {
	t.Helper()
	object := p.of.start()
	before := statusFields(t, p.of, object)
	for _, event := range p.events {
		event.join(object, time.Time{})
		p.of.summarize(object, metav1.NewTime(base))
		after := statusFields(t, p.of, object)
		m := all[event.name]
		if m == nil {
			t.Errorf("%s is told of and not known", event.name)
			continue
		}
		m.proofs[life] = true
		names := maps.Clone(before)
		maps.Copy(names, after)
		for name := range names {
			if cmp.Equal(before[name], after[name]) {
				continue
			}
			if condition, is := strings.CutPrefix(name, "condition "); is {
				m.conditions[condition] = true
			} else {
				m.fields[name] = true
			}
		}
		before = after
	}
}

// statusFields are the fields of a status that say something of Mux, and its conditions.
func statusFields(t *testing.T, of *species, object any) fields {
	t.Helper()
	data, err := json.Marshal(of.status(object))
	if err != nil {
		t.Fatal(err)
	}
	var status fields
	if err := json.Unmarshal(data, &status); err != nil {
		t.Fatal(err)
	}
	withoutOurs(status)
	for _, c := range conditionsIn(object) {
		status["condition "+c.Type] = string(c.Status) + c.Reason + c.Message
	}
	return status
}
