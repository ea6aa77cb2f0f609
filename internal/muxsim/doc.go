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
// An asset is probed after half of [Options.ReadyAfter] and ready after all of it; text tracks, static renditions,
// shots and the master copy settle half of it later. Test assets vanish, and master copies end, after 24 h on the clock.
//
// # Broadcasts
//
// [Server.ConnectEncoder] connects an encoder to a live stream, whose life then follows the clock in seconds of stream
// time (see [Options].LiveScale):
//
//	0   live_stream.connected, asset.created (is_live, live_stream_id), simulcast_target.starting
//	1   live_stream.recording
//	2   simulcast_target.broadcasting, live_stream.active
//	11  asset.ready, with ten seconds of content, while is_live
//
// [Server.DisconnectEncoder] gives live_stream.disconnected (the status stays) and simulcast_target.idle at once, and
// after the reconnect window live_stream.idle and asset.live_stream_completed, or asset.errored (invalid_input) when
// the asset had not got ready. An encoder that comes back in the window goes on with the same asset. What is made of an
// asset (renditions, the master copy, shots) is begun when it is complete.
//
// PUT complete sends live_stream.idle (still connected, if the encoder is) and completes at once; an encoder that has
// not gone after 60 s is cut off, and one that connects after that gets a new asset. PUT disable, and five minutes on a
// test stream, cut the encoder off: live_stream.disabled stands for disconnected and idle. The end of
// max_continuous_duration sends disconnected and idle together. DELETE sends live_stream.deleted and completes.
//
// # Webhooks
//
// Webhooks go to every endpoint of the environment, several at once, in no order that may be relied on. Any 2xx within
// 5 s is success; a redirect is a failure. Failures are tried again, 30 times in all, with a growing attempts list and
// a new signature. A webhook sent by [Server.Emit] goes out as it is.
//
// Beside that, every event is kept whether or not anybody receives it: [Server.Recorded] has the bodies in order, and
// [Scramble] repeats and permutes them, so that a test can post them itself, signed with [Sign].
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
//   - connected and recording are in webhooks alone. Mux was seen to write them in REST too, but does not document it.
//   - The encoder is recorded a second after it connects and on air another one later; all ingest is RTMP.
//   - Who drops out before the stream is active leaves it idle: disconnected then says idle too.
//   - The duration of a recording that grows is that of its last change, in recording_times what has ended.
//   - A slate fills the gap of a reconnect when use_slate_for_standard_latency is set and the latency standard.
//   - A simulcast target that failed (normal) tries again after 5 s; a new encoder in the window starts it at once. It
//     broadcasts before the stream is active, as the documented active event shows it.
//   - Shots are in events as object.type asset. A deleted search is gone from the asset; sound alone is skipped.
//   - video.delivery.high_traffic has one row, an hour as its timeframe, object.type delivery and an id of its own.
//   - Nothing that needs an idle stream is done while a broadcast is under way or waits for its encoder.
//   - reset-stream-key leaves an encoder that is connected alone.
//   - recent_asset_ids has at most 50.
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
//	GET    /_sim/events?seed=N&copies=N  [Server.Recorded] (bodies in base64); scrambled when a parameter is given
//	GET    /_sim/pending              {"pending": n} webhooks neither accepted nor given up
//	POST   /_sim/webhooks             {"environment","address","secret"} → {"id","signing_secret"}; only address is required
//	DELETE /_sim/webhooks/{id}
//	POST   /_sim/faults               a [Faults]; durations as "2s"; {} ends all faults
//	POST   /_sim/emit?environment=ID  the body goes to every webhook as it is
//	POST   /_sim/assets/{id}/ready    see [Server.SetReady]
//	POST   /_sim/assets/{id}/advance  see [Server.Advance]
//	POST   /_sim/assets/{id}/errored  {"type","messages"}, see [Server.SetErrored]
//	DELETE /_sim/assets/{id}?environment=ID  as from the dashboard, see [Server.DeleteAssetAsUser]
//	POST   /_sim/assets/{id}/warning       {"type","message"}, see [Server.WarnAsset]
//	POST   /_sim/assets/{id}/high-traffic  {"threshold"}, see [Server.AlertHighTraffic]
//	POST   /_sim/assets/{id}/shots/errored   {"type","messages"}, see [Server.FailShots]
//	POST   /_sim/assets/{id}/master/errored  see [Server.FailMaster]
//	POST   /_sim/assets/{id}/mp4/errored     see [Server.FailMP4]
//	POST   /_sim/tracks/{id}/errored             {"type","messages"}, see [Server.FailTrack]
//	POST   /_sim/static-renditions/{id}/errored  {"type","messages"}, see [Server.FailRendition]
//	POST   /_sim/live-streams/{id}/warning     {"type","message"}, see [Server.WarnLiveStream]
//	POST   /_sim/live-streams/{id}/connect     see [Server.ConnectEncoder]; the id may be the stream key
//	POST   /_sim/live-streams/{id}/disconnect  see [Server.DisconnectEncoder]
//	POST   /_sim/live-streams/{id}/advance     see [Server.AdvanceLiveStream]
//	POST   /_sim/simulcast-targets/{id}/errored  {"severity"}, see [Server.FailSimulcastTarget]
//	POST   /_sim/simulcast-targets/{id}/updated  see [Server.TouchSimulcastTarget]
//	PUT    /_sim/uploads/{id}         where the URL of a direct upload leads: the whole file, or chunks, see upload_receive.go
//
// Where no environment is named, the first one is meant. The control API shows what was sent, secrets included: listen
// on a loopback address.
package muxsim
