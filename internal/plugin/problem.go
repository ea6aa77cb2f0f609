// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// problem is a condition that needs a person, or has lasted too long.
type problem struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Problem is Stalled (nothing changes until a person acts), Failing (a part of it), Throttled (Mux has asked to wait) or NotReady
	// (it is under way for longer than it should be).
	Problem   string      `json:"problem"`
	Condition string      `json:"condition,omitempty"`
	Reason    string      `json:"reason,omitempty"`
	Message   string      `json:"message"`
	Since     metav1.Time `json:"since"`
	Remedy    string      `json:"remedy,omitempty"`
}

// Kinds of problems, the worst first.
const (
	problemStalled   = "Stalled"
	problemFailing   = "Failing"
	problemThrottled = "Throttled"
	problemNotReady  = "NotReady"
)

func (p *problem) weight() int {
	return slices.Index([]string{problemStalled, problemFailing, problemThrottled, problemNotReady}, p.Problem)
}

// partial are conditions that tell of a part that fails, whatever Ready says.
var partial = []string{
	video.ConditionWebhookHealthy, video.ConditionWebhookRegistered, video.ConditionSimulcastHealthy,
	video.ConditionURLReady, video.ConditionStreamKeyReady, video.ConditionMasterURLReady,
}

// partialReasons are those reasons of partial conditions that are no problem by themselves: something is over, or comes.
var partialReasons = []string{
	video.ReasonNotWaiting, video.ReasonMasterOver, video.ReasonPending, video.ReasonPreparing, video.ReasonDeletedAtMux, video.ReasonDeleting,
}

// problemsOf are those of one object. A condition that says the same as one before it is left out.
func problemsOf(k kind, object object, now time.Time, patience time.Duration) (found []problem) {
	add := func(name string, c *metav1.Condition) {
		if slices.ContainsFunc(found, func(p problem) bool { return p.Reason == c.Reason && p.Message == c.Message }) {
			return
		}
		found = append(found, problem{
			Kind: k.name, Namespace: object.GetNamespace(), Name: object.GetName(), Problem: name,
			Condition: c.Type, Reason: c.Reason, Message: c.Message, Since: c.LastTransitionTime, Remedy: remedyOf(c.Reason, c.Message),
		})
	}
	conditions := object.GetConditions()
	ready := meta.FindStatusCondition(conditions, video.ConditionReady)
	switch {
	case ready == nil:
		if created := object.GetCreationTimestamp(); now.Sub(created.Time) > patience {
			add(problemNotReady, &metav1.Condition{
				Reason: video.ReasonPending, Message: "the controller has not looked at the object yet", LastTransitionTime: created,
			})
		}
	case meta.IsStatusConditionTrue(conditions, video.ConditionStalled):
		add(problemStalled, meta.FindStatusCondition(conditions, video.ConditionStalled))
	case ready.Status != metav1.ConditionTrue:
		if name := underWay(ready, now, patience); name != "" {
			add(name, ready)
		}
	}
	for i := range conditions {
		if name := ofPart(&conditions[i], now, patience); name != "" {
			add(name, &conditions[i])
		}
	}
	return found
}

// underWay judges an object that is not Ready and not Stalled. An upload that waits for its file waits for a person anyway.
func underWay(ready *metav1.Condition, now time.Time, patience time.Duration) string {
	switch {
	case ready.Reason == video.ReasonThrottled:
		return problemThrottled
	case ready.Reason == video.ReasonWaitingForUpload, now.Sub(ready.LastTransitionTime.Time) <= patience:
		return ""
	default:
		return problemNotReady
	}
}

// ofPart judges a condition beside Ready; "" for none of our business.
func ofPart(c *metav1.Condition, now time.Time, patience time.Duration) string {
	switch {
	case c.Type == video.ConditionThrottled && c.Status == metav1.ConditionTrue:
		return problemThrottled
	case c.Type == video.ConditionLimited && c.Status == metav1.ConditionTrue:
		return problemFailing
	case c.Status != metav1.ConditionFalse:
		return ""
	case c.Type == video.ConditionSynced && c.Reason == video.ReasonThrottled:
		return problemThrottled
	case c.Type == video.ConditionWebhookVerified && now.Sub(c.LastTransitionTime.Time) > patience:
		return problemFailing
	case slices.Contains(partial, c.Type) && !slices.Contains(partialReasons, c.Reason):
		return problemFailing
	default:
		return ""
	}
}

// write shows the problem as a paragraph.
func (p *problem) write(to *page, now time.Time) error {
	about := cmp.Or(p.Condition, video.ConditionReady)
	if about == p.Problem || about == video.ConditionReady {
		about = ""
	} else {
		about = " of " + about
	}
	since := p.Since
	if err := to.line("\n%s %s/%s in %s: %s%s, for %s", to.paint(red, p.Problem), strings.ToLower(p.Kind), p.Name, p.Namespace, p.Reason, about, ago(&since, now)); err != nil {
		return err
	}
	if err := to.line("  %s", p.Message); err != nil || p.Remedy == "" {
		return err
	}
	return to.line("  Remedy: %s", p.Remedy)
}

// ago is how long ago something was, as kubectl writes an age.
func ago(at *metav1.Time, now time.Time) string {
	if at.IsZero() {
		return none
	}
	return duration.HumanDuration(now.Sub(at.Time))
}
