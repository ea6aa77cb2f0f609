// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
)

// samplesMux is where hack/quickstart/samples has the simulator.
const samplesMux = "http://127.0.0.1:8089"

// samples are the rendered manifests: those of the environment and its Secret, and the objects that live in it. They are
// applied apart, because webhooks can be sent only once the environment has told their path.
type samples struct{ environment, objects string }

var followedKind = regexp.MustCompile(`(?m)^kind: Mux(Asset|LiveStream|Upload)$`)

func split(rendered string) (s samples) {
	for _, document := range strings.Split(rendered, "\n---\n") {
		if followedKind.MatchString(document) {
			s.objects += "---\n" + document + "\n"
		} else {
			s.environment += "---\n" + document + "\n"
		}
	}
	return s
}

// renderSamples renders the overlay for this stage's simulator.
func (s *stage) renderSamples() (samples, error) {
	rendered, err := s.kubectl("", "kustomize", "hack/quickstart/samples")
	if err != nil {
		return samples{}, err
	}
	return split(strings.ReplaceAll(rendered, samplesMux, s.muxURL())), nil
}

// kubectl runs the control plane's own kubectl and returns what it prints.
func (s *stage) kubectl(stdin string, args ...string) (string, error) {
	command := s.kubectlCommand(args...)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := command.Run(); err != nil {
		if s.ctx.Err() != nil {
			return "", s.cause()
		}
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

func (s *stage) kubectlCommand(args ...string) *exec.Cmd {
	return exec.CommandContext(s.ctx, s.plane.Kubectl(), append([]string{"--kubeconfig", s.kubeconfig()}, args...)...)
}
