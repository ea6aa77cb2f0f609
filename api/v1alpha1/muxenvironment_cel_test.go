// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func validEnvironment() *video.MuxEnvironment {
	return &video.MuxEnvironment{ObjectMeta: meta(), Spec: video.MuxEnvironmentSpec{
		CredentialsSecretRef: &video.CredentialsSecretReference{Name: "mux"},
		Webhook:              &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux"}}},
	}}
}

func TestMuxEnvironmentValidation(t *testing.T) {
	interval := func(d time.Duration) func(*video.MuxEnvironment) {
		return func(e *video.MuxEnvironment) {
			e.Spec.Resync = &video.ResyncSpec{Interval: &metav1.Duration{Duration: d}}
		}
	}
	tolerance := func(seconds int32) func(*video.MuxEnvironment) {
		return func(e *video.MuxEnvironment) { e.Spec.Webhook.ToleranceSeconds = seconds }
	}
	try(t, validEnvironment, []row[*video.MuxEnvironment]{
		{"valid", func(*video.MuxEnvironment) {}, ""},
		{"neither credentials nor id", func(e *video.MuxEnvironment) { e.Spec.CredentialsSecretRef = nil }, "credentialsSecretRef is needed"},
		{"receive only", func(e *video.MuxEnvironment) { e.Spec.CredentialsSecretRef, e.Spec.EnvironmentID = nil, "abc123" }, ""},
		{"another API", func(e *video.MuxEnvironment) { e.Spec.APIURL = "http://127.0.0.1:8089" }, ""},
		{"an API with a user", func(e *video.MuxEnvironment) { e.Spec.APIURL = "https://user:word@api.mux.com" }, "spec.apiURL"},
		{"an API with a path", func(e *video.MuxEnvironment) { e.Spec.APIURL = "https://api.mux.com/video" }, "spec.apiURL"},
		{"shortest tolerance", tolerance(60), ""},
		{"too short a tolerance", tolerance(59), "toleranceSeconds"},
		{"longest tolerance", tolerance(600), ""},
		{"too long a tolerance", tolerance(601), "toleranceSeconds"},
		{"a signing secret twice", func(e *video.MuxEnvironment) {
			e.Spec.Webhook.SigningSecretRefs = []video.SigningSecretReference{{Name: "a", Key: "k"}, {Name: "a", Key: "k"}}
		}, "Duplicate value"},
		{"two keys of one secret", func(e *video.MuxEnvironment) {
			e.Spec.Webhook.SigningSecretRefs = []video.SigningSecretReference{{Name: "a", Key: "old"}, {Name: "a", Key: "new"}}
		}, ""},
		{"selector without from", func(e *video.MuxEnvironment) {
			e.Spec.AllowedNamespaces = &video.AllowedNamespaces{From: video.NamespacesFromAll, Selector: &metav1.LabelSelector{}}
		}, "selector is for from: Selector"},
		{"from without selector", func(e *video.MuxEnvironment) {
			e.Spec.AllowedNamespaces = &video.AllowedNamespaces{From: video.NamespacesFromSelector}
		}, "selector is for from: Selector"},
		{"by selector", func(e *video.MuxEnvironment) {
			e.Spec.AllowedNamespaces = &video.AllowedNamespaces{From: video.NamespacesFromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "video"}}}
		}, ""},
		{"no sweep", interval(0), ""},
		{"a sweep every second", interval(time.Second), ""},
		{"a sweep every blink", interval(100 * time.Millisecond), "at least 1s"},
		{"registration without TLS", func(e *video.MuxEnvironment) {
			e.Spec.Webhook.Registration = &video.WebhookRegistration{PublicURL: "http://hooks.example.com"}
		}, "publicURL"},
		{"credentials may change", func(e *video.MuxEnvironment) { e.Spec.CredentialsSecretRef.Name = "other" }, ""},
	})
}

func TestMuxEnvironmentDefaults(t *testing.T) {
	env := validEnvironment()
	reach(t, env, nil)
	if env.Spec.APIURL != video.DefaultAPIURL || env.Spec.Webhook.ToleranceSeconds != video.DefaultToleranceSeconds ||
		env.Spec.Webhook.SigningSecretRefs[0].Key != video.DefaultSigningSecretKey ||
		env.Spec.CredentialsSecretRef.TokenIDKey != video.DefaultTokenIDKey || env.Status.ObservedGeneration != -1 {
		t.Errorf("defaults are %+v, %+v", env.Spec, env.Status)
	}
}
