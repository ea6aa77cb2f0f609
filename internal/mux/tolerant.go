// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// errNotObject says that data is not a JSON object.
var errNotObject = errors.New("not a JSON object")

// readObject fills a struct from a JSON object, field by field by their json tags. What is absent, null, or of a form that
// cannot be read is left at its zero value, so that a field which Mux spells in a new way never costs the others. It fails
// only where data is no object.
func readObject(data []byte, into any) error {
	if !begins(data, '{') {
		return errNotObject // before there is room for members
	}
	object := reflect.ValueOf(into).Elem()
	known, values := fieldsOf(object.Type()), make([][]byte, object.NumField())
	isObject := members(data, func(name, value []byte) {
		if i, ok := known.at(name); ok {
			values[i] = value // the last of several
		}
	})
	if !isObject {
		return errNotObject
	}
	object.SetZero()
	for i, value := range values {
		if value != nil {
			readValue(value, object.Field(i))
		}
	}
	return nil
}

// fields are the indexes of a struct's fields by their json tags.
type fields map[string]int

// knownFields are those of the types that were read, by their reflect.Type.
var knownFields sync.Map

func fieldsOf(t reflect.Type) fields {
	if known, ok := knownFields.Load(t); ok {
		return known.(fields)
	}
	f := fields{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
			f[name] = i
		}
	}
	knownFields.Store(t, f)
	return f
}

// at is the field for a name as it is written, which is copied only where something in it is escaped.
func (f fields) at(name []byte) (i int, ok bool) {
	if plain := name[1 : len(name)-1]; isPlain(plain) {
		i, ok = f[string(plain)]
		return i, ok
	}
	text, _ := readString(name)
	i, ok = f[text]
	return i, ok
}

// readValue reports whether it could read the value; if not, the value is zero.
func readValue(data json.RawMessage, value reflect.Value) bool {
	if string(data) == "null" {
		return false
	}
	if own, ok := value.Addr().Interface().(json.Unmarshaler); ok {
		if own.UnmarshalJSON(data) == nil {
			return true
		}
		value.SetZero()
		return false
	}
	switch value.Kind() {
	case reflect.Struct:
		return readObject(data, value.Addr().Interface()) == nil
	case reflect.Pointer:
		return readPointer(data, value)
	case reflect.Slice:
		return readList(data, value)
	case reflect.Int, reflect.Int64:
		return readInt(data, value)
	case reflect.Float64:
		return readFloat(data, value)
	case reflect.Bool:
		return readBool(data, value)
	case reflect.String:
		return readText(data, value)
	default:
		return json.Unmarshal(data, value.Addr().Interface()) == nil
	}
}

// readPointer leaves nil what cannot be read.
func readPointer(data json.RawMessage, value reflect.Value) bool {
	element := reflect.New(value.Type().Elem())
	if !readValue(data, element.Elem()) {
		return false
	}
	value.Set(element)
	return true
}

// begins says which bracket comes first.
func begins(data []byte, opening byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == opening
}

// readList takes an array, or one bare element. Elements that cannot be read are left out.
func readList(data json.RawMessage, value reflect.Value) bool {
	list := reflect.MakeSlice(value.Type(), 0, 4) // not for as many as there are, which may all be unreadable
	element := reflect.New(value.Type().Elem()).Elem()
	add := func(data []byte) {
		element.SetZero()
		if readValue(data, element) {
			list = reflect.Append(list, element)
		}
	}
	if begins(data, '[') {
		if !elements(data, add) {
			return false
		}
	} else if add(data); list.Len() == 0 {
		return false
	}
	value.Set(list)
	return true
}

func readInt(data json.RawMessage, value reflect.Value) bool {
	text := unquoted(data)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		value.SetInt(n)
		return true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > math.MaxInt64/2 {
		return false
	}
	value.SetInt(int64(f))
	return true
}

func readFloat(data json.RawMessage, value reflect.Value) bool {
	f, err := strconv.ParseFloat(unquoted(data), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return false
	}
	value.SetFloat(f)
	return true
}

func readBool(data json.RawMessage, value reflect.Value) bool {
	text := unquoted(data)
	value.SetBool(text == "true")
	return text == "true" || text == "false"
}

// readText takes a string, or a number as it is written.
func readText(data json.RawMessage, value reflect.Value) bool {
	text, isString := readString(data)
	if !isString {
		if !isNumber(data) {
			return false
		}
		text = string(data)
	}
	value.SetString(text)
	return true
}

// readString reads a JSON string. Nearly all are plain: nothing in them is escaped, and what stands there is what they say.
func readString(data []byte) (text string, ok bool) {
	if end := len(data) - 1; end > 0 && data[0] == '"' && data[end] == '"' && isPlain(data[1:end]) {
		return string(data[1:end]), true
	}
	ok = json.Unmarshal(data, &text) == nil
	return text, ok
}

// isPlain is true for bytes that stand for themselves within a JSON string.
func isPlain(data []byte) bool {
	for _, c := range data {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isNumber(data []byte) bool {
	return len(data) > 0 && (data[0] == '-' || isDigit(data[0]))
}

// unquoted is the text of a JSON string, or the literal itself.
func unquoted(data []byte) string {
	if isNumber(data) {
		return string(data)
	}
	if text, ok := readString(data); ok {
		return strings.TrimSpace(text)
	}
	return string(bytes.TrimSpace(data))
}
