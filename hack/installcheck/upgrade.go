// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// The projection versions of the two images.
const (
	newerVersion = video.ProjectionVersion
	olderVersion = video.ProjectionVersion - 1
)

// The objects that the newer version writes, and one that it does not.
const (
	writtenAsset  = "muxasset/declared"
	writtenStream = "muxlivestream/studio"
	leftAsset     = "muxasset/chart-restart-0"
)

// refresh asks for an asset to be read at Mux; the token is how the status shows that it was.
func (c *check) refresh(object, token string) error {
	return c.all([]string{"annotate", object, video.AnnotationRequestRefresh + "=" + token, "--overwrite"})
}

func (c *check) refreshed(object, token string) error {
	return eventually(func() error {
		got, err := c.field(object, ".status.lastHandledRefresh")
		if err == nil && got != token {
			err = fmt.Errorf("%s has handled the refresh %q, not %q", object, got, token)
		}
		return err
	})
}

// written counts the objects by their projection version, and holds that of some of them.
func (c *check) written(want map[string]int32) error {
	objects, err := c.followed()
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, object := range objects {
		counts[fmt.Sprintf("with version %d", object.GetFollowedStatus().ProjectionVersion)]++
	}
	say("objects by their projection version: %s", tally(counts))
	for name, version := range want {
		if got := objects[name].GetFollowedStatus().ProjectionVersion; got != version {
			return fmt.Errorf("%s has projection version %d, want %d", name, got, version)
		}
	}
	return nil
}

// writeNewer brings about a write of each writer, the leader's by a refresh and the receiver's by a broadcast.
func (c *check) writeNewer() error {
	if err := c.written(map[string]int32{writtenAsset: olderVersion, writtenStream: olderVersion, leftAsset: olderVersion}); err != nil {
		return err
	}
	if err := c.refresh(writtenAsset, "newer"); err != nil {
		return err
	}
	if err := c.refreshed(writtenAsset, "newer"); err != nil {
		return err
	}
	if err := c.broadcast(); err != nil {
		return err
	}
	return c.written(map[string]int32{writtenAsset: newerVersion, writtenStream: newerVersion, leftAsset: olderVersion})
}

// leaveNewer has the older version asked for both writes again. It serves an object of its own version meanwhile.
func (c *check) leaveNewer() error {
	before, err := c.followed()
	if err != nil {
		return err
	}
	for _, object := range []string{writtenAsset, leftAsset} {
		if err := c.refresh(object, "older"); err != nil {
			return err
		}
	}
	if err := c.encoder("connect"); err != nil {
		return err
	}
	if err := c.refreshed(leftAsset, "older"); err != nil {
		return err
	}
	if err := eventually(c.leftToNewer); err != nil {
		return err
	}
	after, err := c.followed()
	if err != nil {
		return err
	}
	for _, name := range []string{writtenAsset, writtenStream} {
		if !sameStatus(before[name], after[name]) {
			return fmt.Errorf("the older version has written the status of %s", name)
		}
	}
	return c.written(map[string]int32{writtenAsset: newerVersion, writtenStream: newerVersion, leftAsset: olderVersion})
}

func sameStatus(a, b followed) bool {
	switch a := a.(type) {
	case *video.MuxAsset:
		return equality.Semantic.DeepEqual(a.Status, b.(*video.MuxAsset).Status)
	case *video.MuxLiveStream:
		return equality.Semantic.DeepEqual(a.Status, b.(*video.MuxLiveStream).Status)
	default:
		return false
	}
}

// leftToNewer is an error until the leader has said so of the asset, and a webhook of the live stream was refused for that.
func (c *check) leftToNewer() error {
	deliveries, err := c.deliveries()
	if err != nil {
		return err
	}
	refused := count(deliveries, func(d delivery) bool {
		return d.Status == 503 && strings.Contains(string(d.Answer), "newer_version") && strings.HasPrefix(d.Type, "video.live_stream.")
	})
	logs, err := c.kubectl("", "logs", "-n", operatorNamespace, "-l", "control-plane=controller-manager", "--tail=-1")
	if err != nil {
		return err
	}
	left := strings.Count(logs, "left to a newer replica")
	if refused == 0 || left == 0 {
		return fmt.Errorf("%d webhooks were refused and %d reconciles left to a newer replica", refused, left)
	}
	say("%d webhooks answered 503 newer_version, %d reconciles left to a newer replica", refused, left)
	return nil
}

// takeUp upgrades again: the refresh is carried out, and the webhooks that were refused come once more.
func (c *check) takeUp() error {
	before, err := c.requests()
	if err != nil {
		return err
	}
	if err := c.upgradeTo(newer); err != nil {
		return err
	}
	if err := c.refreshed(writtenAsset, "older"); err != nil {
		return err
	}
	if err := c.wait(writtenStream, "Active"); err != nil {
		return err
	}
	if err := c.encoder("disconnect"); err != nil {
		return err
	}
	if err := c.wait(writtenStream, "Active=False"); err != nil {
		return err
	}
	if err := c.installNewer(); err != nil {
		return err
	}
	after, err := c.requests()
	if err != nil {
		return err
	}
	say("asked of Mux: %s", summary(after[len(before):]))
	if made := count(after[len(before):], func(r request) bool { return r.Method != "GET" }); made > 0 {
		return fmt.Errorf("%d requests changed something at Mux", made)
	}
	return nil
}
