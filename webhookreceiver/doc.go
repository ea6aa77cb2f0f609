// SPDX-License-Identifier: Apache-2.0

// Package webhookreceiver takes Mux's webhooks and turns them into statuses. It runs on every replica, calls nobody but the
// API server, and answers 2xx only when the effect is durable there.
//
// A request goes through these steps, one file each: limits (limits.go), the environment by path, a place to be read
// (admission.go, pool.go), the header of the signature, the body (body.go), the signature over its raw bytes (signature.go), the envelope, the objects that the event is about (route.go), the commit of what the event
// says, and the answer (answer.go). Nothing is parsed before the signature is verified, and nothing that is not verified
// causes a read or a write of the API server.
package webhookreceiver
