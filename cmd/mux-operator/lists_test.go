// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"k8s.io/client-go/features"
)

// TestListsAtOnce has client-go take the first objects of a cache from lists: it has read the variable by the name that it goes by.
func TestListsAtOnce(t *testing.T) {
	if features.FeatureGates().Enabled(features.WatchListClient) {
		t.Errorf("caches are filled from watches; is %s still the name?", watchListGate)
	}
}
