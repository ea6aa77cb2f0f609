// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import "strings"

// family is a kind of object that events speak of.
type family string

const (
	familyAsset      family = "asset"
	familyUpload     family = "upload"
	familyLiveStream family = "live_stream"
	familyDelivery   family = "delivery"
	familyRobots     family = "robots"
	familyUnknown    family = "unknown"
)

// familyOf reads the family from the type of an event. Event types are many and grow; families are few, so they can be a
// label of a metric.
func familyOf(eventType string) family {
	switch {
	case strings.HasPrefix(eventType, "video.asset."):
		return familyAsset
	case strings.HasPrefix(eventType, "video.upload."):
		return familyUpload
	case strings.HasPrefix(eventType, "video.live_stream."):
		return familyLiveStream
	case strings.HasPrefix(eventType, "video.delivery."):
		return familyDelivery
	case strings.HasPrefix(eventType, "robots."):
		return familyRobots
	default:
		return familyUnknown
	}
}

// unhandled is the reason for events of kinds that have no status here.
func unhandled(eventType string) string {
	if familyOf(eventType) == familyUnknown {
		return reasonUnknownType
	}
	return reasonUnhandledType
}

// noEffect is the reason for events of kinds with a status that say nothing about it: shots, of which no status tells, and
// types that are not known.
func noEffect(eventType string) string {
	if strings.HasPrefix(eventType, "video.asset.shots.") {
		return reasonNoState
	}
	return reasonUnknownType
}
