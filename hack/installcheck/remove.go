// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// uninstall leaves the CRDs and every object.
func (c *check) uninstall() error {
	before, err := c.kubectl("", "get", "crd,mux", "-A", "-o", "name")
	if err != nil {
		return err
	}
	if err := c.helm("uninstall", "mux-operator", "--wait", "--timeout", "90s"); err != nil {
		return err
	}
	after, err := c.kubectl("", "get", "crd,mux", "-A", "-o", "name")
	if err == nil && after != before {
		err = fmt.Errorf("objects before:\n%s\nafter:\n%s", before, after)
	}
	return err
}

// deleteOne holds that an asset goes at Mux, by one request, and then here.
func (c *check) deleteOne() error {
	before, err := c.requests()
	if err != nil {
		return err
	}
	if err := c.all([]string{"delete", "muxasset", "declared", "--timeout=60s"}); err != nil {
		return err
	}
	after, err := c.requests()
	if got := count(after[len(before):], request.deletes); err == nil && got != 1 {
		err = fmt.Errorf("%d requests took something away at Mux, want 1", got)
	}
	return err
}

// remove takes everything away in the order of docs/operations.md, and holds that nothing is left that kustomize could find.
func (c *check) remove() error {
	if err := c.all(
		[]string{"delete", "muxassets,muxlivestreams,muxuploads", "--all", "--timeout=120s"},
		[]string{"delete", "muxenvironments", "--all", "--timeout=60s"},
		[]string{"delete", "secret", "mux"}); err != nil {
		return err
	}
	if err := eventually(c.delivered); err != nil {
		return err
	}
	if err := c.helm("uninstall", "mux-operator", "--wait", "--timeout", "90s"); err != nil {
		return err
	}
	crds, err := c.kubectl("", "get", "crd", "-o", "name")
	if err != nil {
		return err
	}
	if err := c.all(append([]string{"delete", "--timeout=60s"}, strings.Fields(crds)...),
		[]string{"delete", "namespace", operatorNamespace, "--timeout=60s"}); err != nil {
		return err
	}
	deliveries, err := c.deliveries()
	if err != nil {
		return err
	}
	c.compared = len(deliveries)
	return c.nothingLeft()
}

// nothingLeft looks through everything that the cluster can list.
func (c *check) nothingLeft() error {
	kinds, err := c.kubectl("", "api-resources", "--verbs=list", "-o", "name")
	if err != nil {
		return err
	}
	named := strings.Join(strings.Fields(kinds), ",")
	all, err := c.kubectl("", "get", named, "-A", "--ignore-not-found", "-o",
		`jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name}{"\n"}{end}`)
	if err != nil {
		return err
	}
	var left []string
	for _, object := range strings.Fields(all) {
		ours := strings.Contains(object, "mux") && !strings.Contains(object, "muxsim")
		// An Event may tell for an hour what happened to an object that is gone.
		if ours && !strings.HasPrefix(object, "Event/") {
			left = append(left, object)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("left in the cluster: %s", strings.Join(left, ", "))
	}
	return nil
}
