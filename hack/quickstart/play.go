// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// play goes the whole path: it returns once every sample asset and live stream is Ready.
func (s *stage) play() error {
	rendered, err := s.renderSamples()
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		s.startMux,
		s.startOperator,
		func() error { return s.apply(rendered.environment) },
		s.registerWebhook,
		s.showTable,
		func() error { return s.apply(rendered.objects) },
		s.assetsReady,
		s.streamsReady,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	say("every sample asset is Ready: the whole path works")
	return nil
}

func (s *stage) apply(manifests string) error {
	output, err := s.kubectl(manifests, "apply", "-f", "-")
	if err == nil {
		fmt.Println(indent(output))
	}
	return err
}

// pathLimit is how long the operator may take to publish the webhook's path; it takes less than a second.
const pathLimit = 30 * time.Second

// registerWebhook does what a person does in Mux's dashboard: it enters the path that the environment publishes, and Mux
// signs what it sends there with the secret that the environment's Secret holds.
func (s *stage) registerWebhook() error {
	env, err := s.environment()
	if err != nil {
		return err
	}
	secret, err := s.signingSecret(env)
	if err != nil {
		return err
	}
	url := s.webhookURL(env)
	say("telling the simulator to send webhooks to %s", url)
	body, err := json.Marshal(map[string]string{"environment": env.Status.EnvironmentID, "address": url, "secret": secret})
	if err != nil {
		return err
	}
	response, err := http.Post(s.muxURL()+"/_sim/webhooks", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return fmt.Errorf("the simulator refused the webhook: %s", response.Status)
	}
	return nil
}

// environment waits for the sample environment to be Ready.
func (s *stage) environment() (*video.MuxEnvironment, error) {
	var list video.MuxEnvironmentList
	err := s.within(pathLimit, "the MuxEnvironment is not Ready", func(ctx context.Context) (bool, error) {
		if err := s.client.List(ctx, &list); err != nil {
			return false, err
		}
		return len(list.Items) == 1 && list.Items[0].Status.WebhookPath != "" && ready(list.Items[0].Status.Conditions), nil
	})
	if err != nil {
		return nil, err
	}
	return &list.Items[0], nil
}

func (s *stage) webhookURL(env *video.MuxEnvironment) string {
	return "http://" + address(s.ports.receiver) + env.Status.WebhookPath
}

// signingSecret is the first one of the environment.
func (s *stage) signingSecret(env *video.MuxEnvironment) (string, error) {
	if env.Spec.Webhook == nil || len(env.Spec.Webhook.SigningSecretRefs) == 0 {
		return "", fmt.Errorf("MuxEnvironment %s names no signing secret", env.Name)
	}
	ref := env.Spec.Webhook.SigningSecretRefs[0]
	var secret corev1.Secret
	err := s.client.Get(s.ctx, client.ObjectKey{Namespace: env.Namespace, Name: ref.Name}, &secret)
	return strings.TrimSpace(string(secret.Data[ref.Key])), err
}

// readyLimit is ample: the simulator takes 2 s for an asset.
const readyLimit = 2 * time.Minute

func (s *stage) assetsReady() error {
	objects := 0
	err := s.within(readyLimit, "the sample assets are not Ready", func(ctx context.Context) (bool, error) {
		var list video.MuxAssetList
		if err := s.client.List(ctx, &list); err != nil {
			return false, err
		}
		all := len(list.Items) > 0
		for _, asset := range list.Items {
			if c := meta.FindStatusCondition(asset.Status.Conditions, video.ConditionStalled); c != nil && c.Status == metav1.ConditionTrue {
				return false, fmt.Errorf("MuxAsset %s is Stalled: %s: %s", asset.Name, c.Reason, c.Message)
			}
			all = all && ready(asset.Status.Conditions)
		}
		objects = len(list.Items)
		return all, nil
	})
	if err != nil {
		return err
	}
	return s.tableShows(objects)
}

// streamsReady waits for the live streams, whose stream keys are then in their Secrets.
func (s *stage) streamsReady() error {
	return s.within(readyLimit, "the sample live streams are not Ready", func(ctx context.Context) (bool, error) {
		var list video.MuxLiveStreamList
		if err := s.client.List(ctx, &list); err != nil {
			return false, err
		}
		all := len(list.Items) > 0
		for _, stream := range list.Items {
			all = all && ready(stream.Status.Conditions) && meta.IsStatusConditionTrue(stream.Status.Conditions, video.ConditionStreamKeyReady)
		}
		return all, nil
	})
}

func ready(conditions []metav1.Condition) bool {
	return meta.IsStatusConditionTrue(conditions, video.ConditionReady)
}
