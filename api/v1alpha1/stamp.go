// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Stamp says when, and by which observation, a part of a status was set. It is four words separated by one space:
//
//	<time> <state> <source> <id>
//
// time is RFC 3339 in UTC with exactly six fractional digits, or "-" when the observation bore none (such an observation
// is older than every stamped one). state is the status that the observed object itself reported, or "-". source is the
// webhook's event type without its "video." prefix, or, for a REST answer, "GET", "LIST" or "WRITE" (the answer to our own
// change). id is the event's id or, where there is none, a digest of the content, so that no two different observations
// share a stamp.
//
// Stamps are compared by internal/projection; other programs may read them but should not write them.
type Stamp string
