// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestSeedAssets : what was seeded is there to be read, in the order of time, and no event tells of it; it is changed like any other.
func TestSeedAssets(t *testing.T) {
	b := newBench(t, Options{})
	newest := b.clock.Now().Add(-time.Hour).Truncate(time.Second)
	ids, err := b.SeedAssets(DefaultEnvironmentID, 250, newest, time.Minute)
	if err != nil || len(ids) != 250 || len(b.Recorded()) != 0 {
		t.Fatalf("%d were seeded, %d events: %v", len(ids), len(b.Recorded()), err)
	}
	var listed []string
	for cursor := ""; ; {
		status, page := b.ask("GET", "/video/v1/assets?limit=100&cursor="+url.QueryEscape(cursor), "")
		if status != 200 {
			t.Fatalf("the list is answered %d", status)
		}
		for _, asset := range objects(page, "data") {
			listed = append(listed, asset["id"].(string))
		}
		next, more := page["next_cursor"].(string)
		if !more {
			break
		}
		cursor = next
	}
	slices.Reverse(listed)
	if !slices.Equal(listed, ids) {
		t.Errorf("the list has %d in another order", len(listed))
	}
	oldest := b.asset(ids[0])
	if oldest["status"] != "ready" || oldest["created_at"] != strconv.FormatInt(newest.Add(-249*time.Minute).Unix(), 10) || len(objects(oldest, "playback_ids")) != 1 {
		t.Errorf("the oldest is %v", oldest)
	}
	b.want(200, "PATCH", "/video/v1/assets/"+ids[7], `{"passthrough":"changed"}`)
	if b.asset(ids[7])["passthrough"] != "changed" {
		t.Error("it is not changed")
	}
	if _, err := b.SeedAssets("nowhere", 1, newest, 0); err == nil {
		t.Error("an environment that does not exist was seeded")
	}
}
