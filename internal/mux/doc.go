// SPDX-License-Identifier: Apache-2.0

// Package mux talks to the Mux REST API and decodes what Mux says, in answers and in webhooks. It knows nothing of
// Kubernetes.
//
// Requests hold pointers for what is optional, so that 0, false and "" can be sent and what is unset is not. Answers are
// decoded tolerantly: Mux spells the same field in several ways, and a field that cannot be read is taken as unset, never
// as an error. A slice is nil where the key is absent or null, and not nil, maybe empty, where it is there.
//
// Nothing is retried here: whether a call may be repeated is the caller's decision. Errors are of type *Error and say
// which it is.
package mux
