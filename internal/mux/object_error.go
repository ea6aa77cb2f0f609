// SPDX-License-Identifier: Apache-2.0

package mux

import "encoding/json"

// ObjectError is why an object is errored, or what a warning warns of.
type ObjectError struct {
	Type     string
	Messages []string
}

// UnmarshalJSON reads {type, messages}, {type, message}, a bare text, and arrays of these, of which the first gives the
// type. It fails where the value is none of them.
func (e *ObjectError) UnmarshalJSON(data []byte) error {
	*e = ObjectError{}
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		return e.add(data)
	}
	for _, element := range list {
		if err := e.add(element); err != nil {
			return err
		}
	}
	return nil
}

// add takes in one error.
func (e *ObjectError) add(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil && text != "" {
		e.Messages = append(e.Messages, text)
		return nil
	}
	var w struct {
		Type     string   `json:"type"`
		Message  string   `json:"message"`
		Messages []string `json:"messages"`
	}
	if err := readObject(data, &w); err != nil {
		return err
	}
	if e.Type == "" {
		e.Type = w.Type
	}
	e.Messages = append(e.Messages, w.Messages...)
	if w.Message != "" {
		e.Messages = append(e.Messages, w.Message)
	}
	return nil
}
