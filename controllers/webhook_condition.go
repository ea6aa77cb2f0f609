// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// condition says what became of the endpoint; nil where none is wanted.
func (g *registration) condition() *metav1.Condition {
	if g.base == "" {
		return nil
	}
	current := g.found.current(g.env, g.base)
	c := &metav1.Condition{Status: metav1.ConditionTrue, Reason: video.ReasonRegistered, Message: "Mux sends webhooks to the endpoint " + current.ID}
	switch {
	case !current.Enabled:
		c.Status, c.Reason = metav1.ConditionFalse, video.ReasonEndpointDisabled
		c.Message = fmt.Sprintf("the webhook endpoint %s has been disabled at Mux and is left so; enable it in Mux's dashboard", current.ID)
	case len(g.found.own) > 1:
		c.Reason = video.ReasonRotating
		c.Message += fmt.Sprintf("; %d older stay until %s, while Mux may still redeliver to them", len(g.found.own)-1, current.CreatedAt.Add(rotationOverlap).UTC().Format(time.RFC3339))
	}
	if len(g.found.others) > 0 {
		shown := g.found.others[:min(len(g.found.others), 5)]
		c.Message += fmt.Sprintf("; %d others have the same address and are not this MuxEnvironment's, so they are left alone: %s; delete them in Mux's dashboard if nobody uses them",
			len(g.found.others), strings.Join(shown, ", "))
	}
	return c
}
