// SPDX-License-Identifier: Apache-2.0

package controllers

// value is one updatable value: what the spec says, what Mux last acknowledged, what it shows. cleared is what makes Mux
// forget it, such as an empty text.
type value[T comparable] struct {
	spec, acknowledged *T
	shown, cleared     T
}

// field is an updatable text.
type field struct {
	spec, acknowledged *string
	shown              string
}

// next is that of a value which an empty text clears.
func (f field) next(own bool) (send, acknowledged *string) {
	return value[string]{spec: f.spec, acknowledged: f.acknowledged, shown: f.shown}.next(own)
}

// next is what to send, nil for nothing, and what will then be acknowledged. A value that the spec leaves out is cleared if
// we set it, and Mux's own otherwise. own says that what is shown is Mux's answer to our own change: where that differs
// from what was sent, Mux has normalized it, and it is not sent again.
func (v value[T]) next(own bool) (send, acknowledged *T) {
	switch {
	case v.spec == nil && v.acknowledged == nil:
		return nil, nil
	case v.spec == nil:
		return &v.cleared, nil
	case v.acknowledged == nil || *v.acknowledged != *v.spec:
		return v.spec, v.spec
	case v.shown != *v.spec && !own:
		return v.spec, v.spec
	default:
		return nil, v.spec
	}
}
