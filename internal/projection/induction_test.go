// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// induction proves that the status of an object depends on what was observed alone, not on the order, nor on how often.
// For every subset S of the observations and every observation e it holds that joining e into the status of S gives the
// status of S ∪ {e}, byte for byte. By induction, then, every sequence of observations gives the status of their set.
//
// A join is a function of the bytes of the stored status and of the observation, so each pair of those is joined once.
type induction struct {
	*testing.T
	of           *species
	observations []observation
	at           time.Time // stamps everything with one time; zero leaves each its own

	statuses []string       // all that were met, as JSON; the first is that of no observation
	numbers  map[string]int // of statuses
	joined   [][]int        // by number and observation; -1 where not joined yet
	joins    int
}

func newInduction(t *testing.T, of *species, observations []observation, at time.Time) *induction {
	t.Helper()
	in := &induction{T: t, of: of, observations: observations, at: at, numbers: map[string]int{}}
	in.number(in.encode(of.start()))
	return in
}

// number gives every different status a number.
func (in *induction) number(status string) int {
	n, known := in.numbers[status]
	if !known {
		n = len(in.statuses)
		in.statuses, in.numbers[status] = append(in.statuses, status), n
		unknown := make([]int, len(in.observations))
		for i := range unknown {
			unknown[i] = -1
		}
		in.joined = append(in.joined, unknown)
	}
	return n
}

// join brings observation e into a stored status, as both writers do.
func (in *induction) join(status, e int) int {
	if in.joined[status][e] < 0 {
		in.joins++
		object := in.of.start()
		if err := json.Unmarshal([]byte(in.statuses[status]), in.of.status(object)); err != nil {
			in.Fatal(err)
		}
		in.observations[e].join(object, in.at)
		in.of.summarize(object, metav1.NewTime(base.Add(time.Duration(in.joins)*time.Second)))
		in.joined[status][e] = in.number(in.encode(object))
	}
	return in.joined[status][e]
}

// encode is the status without the times of transitions, which are those of the writer.
func (in *induction) encode(object any) string {
	for i := range conditionsIn(object) {
		conditionsIn(object)[i].LastTransitionTime.Reset()
	}
	data, err := json.Marshal(in.of.status(object))
	if err != nil {
		in.Fatal(err)
	}
	return string(data)
}

func conditionsIn(object any) []metav1.Condition {
	switch o := object.(type) {
	case *video.MuxAsset:
		return o.Status.Conditions
	case *video.MuxLiveStream:
		return o.Status.Conditions
	default:
		return o.(*video.MuxUpload).Status.Conditions
	}
}

// prove checks every subset with every observation. It returns the smallest case that does not hold, "" for none.
func (in *induction) prove() string {
	in.Helper()
	n := len(in.observations)
	of := make([]int, 1<<n) // the status of each subset; the bits of the index are its members
	for set := 1; set < len(of); set++ {
		newest := bits.Len(uint(set)) - 1
		of[set] = in.join(of[set&^(1<<newest)], newest)
	}
	problem, size := "", n+1
	for set := range of {
		for e := range n {
			if want, got := of[set|1<<e], in.join(of[set], e); want != got && bits.OnesCount(uint(set)) < size {
				problem, size = in.explain(set, e, want, got), bits.OnesCount(uint(set))
			}
		}
	}
	return problem
}

// explain names the observations of a case that does not hold and shows the statuses.
func (in *induction) explain(set, e, want, got int) string {
	var members []string
	for i := range in.observations {
		if set&(1<<i) != 0 {
			members = append(members, in.observations[i].name)
		}
	}
	return fmt.Sprintf("after [%s], %s gives another status (+) than the same in the documented order (-):\n%s",
		strings.Join(members, ", "), in.observations[e].name, cmp.Diff(in.fields(want), in.fields(got)))
}

func (in *induction) fields(status int) (fields map[string]any) {
	if err := json.Unmarshal([]byte(in.statuses[status]), &fields); err != nil {
		in.Fatal(err)
	}
	return fields
}

// TestInduction goes through every life: as it was told, with all of it in one second, and both with what REST said on the
// way as well.
func TestInduction(t *testing.T) {
	joins, pairs := 0, 0
	for _, l := range lives {
		t.Run(l.name, func(t *testing.T) {
			for _, told := range l.tell(t) {
				if n := len(told.events); n < 1 || n > 16 {
					t.Errorf("%s has %d events", told.name, n)
				}
				mixed := slices.Concat(told.events, told.answers)
				for _, variant := range []struct {
					name         string
					observations []observation
					at           time.Time
				}{
					{"events", told.events, time.Time{}},
					{"events in one second", told.events, base},
					{"events and REST answers", mixed, time.Time{}},
					{"events and REST answers in one second", mixed, base},
				} {
					in := newInduction(t, told.of, variant.observations, variant.at)
					if problem := in.prove(); problem != "" {
						t.Errorf("%s, %s: %s", told.name, variant.name, problem)
					}
					n := len(variant.observations)
					joins, pairs = joins+in.joins, pairs+n<<n
					t.Logf("%s, %d %s: %d subsets, %d pairs of subset and observation, %d joins of %d different statuses",
						told.name, n, variant.name, 1<<n, n<<n, in.joins, len(in.statuses))
				}
			}
		})
	}
	t.Logf("%d pairs of subset and observation hold, by %d joins of different statuses", pairs, joins)
}

// TestInductionFails shows that the proof does: a mirror in which the last to arrive wins does not pass.
func TestInductionFails(t *testing.T) {
	mirror := *assetSpecies
	var observations []observation
	for _, state := range []string{StatePreparing, StateReady} {
		observations = append(observations, observation{state, func(o any, _ time.Time) { o.(*video.MuxAsset).Status.State = state }})
	}
	problem := newInduction(t, &mirror, observations, time.Time{}).prove()
	if !strings.HasPrefix(problem, "after [ready], preparing gives another status") || !strings.Contains(problem, `"state"`) {
		t.Errorf("the smallest case is %q", problem)
	}
}
