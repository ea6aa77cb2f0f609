// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

func text(s string) *string { return &s }

func TestFieldNext(t *testing.T) {
	for name, test := range map[string]struct {
		field              field
		own                bool
		send, acknowledged *string
	}{
		"never set":                       {field{nil, nil, ""}, false, nil, nil},
		"Mux's own":                       {field{nil, nil, "theirs"}, false, nil, nil},
		"set":                             {field{text("a"), nil, ""}, false, text("a"), text("a")},
		"set to what is there":            {field{text("a"), nil, "a"}, false, text("a"), text("a")},
		"acknowledged":                    {field{text("a"), text("a"), "a"}, false, nil, text("a")},
		"changed":                         {field{text("b"), text("a"), "a"}, false, text("b"), text("b")},
		"cleared by an empty text":        {field{text(""), text("a"), "a"}, false, text(""), text("")},
		"cleared by leaving it out":       {field{nil, text("a"), "a"}, false, text(""), nil},
		"drift is mended":                 {field{text("a"), text("a"), "theirs"}, false, text("a"), text("a")},
		"Mux's normalization is no drift": {field{text("a "), text("a "), "a"}, true, nil, text("a ")},
	} {
		t.Run(name, func(t *testing.T) {
			send, acknowledged := test.field.next(test.own)
			if diff := cmp.Diff([]*string{test.send, test.acknowledged}, []*string{send, acknowledged}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDiffMetadata(t *testing.T) {
	spec := &video.MuxAssetSpec{}
	spec.Passthrough = text("p")
	spec.Meta = &video.AssetMeta{Title: text("new")}
	status := &video.MuxAssetStatus{
		Passthrough:  "p",
		Meta:         &video.AssetMetaStatus{Title: "old", CreatorID: "somebody", ExternalID: "token"},
		Acknowledged: &video.AssetAcknowledged{Passthrough: text("p"), Title: text("old"), Parts: "digest"},
	}
	request, acknowledged := diffMetadata(spec, status)
	// All of meta goes along, so that nothing is lost should Mux replace it.
	want := &mux.UpdateAssetRequest{Meta: &mux.MetadataRequest{Title: text("new"), CreatorID: text("somebody"), ExternalID: text("token")}}
	if diff := cmp.Diff(want, request); diff != "" {
		t.Error(diff)
	}
	wantAcknowledged := &video.AssetAcknowledged{Passthrough: text("p"), Title: text("new"), Parts: "digest"}
	if diff := cmp.Diff(wantAcknowledged, acknowledged); diff != "" {
		t.Error(diff)
	}
	status.Acknowledged, status.Meta.Title = acknowledged, "new"
	if request, _ := diffMetadata(spec, status); request != nil {
		t.Errorf("a second diff sends %+v", request)
	}
}
