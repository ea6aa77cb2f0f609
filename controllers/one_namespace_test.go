// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestSelectorInOneNamespace : an operator of one namespace refuses an environment that selects namespaces by their labels before it calls
// Mux for it, says so once, lets it go when it is deleted, and takes every other one.
func TestSelectorInOneNamespace(t *testing.T) {
	t.Parallel()
	selector := &video.AllowedNamespaces{From: video.NamespacesFromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"video": "yes"}}}
	for name, test := range map[string]struct {
		namespace string
		allowed   *video.AllowedNamespaces
		refused   bool
	}{
		"a selector, one namespace":  {namespace: "ns", allowed: selector, refused: true},
		"a selector, all namespaces": {allowed: selector},
		"all, one namespace":         {namespace: "ns", allowed: &video.AllowedNamespaces{From: video.NamespacesFromAll}},
		"the same, one namespace":    {namespace: "ns", allowed: &video.AllowedNamespaces{From: video.NamespacesFromSame}},
		"none, one namespace":        {namespace: "ns"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnvironmentStage(t, func(env *video.MuxEnvironment) { env.Spec.AllowedNamespaces = test.allowed })
			s.options.Namespace = test.namespace
			s.start(&gate{})
			s.settle()
			if !test.refused {
				if got := s.reason(video.ConditionReady); got != "True Ready" {
					t.Errorf("it is %s: %v", got, conditionsOf(s.env))
				}
				return
			}
			if got := s.reason(video.ConditionStalled); got != "True InvalidSpec" || !strings.Contains(s.message(video.ConditionReady), "remove spec.allowedNamespaces") {
				t.Errorf("it is %s: %v", got, conditionsOf(s.env))
			}
			if calls := s.calls(); len(calls) != 0 {
				t.Errorf("Mux was asked %v", calls)
			}
			s.quiet()
			s.edit(func(env *video.MuxEnvironment) { env.Spec.AllowedNamespaces = nil })
			s.settle()
			if got := s.reason(video.ConditionReady); got != "True Ready" {
				t.Errorf("mended it is %s: %v", got, conditionsOf(s.env))
			}
			s.edit(func(env *video.MuxEnvironment) { env.Spec.AllowedNamespaces = test.allowed })
			s.settle()
			s.remove(s.env)
			s.settle()
			if s.exists() {
				t.Errorf("it does not go: %v", conditionsOf(s.env))
			}
		})
	}
}
