// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"
)

// assetsUnderTraffic come while something happens; each brings three or more webhooks within two seconds of its create, which the
// operator's limit spreads: at one create a second the traffic lasts as many seconds.
const assetsUnderTraffic = 25

// underTraffic declares assets, does something while their webhooks come, and holds that in the end each is Ready and nothing waits at
// the sender, which has had a 2xx for every event. It does not tell by which of them an asset became Ready, or whether the operator
// looked for itself.
func (c *check) underTraffic(name string, do func() error) error {
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
	return c.everythingReady()
}

func (c *check) restart() error {
	return c.all([]string{"-n", operatorNamespace, "rollout", "restart", deployment}, c.rolledOut())
}

// kill ends the process of one pod as the node's kernel would when memory runs out. NODE_EXEC leads into the node where that is
// elsewhere.
func (c *check) kill() error {
	into := strings.Fields(os.Getenv("NODE_EXEC"))
	command := append(into, "sh", "-c", "kill -9 $(pgrep -o -x mux-operator)")
	_, err := run("", command[0], command[1:]...)
	return err
}
