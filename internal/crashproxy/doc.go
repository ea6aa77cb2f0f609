// SPDX-License-Identifier: Apache-2.0

// Package crashproxy stands between an operator and the servers it talks to, and stops it at a chosen request: before that
// request gets through, or after it was carried out and before its answer gets back. It is test code.
//
// A [Gate] is what one operator can reach: the API server and Mux, each through an address of its own. When the request that
// it waits for comes, [Gate.Reached] tells, and the request is held. Then either [Gate.Cut] ends everything at once, as the
// death of a process or of its machine does, or [Gate.Release] lets the held request go on, as the end of a pause does.
package crashproxy
