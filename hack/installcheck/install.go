// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The images that run.sh makes: this tree, and this tree with the projection version before.
const (
	repository = "localhost/mux-operator"
	newer      = "v0.1.0"
	older      = "v0.0.9"
)

// upgradeTo packages the chart under a version and installs or upgrades to it.
func (c *check) upgradeTo(version string) error {
	chart := filepath.Join(c.root, "config/chart/mux-operator")
	number := strings.TrimPrefix(version, "v")
	if err := c.helm("package", chart, "--version", number, "--app-version", version, "--destination", c.scratch); err != nil {
		return err
	}
	return c.helm("upgrade", "--install", "mux-operator", filepath.Join(c.scratch, "mux-operator-"+number+".tgz"), "--wait", "--timeout", "90s",
		"--set", "image.repository="+repository, "--set", "image.pullPolicy=Never")
}

// installOlder makes the namespace as docs/install.md says, since Helm gives the one that it makes no label.
func (c *check) installOlder() error {
	if err := c.all([]string{"create", "namespace", operatorNamespace},
		[]string{"label", "namespace", operatorNamespace, "pod-security.kubernetes.io/enforce=restricted"}); err != nil {
		return err
	}
	if err := c.upgradeTo(older); err != nil {
		return err
	}
	return c.twoReplicas(older)
}

// twoReplicas holds that two pods of an image are ready.
func (c *check) twoReplicas(version string) error {
	got, err := c.field(deployment, ".status.readyReplicas} {.spec.template.spec.containers[0].image", "-n", operatorNamespace)
	if want := "2 " + repository + ":" + version; err == nil && got != want {
		err = fmt.Errorf("%q are ready, not %q", got, want)
	}
	return err
}

func (c *check) installNewer() error {
	if err := c.upgradeTo(newer); err != nil {
		return err
	}
	if err := c.twoReplicas(newer); err != nil {
		return err
	}
	return c.everythingReady()
}

func (c *check) rollback() error {
	if err := c.helm("rollback", "mux-operator", "1", "--wait", "--timeout", "90s"); err != nil {
		return err
	}
	if err := c.twoReplicas(older); err != nil {
		return err
	}
	return c.everythingReady()
}

func (c *check) helmTest() error { return c.helm("test", "mux-operator", "--timeout", "60s") }

// overlay points config/default to the image of this check.
const overlay = `resources:
- %s
images:
- name: ghcr.io/mux-operator/mux-operator
  newName: ` + repository + `
  newTag: ` + newer + `
`

func (c *check) applyKustomize() error {
	folder := filepath.Join(c.scratch, "overlay")
	base, err := filepath.Rel(folder, filepath.Join(c.root, "config/default"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), fmt.Appendf(nil, overlay, base), 0o644); err != nil {
		return err
	}
	if err := c.all([]string{"apply", "--server-side", "-k", folder}, c.rolledOut()); err != nil {
		return err
	}
	return c.twoReplicas(newer)
}

func (c *check) rolledOut() []string {
	return []string{"-n", operatorNamespace, "rollout", "status", deployment, "--timeout=120s"}
}
