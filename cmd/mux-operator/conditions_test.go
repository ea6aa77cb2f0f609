// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// aSecond is the bound for a cause to show and for a cure to take, as promised to people. It is checked, generously
// counted, on a machine that runs many tests at once.
const aSecond = time.Second

// TestCauseAndCure breaks an environment in the ways that people do and mends it again, while an asset waits.
func TestCauseAndCure(t *testing.T) {
	for name, test := range map[string]struct {
		cause, cure func(*stage)
		environment string // reason on the environment
		asset       string // reason on an asset that has something to send
	}{
		"wrong credentials": {
			cause:       func(s *stage) { s.setSecret("MUX_TOKEN_SECRET", "wrong") },
			cure:        func(s *stage) { s.setSecret("MUX_TOKEN_SECRET", muxsim.DefaultTokenSecret) },
			environment: video.ReasonCredentialsRejected,
			asset:       video.ReasonEnvironmentNotReady,
		},
		"missing secret": {
			cause: func(s *stage) {
				if err := s.Delete(s.ctx, s.secret.DeepCopy()); err != nil {
					s.Fatal(err)
				}
			},
			cure: func(s *stage) {
				s.secret = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "mux"}, StringData: map[string]string{
					"MUX_TOKEN_ID": muxsim.DefaultTokenID, "MUX_TOKEN_SECRET": muxsim.DefaultTokenSecret, "MUX_WEBHOOK_SECRET": signingSecret,
				}}
				s.create(s.secret)
			},
			environment: video.ReasonSecretNotFound,
			asset:       video.ReasonEnvironmentNotReady,
		},
		"missing key": {
			cause:       func(s *stage) { s.setSecret("MUX_TOKEN_ID", "") },
			cure:        func(s *stage) { s.setSecret("MUX_TOKEN_ID", muxsim.DefaultTokenID) },
			environment: video.ReasonSecretKeyMissing,
			asset:       video.ReasonEnvironmentNotReady,
		},
		"missing signing secret": {
			cause:       func(s *stage) { s.setSecret("MUX_WEBHOOK_SECRET", "") },
			cure:        func(s *stage) { s.setSecret("MUX_WEBHOOK_SECRET", signingSecret) },
			environment: video.ReasonSecretKeyMissing,
			asset:       video.ReasonEnvironmentNotReady,
		},
		"suspended environment": {
			cause:       func(s *stage) { patch(s, s.env, func(e *video.MuxEnvironment) { e.Spec.Suspend = true }) },
			cure:        func(s *stage) { patch(s, s.env, func(e *video.MuxEnvironment) { e.Spec.Suspend = false }) },
			environment: video.ReasonSuspended,
			asset:       video.ReasonEnvironmentSuspended,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
			s.webhooks(s.operator())
			s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
			settled := s.ready("settled")
			test.cause(s)
			shown := s.condition(s.env, aSecond, video.ConditionReady, metav1.ConditionFalse, test.environment)
			waiting := s.managed("waiting")
			s.condition(waiting, aSecond, video.ConditionSynced, metav1.ConditionFalse, test.asset)
			s.condition(settled, aSecond, video.ConditionReady, metav1.ConditionTrue, "")
			test.cure(s)
			cleared := s.condition(s.env, aSecond, video.ConditionReady, metav1.ConditionTrue, "")
			s.condition(waiting, aSecond, video.ConditionSynced, metav1.ConditionTrue, "")
			s.condition(waiting, soon, video.ConditionReady, metav1.ConditionTrue, "")
			t.Logf("the cause showed after %s, the cure after %s", shown.Round(time.Millisecond), cleared.Round(time.Millisecond))
		})
	}
}

// setSecret changes one value of the stage's Secret; "" removes the key.
func (s *stage) setSecret(key, value string) {
	s.Helper()
	if err := s.get(s.secret); err != nil {
		s.Fatal(err)
	}
	patch(s, s.secret, func(secret *corev1.Secret) {
		if value == "" {
			delete(secret.Data, key)
			return
		}
		secret.Data[key] = []byte(value)
	})
}
