// SPDX-License-Identifier: Apache-2.0

// Package muxsim simulates Mux Video over real HTTP: its REST API, the life of what is made through it, and its
// signed webhooks. It stands in for the vendor in tests and is a playground on a desk. It shares no code with the
// client that talks to it, so that a misreading on one side cannot hide on the other.
//
// # What it keeps to
//
// Ids are chosen by the server and look like Mux's. REST and webhooks write the same thing differently where Mux does
// (created_at a string here and a number there, file sizes likewise), and leave out what is false or empty. Requests
// are refused where Mux is documented to refuse them. A missing permission is a 404, a malformed id a 400, a 429 has a
// body of its own shape. A resource is visible to GET at once and gone after DELETE.
//
// An asset is probed after half of [Options.ReadyAfter] and ready after all of it; text tracks, static renditions and
// the master copy settle half of it later. Test assets vanish, and master copies end, after 24 h on the clock.
//
// Webhooks go to every endpoint of the environment, several at once, in no order that may be relied on. Any 2xx within
// 5 s is success; a redirect is a failure. Failures are tried again, 30 times in all, with a growing attempts list and
// a new signature. A webhook sent by [Server.Emit] goes out as it is.
//
// # Where Mux is not known and the simulator has to choose
//
//   - Unknown fields of a request are refused, so that a client's typing error is found.
//   - The same static rendition twice is refused, as is a duplicate webhook address (400 both times).
//   - PATCH of meta changes the keys that are sent and keeps the others.
//   - object.type of track, static rendition and simulcast events is track, static_rendition and simulcast_target,
//     object.id the id of that part.
//   - static_renditions has nothing but status preparing until the asset is ready, then status disabled (its default,
//     without meaning for the new renditions) and the files.
//   - Bursts are ten seconds' worth of the sustained rate.
//   - video.asset.updated follows a PATCH of the asset or a track and every change of playback ids.
//
// # Special input URLs
//
// The simulator fetches nothing. The URL of the first input decides what is found:
//
//	…sim-error…           in the path: the asset ends errored (invalid_input)
//	…sim-slow…            in the path: the asset stays preparing until it is moved by hand
//	…sim-audio-only…      in the path: no video track
//	…sim-nonstandard…     in the path: video.asset.non_standard_input_detected is sent
//	?sim-duration=SECONDS the duration, default 23.857167
//	?sim-size=1280x720    the size, default 1920x1080
//
// A track whose URL has sim-error in it ends errored, its asset does not.
//
// # Control API
//
// Below /_sim/, without credentials, JSON in and out; errors are 400 with {"error":"…"}:
//
//	GET    /_sim/requests             the REST calls seen (bodies in base64)
//	DELETE /_sim/requests             forget them
//	GET    /_sim/deliveries           the attempts to deliver webhooks
//	GET    /_sim/pending              {"pending": n} webhooks neither accepted nor given up
//	POST   /_sim/webhooks             {"environment","address","secret"} → {"id","signing_secret"}; only address is required
//	DELETE /_sim/webhooks/{id}
//	POST   /_sim/faults               a [Faults]; durations as "2s"; {} ends all faults
//	POST   /_sim/emit?environment=ID  the body goes to every webhook as it is
//	POST   /_sim/assets/{id}/ready    see [Server.SetReady]
//	POST   /_sim/assets/{id}/advance  see [Server.Advance]
//	POST   /_sim/assets/{id}/errored  {"type","messages"}, see [Server.SetErrored]
//	DELETE /_sim/assets/{id}?environment=ID  as from the dashboard, see [Server.DeleteAssetAsUser]
//	PUT    /_sim/uploads/{id}         where the URL of a direct upload leads
//
// Where no environment is named, the first one is meant. The control API shows what was sent, secrets included: listen
// on a loopback address.
package muxsim
