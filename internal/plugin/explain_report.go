// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// explanation is what `kubectl mux explain` shows.
type explanation struct {
	Object objectName `json:"object"`
	MuxID  string     `json:"muxID,omitempty"`
	// EnvironmentID is the id of the Mux environment.
	EnvironmentID string `json:"environmentID,omitempty"`
	State         string `json:"state,omitempty"`
	// Timeline has the observations that set what the status says, and the transitions between, the oldest first.
	Timeline []*observation `json:"timeline"`
	// Gaps says what is not in the timeline.
	Gaps string `json:"gaps,omitempty"`
	// NotKept are parts of the status of which it does not say who set them.
	NotKept []setting `json:"notKept,omitempty"`
	// True are the conditions that are, Missing those that are not.
	True    []string           `json:"true"`
	Missing []missingCondition `json:"missing"`

	now time.Time
}

type objectName struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// missingCondition is a condition that is not True, or one that is and should not be.
type missingCondition struct {
	Type    string      `json:"type"`
	Status  string      `json:"status"`
	Reason  string      `json:"reason"`
	Message string      `json:"message"`
	Since   metav1.Time `json:"since"`
	// WaitsFor is what would make it True.
	WaitsFor string `json:"waitsFor,omitempty"`
	Remedy   string `json:"remedy,omitempty"`

	// same is the type of one before it that says the same; "" for none.
	same string
}

func (*explanation) kind() string { return "MuxExplanation" }

func explainObject(k kind, object object, now time.Time) (*explanation, error) {
	parts, err := partsOf(object)
	if err != nil {
		return nil, err
	}
	e := &explanation{
		Object:   objectName{k.name, object.GetNamespace(), object.GetName()},
		Timeline: parts.sorted(), True: []string{}, Missing: []missingCondition{}, now: now,
	}
	if e.Timeline == nil {
		e.Timeline = []*observation{}
	}
	e.about(object)
	for _, c := range object.GetConditions() {
		e.condition(k, c)
	}
	return e, nil
}

// recall puts the transitions into the timeline, or says why it cannot.
func (e *explanation) recall(transitions []*observation, err error) {
	const lost = "What newer observations have told again altogether is not kept"
	observed := slices.ContainsFunc(e.Timeline, func(o *observation) bool { return o.Source != sourceOperator })
	switch {
	case err != nil:
		e.Gaps = lost + ", and what came of it is not known: " + err.Error()
	case observed && len(transitions) > 0:
		e.Gaps = lost + "; what came of it is in the transitions, while the cluster keeps their Kubernetes Events."
	case observed:
		e.Gaps = lost + ", and the cluster has no Kubernetes Events of the object any more."
	}
	e.Timeline = inOrder(append(e.Timeline, transitions...))
}

// about fills in what the object is, and what its status does not say the origin of.
func (e *explanation) about(object object) {
	if env, ok := object.(*video.MuxEnvironment); ok {
		e.EnvironmentID = cmp.Or(env.Status.EnvironmentID, env.Spec.EnvironmentID)
		return
	}
	followed, ok := object.(interface {
		GetFollowedStatus() *video.FollowedStatus
		GetFollowedSpec() *video.FollowedSpec
	})
	if !ok {
		return
	}
	status := followed.GetFollowedStatus()
	e.MuxID, e.EnvironmentID = status.ID, status.EnvironmentID
	if e.State = stateOf(object); e.State == noState {
		e.State = ""
	}
	imported := followed.GetFollowedSpec().Import
	switch {
	case status.ID == "" || status.Identified != nil:
	case imported != nil && imported.ID == status.ID:
		e.NotKept = append(e.NotKept, setting{"id", "named by spec.import.id"})
	default:
		e.NotKept = append(e.NotKept, setting{"id", "written with the first webhook of the object; which one is not kept"})
	}
	if upload, ok := object.(*video.MuxUpload); ok && upload.Status.ExpiresAt != nil {
		e.NotKept = append(e.NotKept, setting{"expiresAt", "the soonest that any observation allowed"})
	}
}

func (e *explanation) condition(k kind, c metav1.Condition) {
	bad := c.Type == video.ConditionThrottled || c.Type == video.ConditionLimited
	switch {
	case c.Type == video.ConditionReconciling || c.Type == video.ConditionStalled: // Ready says the same
	case (c.Status == metav1.ConditionTrue) != bad:
		e.True = append(e.True, c.Type)
	default:
		same := ""
		for _, m := range e.Missing {
			if m.Reason == c.Reason && m.Message == c.Message {
				same = m.Type
			}
		}
		e.Missing = append(e.Missing, missingCondition{
			same: same, Type: c.Type, Status: string(c.Status), Reason: c.Reason, Message: c.Message, Since: c.LastTransitionTime,
			WaitsFor: waitsFor(k, c), Remedy: remedyOf(c.Reason, c.Message),
		})
	}
}

func (e *explanation) write(to *page) error {
	lines := []string{e.Object.Kind + " " + e.Object.Namespace + "/" + e.Object.Name}
	if e.MuxID != "" {
		lines = append(lines, "At Mux: "+e.MuxID)
	}
	if e.EnvironmentID != "" {
		lines = append(lines, "Mux environment: "+e.EnvironmentID)
	}
	if e.State != "" {
		lines = append(lines, "State: "+e.State)
	}
	if err := to.line("%s\n", strings.Join(lines, "\n")); err != nil {
		return err
	}
	if err := e.writeTimeline(to); err != nil {
		return err
	}
	return e.writeConditions(to)
}

// writeTimeline shows a block for each observation: its heading, and below what it has set.
func (e *explanation) writeTimeline(to *page) error {
	if len(e.Timeline) == 0 && e.Object.Kind != "MuxEnvironment" { // whose status is the operator's own
		if err := to.line("Nothing has been observed yet."); err != nil {
			return err
		}
	}
	for _, o := range e.Timeline {
		if err := to.line("%s", o.heading()); err != nil {
			return err
		}
		if err := writeSettings(to, o.Set); err != nil {
			return err
		}
	}
	if len(e.NotKept) > 0 {
		if err := to.line("not said by which observation"); err != nil {
			return err
		}
		if err := writeSettings(to, e.NotKept); err != nil {
			return err
		}
	}
	if e.Gaps == "" {
		return nil
	}
	return to.line("\n%s", e.Gaps)
}

// shownValue is how many characters of a value a line has, unless -o wide asks for all.
const shownValue = 80

func writeSettings(to *page, settings []setting) error {
	width := 0
	for _, s := range settings {
		width = max(width, len(s.Field))
	}
	for _, s := range settings {
		value := []rune(s.Value)
		if len(value) > shownValue && !to.wide {
			value = append(value[:shownValue-1], '…')
		}
		if err := to.line("    %-*s  %s", width, s.Field, string(value)); err != nil {
			return err
		}
	}
	return nil
}

func (e *explanation) writeConditions(to *page) error {
	if len(e.True) > 0 {
		if err := to.line("\n%s: %s", to.paint(green, "True"), strings.Join(e.True, ", ")); err != nil {
			return err
		}
	}
	if len(e.Missing) == 0 {
		return nil
	}
	if err := to.line("\n%s", to.paint(yellow, "What is missing")); err != nil {
		return err
	}
	for i := range e.Missing {
		if err := e.Missing[i].write(to, e.now); err != nil {
			return err
		}
	}
	return nil
}

func (m *missingCondition) write(to *page, now time.Time) error {
	since := m.Since
	head := "  " + m.Type + " is " + m.Status + ": " + m.Reason + ", for " + ago(&since, now)
	if m.same != "" {
		return to.line("%s, as %s", head, m.same)
	}
	lines := []string{head, "    " + m.Message}
	if m.WaitsFor != "" {
		lines = append(lines, "    Waits for: "+m.WaitsFor)
	}
	if m.Remedy != "" {
		lines = append(lines, "    Remedy: "+m.Remedy)
	}
	return to.line("%s", strings.Join(lines, "\n"))
}
