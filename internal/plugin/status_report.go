// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// statusReport is what `kubectl mux status` shows.
type statusReport struct {
	// Environments with their health, by namespace and name.
	Environments []environmentHealth `json:"environments"`
	// Objects are counted by kind and state.
	Objects []stateCount `json:"objects"`
	// Problems need a person; those of environments come first, since others may follow from them.
	Problems []problem `json:"problems"`
	// NotRead are the kinds that could not be read, so that nothing is said of them.
	NotRead []string `json:"notRead,omitempty"`

	now      time.Time
	patience time.Duration
	all      bool
}

// environmentHealth is what a MuxEnvironment says of itself.
type environmentHealth struct {
	Namespace     string `json:"namespace"`
	Name          string `json:"name"`
	Ready         string `json:"ready"`
	Reason        string `json:"reason,omitempty"`
	EnvironmentID string `json:"environmentID,omitempty"`
	MuxName       string `json:"environmentName,omitempty"`
	// Webhooks is Healthy, Missed, Delivered (no sweep has judged yet), Never or Unknown.
	Webhooks  string       `json:"webhooks"`
	Throttled bool         `json:"throttled"`
	LastSweep *metav1.Time `json:"lastSweep,omitempty"`
}

// stateCount is how many objects of a kind are in a state.
type stateCount struct {
	Kind    string `json:"kind"`
	State   string `json:"state"`
	Objects int64  `json:"objects"`
	Ready   int64  `json:"ready"`
	Stalled int64  `json:"stalled"`
}

func newStatusReport(now time.Time, patience time.Duration, all bool) *statusReport {
	return &statusReport{
		Environments: []environmentHealth{}, Objects: []stateCount{}, Problems: []problem{},
		now: now, patience: patience, all: all,
	}
}

func (*statusReport) kind() string { return "MuxStatus" }

// add counts an object and keeps what is wrong with it.
func (r *statusReport) add(k kind, object object) {
	if env, ok := object.(*video.MuxEnvironment); ok {
		r.Environments = append(r.Environments, healthOf(env))
	} else {
		r.count(k, object)
	}
	r.Problems = append(r.Problems, problemsOf(k, object, r.now, r.patience)...)
}

func (r *statusReport) count(k kind, object object) {
	state := stateOf(object)
	at := slices.IndexFunc(r.Objects, func(c stateCount) bool { return c.Kind == k.name && c.State == state })
	if at < 0 {
		at = len(r.Objects)
		r.Objects = append(r.Objects, stateCount{Kind: k.name, State: state})
	}
	r.Objects[at].Objects++
	if meta.IsStatusConditionTrue(object.GetConditions(), video.ConditionReady) {
		r.Objects[at].Ready++
	}
	if meta.IsStatusConditionTrue(object.GetConditions(), video.ConditionStalled) {
		r.Objects[at].Stalled++
	}
}

// finish orders what was found: counts by kind and state, problems by kind and how bad they are.
func (r *statusReport) finish() *statusReport {
	slices.SortStableFunc(r.Objects, func(a, b stateCount) int {
		return cmp.Or(cmp.Compare(kindPlace(a.Kind), kindPlace(b.Kind)), cmp.Compare(a.State, b.State))
	})
	slices.SortStableFunc(r.Problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(min(kindPlace(a.Kind), 1), min(kindPlace(b.Kind), 1)), cmp.Compare(a.weight(), b.weight()))
	})
	return r
}

func kindPlace(name string) int {
	return slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
}

// noState stands for the state of an object of which Mux has said nothing yet.
const noState = "unknown"

func stateOf(object object) string {
	if followed, ok := object.(interface{ GetState() string }); ok {
		return cmp.Or(followed.GetState(), noState)
	}
	return noState
}

func healthOf(env *video.MuxEnvironment) environmentHealth {
	health := environmentHealth{
		Namespace: env.Namespace, Name: env.Name, Ready: string(metav1.ConditionUnknown),
		EnvironmentID: cmp.Or(env.Status.EnvironmentID, env.Spec.EnvironmentID), MuxName: env.Status.EnvironmentName,
		Webhooks:  webhooksOf(env),
		Throttled: meta.IsStatusConditionTrue(env.Status.Conditions, video.ConditionThrottled),
		LastSweep: env.Status.LastSweepTime,
	}
	if ready := meta.FindStatusCondition(env.Status.Conditions, video.ConditionReady); ready != nil {
		health.Ready, health.Reason = string(ready.Status), ready.Reason
	}
	return health
}

func webhooksOf(env *video.MuxEnvironment) string {
	conditions := env.Status.Conditions
	switch {
	case meta.IsStatusConditionFalse(conditions, video.ConditionWebhookHealthy):
		return "Missed"
	case meta.IsStatusConditionTrue(conditions, video.ConditionWebhookHealthy):
		return "Healthy"
	case meta.IsStatusConditionTrue(conditions, video.ConditionWebhookVerified):
		return "Delivered"
	case meta.IsStatusConditionFalse(conditions, video.ConditionWebhookVerified):
		return "Never"
	default:
		return "Unknown"
	}
}

// write shows two tables and a paragraph for each problem.
func (r *statusReport) write(to *page) error {
	if err := r.writeEnvironments(to); err != nil {
		return err
	}
	if err := r.writeObjects(to); err != nil {
		return err
	}
	switch {
	case len(r.Problems) == 0 && len(r.NotRead) > 0:
		return to.line("\nOf what could be read nothing needs a person.")
	case len(r.Problems) == 0:
		return to.line("\n%s", to.paint(green, "Nothing needs a person."))
	}
	if err := to.line("\n%s", to.paint(red, count(len(r.Problems), "problem"))); err != nil {
		return err
	}
	for i := range r.Problems {
		if err := r.Problems[i].write(to, r.now); err != nil {
			return err
		}
	}
	return to.line("\nMore about each message: %s", remedyPage)
}

func (r *statusReport) writeEnvironments(to *page) error {
	switch {
	case slices.Contains(r.NotRead, kinds[0].name):
		return to.line("MuxEnvironments could not be read.\n")
	case len(r.Environments) == 0:
		return to.line("There is no MuxEnvironment here.\n")
	}
	columns := []column{
		{name: "ENVIRONMENT"}, {name: "READY"}, {name: "REASON"}, {name: "WEBHOOKS"}, {name: "THROTTLED"}, {name: "LAST SWEEP"},
		{name: "MUX ID", wide: true}, {name: "MUX NAME", wide: true},
	}
	var rows [][]any
	for _, e := range r.Environments {
		rows = append(rows, []any{
			r.named(e.Namespace, e.Name), e.Ready, cmp.Or(e.Reason, none), e.Webhooks, yes(e.Throttled), ago(e.LastSweep, r.now),
			cmp.Or(e.EnvironmentID, none), cmp.Or(e.MuxName, none),
		})
	}
	if err := to.table(columns, rows); err != nil {
		return err
	}
	return to.line("")
}

func (r *statusReport) writeObjects(to *page) error {
	columns := []column{{name: "KIND"}, {name: "STATE"}, {name: "OBJECTS"}, {name: "READY"}, {name: "STALLED"}}
	var rows [][]any
	for _, k := range kinds[1:] {
		none := true
		for _, c := range r.Objects {
			if c.Kind == k.name {
				none = false
				rows = append(rows, []any{c.Kind, c.State, c.Objects, c.Ready, c.Stalled})
			}
		}
		switch {
		case slices.Contains(r.NotRead, k.name):
			rows = append(rows, []any{k.name, "not read", "?", "?", "?"})
		case none:
			rows = append(rows, []any{k.name, "-", 0, 0, 0})
		}
	}
	return to.table(columns, rows)
}

// named is a name, with its namespace where several are shown.
func (r *statusReport) named(namespace, name string) string {
	if r.all {
		return namespace + "/" + name
	}
	return name
}

// none stands in a table for what is not there, as in kubectl.
const none = "<none>"

func yes(value bool) string {
	if value {
		return "Yes"
	}
	return "No"
}
