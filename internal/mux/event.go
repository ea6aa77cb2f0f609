// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"errors"
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
type ObjectRef struct{ Type, ID string }

// EnvironmentRef names the Mux environment that an event comes from. People change its name, never its id.
type EnvironmentRef struct{ ID, Name string }

var (
	errEnvelope = errors.New("the body is not a JSON object")
	errType     = errors.New("the event has no type")
	errData     = errors.New("the event has no object as data")
)

// DecodeEvent reads the body of a webhook. Only a type and an object as data are required; whatever else is missing or
// has an unexpected form is taken as unset. The error never repeats the body.
func DecodeEvent(body []byte) (*Event, error) {
	var w struct {
		Type        Text               `json:"type"`
		ID          Text               `json:"id"`
		CreatedAt   Time               `json:"created_at"`
		Object      Maybe[idsOfObject] `json:"object"`
		Environment Maybe[idsOfObject] `json:"environment"`
		Data        json.RawMessage    `json:"data"`
	}
	if json.Unmarshal(body, &w) != nil {
		return nil, errEnvelope
	}
	if w.Type == "" {
		return nil, errType
	}
	if len(w.Data) == 0 || w.Data[0] != '{' {
		return nil, errData
	}
	event := &Event{Type: string(w.Type), ID: string(w.ID), CreatedAt: w.CreatedAt.Time, Data: w.Data}
	if o := w.Object.Value; o != nil {
		event.Object = ObjectRef{Type: string(o.Type), ID: string(o.ID)}
	}
	if e := w.Environment.Value; e != nil {
		event.Environment = EnvironmentRef{ID: string(e.ID), Name: string(e.Name)}
	}
	return event, nil
}

type idsOfObject struct {
	Type Text `json:"type"`
	ID   Text `json:"id"`
	Name Text `json:"name"`
}

// DataIDs are the ids in an event's data by which it finds its object.
type DataIDs struct {
	ID           string // of the object itself
	AssetID      string // the asset that a track or rendition belongs to, or that an upload made
	LiveStreamID string // the live stream that an asset records or a simulcast target belongs to
	UploadID     string // the upload that an asset came from
	ExternalID   string // meta.external_id, which bears the create token of assets
	Passthrough  string // bears the create token of live streams
}

// DataIDs reads the ids. Robots events nest their job under a key with the event's name; that is looked into as well.
func (e *Event) DataIDs() DataIDs {
	ids := readIDs(e.Data)
	if ids.ID == "" {
		var nested map[string]json.RawMessage
		if json.Unmarshal(e.Data, &nested) == nil && len(nested[e.Type]) > 0 {
			ids = readIDs(nested[e.Type])
		}
	}
	return ids
}

func readIDs(data json.RawMessage) DataIDs {
	var w struct {
		ID           Text            `json:"id"`
		AssetID      Text            `json:"asset_id"`
		LiveStreamID Text            `json:"live_stream_id"`
		UploadID     Text            `json:"upload_id"`
		Passthrough  Text            `json:"passthrough"`
		Meta         Maybe[Metadata] `json:"meta"`
	}
	if json.Unmarshal(data, &w) != nil {
		return DataIDs{}
	}
	ids := DataIDs{
		ID: string(w.ID), AssetID: string(w.AssetID), LiveStreamID: string(w.LiveStreamID), UploadID: string(w.UploadID),
		Passthrough: string(w.Passthrough),
	}
	if w.Meta.Value != nil {
		ids.ExternalID = w.Meta.Value.ExternalID
	}
	return ids
}

func dataAs[T any](e *Event) (*T, error) {
	value := new(T)
	if err := json.Unmarshal(e.Data, value); err != nil {
		return nil, errors.New("the data of " + e.Type + " has an unexpected form")
	}
	return value, nil
}

// Asset reads the data of an event that holds an asset.
func (e *Event) Asset() (*Asset, error) { return dataAs[Asset](e) }

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
