// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// explain adds to a failure what a person would look at next: the conditions and the ends of the logs.
func (s *stage) explain(err error) error {
	var text strings.Builder
	s.describeObjects(&text)
	for _, p := range s.processes {
		fmt.Fprintf(&text, "\nthe last lines of %s:\n%s", p.name, tail(p.log, 20))
	}
	return fmt.Errorf("%w\n%s", err, text.String())
}

// describeObjects works without the stage's context, which may have ended.
func (s *stage) describeObjects(text *strings.Builder) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 5*time.Second)
	defer cancel()
	var environments video.MuxEnvironmentList
	var assets video.MuxAssetList
	if err := errors.Join(s.client.List(ctx, &environments), s.client.List(ctx, &assets)); err != nil {
		fmt.Fprintf(text, "the API server does not tell more: %v\n", err)
		return
	}
	for _, env := range environments.Items {
		describe(text, "MuxEnvironment "+env.Name, env.Status.Conditions)
	}
	for _, asset := range assets.Items {
		describe(text, "MuxAsset "+asset.Name, asset.Status.Conditions)
	}
}

func describe(text *strings.Builder, object string, conditions []metav1.Condition) {
	fmt.Fprintf(text, "%s has %d conditions\n", object, len(conditions))
	for _, c := range conditions {
		fmt.Fprintf(text, "    %s %s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
	}
}

// tail returns the last n lines of a file.
func tail(path string, n int) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error() + "\n"
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "") + "\n"
}
