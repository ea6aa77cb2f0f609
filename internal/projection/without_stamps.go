// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// WithoutStamps is a copy of an object in which every stamp says only that there is one: of two observations that tell the same
// at different times, the copies are equal.
func WithoutStamps(object runtime.Object) runtime.Object {
	object = object.DeepCopyObject()
	blur(reflect.ValueOf(object))
	return object
}

var stampType = reflect.TypeFor[video.Stamp]()

// blur all stamps that a value of an API type has. Values of maps, which cannot be set, are none.
func blur(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			blur(value.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if value.Type().Field(i).IsExported() {
				blur(value.Field(i))
			}
		}
	case reflect.Slice:
		for i := range value.Len() {
			blur(value.Index(i))
		}
	case reflect.String:
		if value.Type() == stampType && value.Len() > 0 {
			value.SetString("seen")
		}
	}
}
