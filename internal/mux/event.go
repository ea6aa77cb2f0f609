// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Event is the envelope of a webhook.
type Event struct {
	// Type routes the event; never Object.Type, which Mux spells in several ways.
	Type string
	// ID is the same for every redelivery; "" when absent. It looks like a UUID and is not always one.
	ID string
	// CreatedAt is when the event happened, to the microsecond; zero when absent.
	CreatedAt   time.Time
	Object      ObjectRef
	Environment EnvironmentRef
	// Data is the object that the event speaks of; its shape depends on Type.
	Data json.RawMessage
}

// ObjectRef names the object that an event is about. It normally has the id of the data.
type ObjectRef struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// EnvironmentRef names the Mux environment that an event comes from. People change its name, never its id.
type EnvironmentRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

var (
	errEnvelope = errors.New("the body is not a JSON object")
	errType     = errors.New("the event has no type")
	errData     = errors.New("the event has no object as data")
)

// DecodeEvent reads the body of a webhook. Only a type and an object as data are required; whatever else is missing or
// has an unexpected form is taken as unset. The error never repeats the body, and the event keeps nothing of it: the body may be used again.
func DecodeEvent(body []byte) (*Event, error) {
	var w struct {
		Type        json.RawMessage `json:"type"`
		ID          string          `json:"id"`
		CreatedAt   Time            `json:"created_at"`
		Object      ObjectRef       `json:"object"`
		Environment EnvironmentRef  `json:"environment"`
		Data        json.RawMessage `json:"data"`
	}
	if readObject(body, &w) != nil {
		return nil, errEnvelope
	}
	event := &Event{ID: w.ID, CreatedAt: w.CreatedAt.Time, Object: w.Object, Environment: w.Environment, Data: w.Data}
	if json.Unmarshal(w.Type, &event.Type) != nil || event.Type == "" {
		return nil, errType
	}
	if len(w.Data) == 0 || w.Data[0] != '{' {
		return nil, errData
	}
	return event, nil
}

// DataIDs are the ids in an event's data by which it finds its object.
type DataIDs struct {
	ID           string // of the object itself
	AssetID      string // the asset that a track or rendition belongs to, or that an upload made
	LiveStreamID string // the live stream that an asset records or a simulcast target belongs to
	UploadID     string // the upload that an asset came from
	ExternalID   string // meta.external_id, which bears the create token of assets
	Passthrough  string // bears the create token of live streams
	UploadToken  string // the create token that the settings of an upload bear
}

// DataIDs reads the ids. Robots events nest their job under a key with the event's name, or under directive_run, or the
// second within the first; those are looked into as well.
func (e *Event) DataIDs() DataIDs {
	data := e.Data
	for range 3 {
		ids := readIDs(data)
		if ids.ID != "" {
			return ids
		}
		var within map[string]json.RawMessage
		_ = json.Unmarshal(data, &within) // what has no members has no ids within
		switch {
		case within[e.Type] != nil:
			data = within[e.Type]
		case within["directive_run"] != nil:
			data = within["directive_run"]
		default:
			return ids
		}
	}
	return DataIDs{}
}

func readIDs(data json.RawMessage) DataIDs {
	var w struct {
		ID           string   `json:"id"`
		AssetID      string   `json:"asset_id"`
		LiveStreamID string   `json:"live_stream_id"`
		UploadID     string   `json:"upload_id"`
		Passthrough  string   `json:"passthrough"`
		Meta         Metadata `json:"meta"`

		NewAssetSettings *NewAssetSettings `json:"new_asset_settings"`
	}
	if readObject(data, &w) != nil {
		return DataIDs{}
	}
	return DataIDs{
		ID: w.ID, AssetID: w.AssetID, LiveStreamID: w.LiveStreamID, UploadID: w.UploadID,
		Passthrough: w.Passthrough, ExternalID: w.Meta.ExternalID, UploadToken: w.NewAssetSettings.Token(),
	}
}

// dataAs reads the data as one of the types of this package, which read themselves.
func dataAs[T any, P interface {
	*T
	json.Unmarshaler
}](e *Event) (*T, error) {
	value := new(T)
	if err := P(value).UnmarshalJSON(e.Data); err != nil {
		return nil, errors.New("the data of " + e.Type + " has an unexpected form")
	}
	return value, nil
}

// Asset reads the data of an event that holds an asset.
func (e *Event) Asset() (*Asset, error) { return dataAs[Asset](e) }

// Warning is what an event warns of: its type and words, without more of a URL than its host.
func (e *Event) Warning() string {
	var w struct {
		Warning *ObjectError `json:"warning"`
	}
	if readObject(e.Data, &w) != nil || w.Warning == nil {
		return e.Type
	}
	return Redact(strings.Join(append([]string{w.Warning.Type}, w.Warning.Messages...), ": "))
}

// Track reads the data of an event that holds a track.
func (e *Event) Track() (*Track, error) { return dataAs[Track](e) }

// StaticRendition reads the data of an event that holds a static rendition.
func (e *Event) StaticRendition() (*StaticRendition, error) { return dataAs[StaticRendition](e) }

// LiveStream reads the data of an event that holds a live stream.
func (e *Event) LiveStream() (*LiveStream, error) { return dataAs[LiveStream](e) }

// SimulcastTarget reads the data of an event that holds a simulcast target.
func (e *Event) SimulcastTarget() (*SimulcastTarget, error) { return dataAs[SimulcastTarget](e) }

// Upload reads the data of an event that holds an upload.
func (e *Event) Upload() (*Upload, error) { return dataAs[Upload](e) }
