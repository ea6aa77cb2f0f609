// SPDX-License-Identifier: Apache-2.0

// Package controllers carries specs to Mux and repairs what webhooks missed. Only the leader runs it; it is the only part
// of the operator that calls Mux.
//
// A reconcile is a list of phases over a scope, in the order guard, finalize, identify, create, update, observe, and ends
// with one status patch (publish). A phase that cannot go on returns a blocked error, which says in one place why, for
// whom, and when to try again; publish turns it into the Synced condition and the requeue. Everything else in the
// conditions follows from internal/projection. The phases are the same for every kind that follows an object at Mux; what
// differs from kind to kind is behind the interface kind.
//
// Creating is the delicate part: Mux has no idempotency key and bills every duplicate. create.go holds the
// protocol that sends a create at most once and finds what a crash left behind.
package controllers
