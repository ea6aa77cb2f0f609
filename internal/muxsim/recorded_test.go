// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func types(events []Event) (all []string) {
	for _, e := range events {
		all = append(all, e.Type)
	}
	return all
}

func TestRecorded(t *testing.T) {
	b := newBench(t, Options{Environments: []Environment{
		{ID: "one", Tokens: []Token{{ID: DefaultTokenID, Secret: DefaultTokenSecret}}}, {ID: "two"},
	}})
	b.RemoveWebhook(b.endpoints[0].id) // nobody listens
	b.SetFaults(Faults{Drop: []Rule{{}}})
	b.makeAsset(plainAsset)
	b.pass(2 * time.Second)
	b.Emit("two", []byte(`{"type":"x","id":"y","created_at":5}`))
	b.Emit("two", []byte(`not JSON`))
	all := b.Recorded()
	if want := []string{"video.asset.created", "video.asset.ready", "x", ""}; !slices.Equal(types(all), want) {
		t.Fatalf("got %v, want %v", types(all), want)
	}
	first := all[0]
	var envelope struct{ ID string }
	if err := json.Unmarshal(first.Body, &envelope); err != nil || envelope.ID != first.ID || first.Environment != "one" || !first.CreatedAt.Equal(start) {
		t.Errorf("%v %+v", err, first)
	}
	if got := all[2]; got.Environment != "two" || got.ID != "y" || !got.CreatedAt.IsZero() || string(all[3].Body) != "not JSON" {
		t.Errorf("emitted: %+v", got)
	}
	if n := len(b.Deliveries()); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

func TestScramble(t *testing.T) {
	b := newBench(t, Options{})
	for range 5 {
		b.makeAsset(plainAsset)
	}
	b.pass(2 * time.Second)
	events := b.Recorded()
	once := Scramble{Seed: 1}.Of(events)
	if cmp.Equal(types(once), types(events)) || !cmp.Equal(once, Scramble{Seed: 1}.Of(events)) || cmp.Equal(once, Scramble{Seed: 2}.Of(events)) {
		t.Error("the seed does not decide the order")
	}
	byID := func(a, b Event) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) }
	if !cmp.Equal(slices.SortedFunc(slices.Values(once), byID), slices.SortedFunc(slices.Values(events), byID)) {
		t.Error("something was lost or added")
	}
	attempts := map[string][]int{}
	for _, e := range (Scramble{Copies: 2}).Of(events) {
		var body struct {
			ID       string
			Attempts []attempt
		}
		if err := json.Unmarshal(e.Body, &body); err != nil || body.ID != e.ID {
			t.Fatal(err, body.ID)
		}
		attempts[e.ID] = append(attempts[e.ID], len(body.Attempts))
	}
	if len(attempts) != len(events) {
		t.Errorf("%d events of %d", len(attempts), len(events))
	}
	for id, counts := range attempts {
		if slices.Sort(counts); !slices.Equal(counts, []int{0, 1, 2}) {
			t.Errorf("%s: attempts %v", id, counts)
		}
	}
	if got := (Scramble{Copies: 1}).Of([]Event{{Body: []byte("no JSON")}}); len(got) != 2 || string(got[1].Body) != "no JSON" {
		t.Errorf("what is no object: %v", got)
	}
}

func TestControlEvents(t *testing.T) {
	b := newBench(t, Options{})
	listed := func(query string) (all []Event) {
		status, raw := b.raw("GET", "/_sim/events"+query)
		if err := json.Unmarshal(raw, &all); err != nil || status != 200 {
			t.Fatal(status, err)
		}
		return all
	}
	if all := listed(""); all == nil || len(all) != 0 {
		t.Errorf("before anything: %v", all)
	}
	for range 3 {
		b.makeAsset(plainAsset)
	}
	b.pass(2 * time.Second)
	if diff := cmp.Diff(b.Recorded(), listed("")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Scramble{Seed: 7}.Of(b.Recorded()), listed("?seed=7")); diff != "" {
		t.Error(diff)
	}
	if n := len(listed("?copies=2")); n != 18 {
		t.Errorf("%d, want 18", n)
	}
	for _, query := range []string{"?seed=x", "?copies=256", "?copies=-1"} {
		b.control(400, "GET", "/events"+query, "")
	}
}
