// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
