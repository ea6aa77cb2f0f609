// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"bytes"
	"context"
	"errors"
	"io"
)

type tooLateKey struct{}

// WithTooLate makes a call with a body ask tooLate at the last moment: when the connection takes the body. Where it says true,
// the body does not go out, so that Mux cannot carry the call out, and the error is one that IsTransient reports. A process
// that was paused, or that waited for a connection, finds out there that its time is over.
func WithTooLate(ctx context.Context, tooLate func() bool) context.Context {
	return context.WithValue(ctx, tooLateKey{}, tooLate)
}

var errTooLate = errors.New("it is too late to send it, nothing was done")

// timely reads a body for as long as it is not too late.
func (c *call) timely(ctx context.Context, data []byte) io.Reader {
	body := bytes.NewReader(data)
	tooLate, ok := ctx.Value(tooLateKey{}).(func() bool)
	if !ok {
		return body
	}
	return readerFunc(func(p []byte) (int, error) {
		if body.Len() > 0 && tooLate() {
			c.late.Store(true)
			return 0, errTooLate
		}
		return body.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
