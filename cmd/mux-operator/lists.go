// SPDX-License-Identifier: Apache-2.0

package main

import "os"

// watchListGate is a feature of client-go: caches get their first objects one by one from a watch, where a list has them in one answer. Each is
// parsed three times then, on one processor: with 10 000 assets the first webhook is answered 2 s later. It spares the API server and this
// process memory at their start, which matters where objects are many times as many; who sets the variable decides.
const watchListGate = "KUBE_FEATURE_WatchListClient"

func init() { // before client-go reads it, once
	if _, isSet := os.LookupEnv(watchListGate); !isSet {
		_ = os.Setenv(watchListGate, "false") // it fails for names and values that cannot be
	}
}
