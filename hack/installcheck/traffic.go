// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// assetsUnderTraffic come while something happens; each brings three or more webhooks within two seconds of its create, which the
// operator's limit spreads: at one create a second the traffic lasts as many seconds.
const assetsUnderTraffic = 25

// underTraffic declares assets, does something while their webhooks come, and holds that in the end each is Ready and nothing waits at
// the sender, which has had a 2xx for every event. That the events are in the statuses is for accounted.
func (c *check) underTraffic(name string, do func() error) error {
	before, err := c.deliveries()
	if err != nil {
		return err
	}
	var manifest strings.Builder
	for i := range assetsUnderTraffic {
		fmt.Fprintf(&manifest, "---\napiVersion: video.mux.com/v1alpha1\nkind: MuxAsset\nmetadata: {name: %s-%d}\n"+
			"spec:\n  environmentRef: {name: default}\n  inputs: [{url: https://example.com/%s-%d.mp4}]\n", name, i, name, i)
	}
	if _, err := c.kubectl(manifest.String(), "apply", "-f", "-"); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := c.everythingReady(); err != nil {
		return err
	}
	after, err := c.deliveries()
	if err != nil {
		return err
	}
	during := after[len(before):]
	say("%d webhooks sent, %d of them taken; what was not was sent again", len(during), count(during, delivery.taken))
	return nil
}

func (c *check) restart() error {
	return c.all([]string{"-n", operatorNamespace, "rollout", "restart", deployment}, c.rolledOut())
}
