// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestPlanParts is each step that parts of one kind can take.
func TestPlanParts(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	change := func(context.Context, *mux.Client, string, video.ChildStatus) (shownPart, mux.Meta, error) {
		return shownPart{}, mux.Meta{}, nil
	}
	a := part{key: "a", content: "1", settings: "s", change: change, shows: func(s shownPart) string { return s.settings.name }}
	known := func(id, content, settings string) []video.ChildStatus {
		return []video.ChildStatus{{Kind: "k", Key: "a", ID: id, Content: content, Settings: settings, AddedAt: &metav1.Time{Time: at}}}
	}
	shows := func(asOf time.Time, ids ...string) shownParts {
		shown := shownParts{asOf: asOf}
		for _, id := range ids {
			shown.parts = append(shown.parts, shownPart{id: id, label: "a"})
		}
		return shown
	}
	later := at.Add(time.Second)
	changed := func(asOf time.Time) shownParts {
		return shownParts{asOf: asOf, parts: []shownPart{{id: "1", label: "a", asOf: asOf, settings: trackSettings{name: "theirs"}}}}
	}
	noted := func(children []video.ChildStatus) []video.ChildStatus {
		children[0].Shown = "ours"
		return children
	}
	complete := func(s shownParts) shownParts { s.complete = true; return s }
	deleted := shownParts{gone: []string{"1"}}
	b := part{key: "b"}
	for name, test := range map[string]struct {
		wanted   []part
		known    []video.ChildStatus
		shown    shownParts
		addFirst bool
		do       partAction
		key, id  string
	}{
		"nothing is asked for":                     {shown: shows(at), do: stepNone},
		"what others have made is left alone":      {shown: shows(at, "1"), do: stepNone},
		"a new one":                                {wanted: []part{a}, shown: shows(at), do: stepAdd, key: "a"},
		"one that is there already":                {wanted: []part{a}, shown: shows(at, "1"), do: stepRecord, key: "a", id: "1"},
		"the first of two":                         {wanted: []part{a}, shown: shows(at, "1", "2"), do: stepRecord, key: "a", id: "1"},
		"shown for the first time":                 {wanted: []part{a}, known: known("1", "1", "s"), shown: shows(later, "1"), do: stepNote, key: "a", id: "1"},
		"settled":                                  {wanted: []part{a}, known: noted(known("1", "1", "s")), shown: shows(at, "1"), do: stepNone},
		"changed by somebody":                      {wanted: []part{a}, known: noted(known("1", "1", "s")), shown: changed(later), do: stepChange, key: "a", id: "1"},
		"as it was before our change":              {wanted: []part{a}, known: noted(known("1", "1", "s")), shown: changed(at), do: stepNone},
		"another name":                             {wanted: []part{{key: "b", content: "1", change: change}}, known: known("1", "1", "s"), shown: shows(at, "1"), do: stepChange, key: "a", id: "1"},
		"another name of what cannot be changed":   {wanted: []part{{key: "b", content: "1"}}, known: known("1", "1", "s"), shown: shows(at, "1"), do: stepRemove, key: "a", id: "1"},
		"not shown yet":                            {wanted: []part{a}, known: known("1", "1", "s"), shown: shows(at), do: stepNone},
		"asked for in the create, not shown":       {wanted: []part{a}, known: known("", "1", "s"), shown: complete(shows(later)), do: stepNone},
		"asked for in the create, shown":           {wanted: []part{a}, known: known("", "1", "s"), shown: shows(later, "1"), do: stepRecord, key: "a", id: "1"},
		"dropped before it was shown":              {known: known("", "1", "s"), shown: shows(at), do: stepWait, key: "a"},
		"dropped, and shown then":                  {known: known("", "1", "s"), shown: shows(at, "1"), do: stepRecord, key: "a", id: "1"},
		"dropped, and never made":                  {known: known("", "1", "s"), shown: complete(shows(at)), do: stepForget, key: "a"},
		"lost at Mux, by a newer answer":           {wanted: []part{a}, known: known("1", "1", "s"), shown: shows(later), do: stepForget, key: "a"},
		"lost at Mux, by an event":                 {wanted: []part{a}, known: known("1", "1", "s"), shown: deleted, do: stepForget, key: "a"},
		"dropped":                                  {known: known("1", "1", "s"), shown: shows(at, "1"), do: stepRemove, key: "a", id: "1"},
		"another content makes room first":         {wanted: []part{a}, known: known("1", "0", "s"), shown: shows(at, "1"), do: stepRemove, key: "a", id: "1"},
		"other settings":                           {wanted: []part{a}, known: known("1", "1", "t"), shown: shows(at, "1"), do: stepChange, key: "a", id: "1"},
		"other settings before it is shown":        {wanted: []part{a}, known: known("", "1", "t"), shown: shows(at), do: stepNone},
		"replaced: the old first":                  {wanted: []part{b}, known: known("1", "1", "s"), shown: shows(at, "1"), do: stepRemove, key: "a", id: "1"},
		"replaced: the new first":                  {wanted: []part{b}, known: known("1", "1", "s"), shown: shows(at, "1"), addFirst: true, do: stepAdd, key: "b"},
		"of another kind":                          {known: []video.ChildStatus{{Kind: "other", Key: "a", ID: "1"}}, do: stepNone},
		"settings of one that cannot be changed":   {wanted: []part{{key: "a", content: "1", settings: "t"}}, known: known("1", "1", "s"), shown: shows(at, "1"), do: stepNone},
		"what is shown and taken is nobody else's": {wanted: []part{a, {key: "c", is: func(shownPart) bool { return true }}}, known: known("1", "1", "s"), shown: shows(at, "1"), do: stepAdd, key: "c"},
	} {
		t.Run(name, func(t *testing.T) {
			got := planParts("k", test.wanted, test.known, test.shown, test.addFirst)
			key := got.child.Key
			if got.do == stepAdd {
				key = got.part.key
			}
			if got.do != test.do || key != test.key || (test.id != "" && got.child.ID != test.id) {
				t.Errorf("got step %d of %q, id %q", got.do, key, got.child.ID)
			}
		})
	}
}

// TestPartsDue : a part that no webhook shows is read for once.
func TestPartsDue(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	asset := &video.MuxAsset{}
	asset.Status.Children = []video.ChildStatus{{Kind: "playback-id", Key: "public", ID: "1", AddedAt: &metav1.Time{Time: at}}}
	if wait, ok := partsDue(assetParts, asset, at, at); !ok || wait != mux.GetMargin+shownSlack {
		t.Errorf("got %s, %v", wait, ok)
	}
	if _, ok := partsDue(assetParts, asset, at.Add(time.Second), at); ok {
		t.Error("it was read already")
	}
	asset.Status.PlaybackIDs = []video.PlaybackIDStatus{{ID: "1", Policy: "public"}}
	if _, ok := partsDue(assetParts, asset, at, at); ok {
		t.Error("it is shown")
	}
}
