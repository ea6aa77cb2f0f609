// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// asset builds one of the second generation in the environment ns/env.
func asset(edits ...func(*video.MuxAsset)) *video.MuxAsset {
	a := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "asset", Generation: 2}}
	a.Spec.EnvironmentRef.Name = "env"
	for _, edit := range edits {
		edit(a)
	}
	return a
}

// blockedBy is what the leader writes about an object that it could not carry to Mux.
func blockedBy(reason string, generation int64) func(*video.MuxAsset) {
	return func(a *video.MuxAsset) {
		a.Status.ObservedGeneration = generation
		projection.SetCondition(&a.Status.Conditions, generation, metav1.Now(), video.ConditionSynced, metav1.ConditionFalse, reason, "why")
		projection.SummarizeAsset(a, metav1.Now())
	}
}

func intended(a *video.MuxAsset) { a.Status.Creation = &video.CreationStatus{Token: "token"} }

func annotated(key string) func(*video.MuxAsset) {
	return func(a *video.MuxAsset) { a.Annotations = map[string]string{key: "value"} }
}

func imports(a *video.MuxAsset) { a.Spec.Import = &video.ImportSpec{ID: "id"} }

func TestWaiting(t *testing.T) {
	now := metav1.Now()
	for name, test := range map[string]struct {
		asset *video.MuxAsset
		waits bool
	}{
		"new":                                 {asset(), true},
		"waits for its environment":           {asset(blockedBy(video.ReasonEnvironmentNotReady, 2)), true},
		"suspended":                           {asset(blockedBy(video.ReasonSuspended, 2)), false},
		"receive only":                        {asset(blockedBy(video.ReasonReceiveOnly, 2)), false},
		"without its Secret":                  {asset(blockedBy(video.ReasonSecretNotFound, 2)), false},
		"invalid":                             {asset(blockedBy(video.ReasonInvalid, 2)), false},
		"of a namespace that is not allowed":  {asset(blockedBy(video.ReasonEnvironmentNotAllowed, 2)), false},
		"invalid, and mended":                 {asset(blockedBy(video.ReasonInvalid, 1)), true},
		"stalled, with an intent":             {asset(blockedBy(video.ReasonSecretNotFound, 2), intended), true},
		"stalled, with a create":              {asset(blockedBy(video.ReasonSuspended, 2), annotated(video.AnnotationCreateToken)), true},
		"the outcome of its create not known": {asset(blockedBy(video.ReasonCreateOutcomeUnknown, 2), intended), true},
		"imports an id":                       {asset(imports), false},
		"has its id in the annotation":        {asset(annotated(video.AnnotationID)), false},
		"has its id":                          {asset(intended, func(a *video.MuxAsset) { a.Status.ID = "id" }), false},
		"being deleted":                       {asset(func(a *video.MuxAsset) { a.DeletionTimestamp = &now }), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Waiting(test.asset); got != test.waits {
				t.Errorf("got %v, want %v; conditions are %v", got, test.waits, test.asset.Status.Conditions)
			}
		})
	}
}
