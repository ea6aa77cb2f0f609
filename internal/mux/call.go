// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
)

// call is one request in the making.
type call struct {
	method, route string
	ids           []string // fill the route's {…} in order
	query         url.Values
	body          any

	sent atomic.Bool // something of the request may have reached Mux
	late atomic.Bool // its body was held back, so that it cannot be carried out
}

// class is what Mux counts the call as.
func (c *call) class() Class {
	if c.method == http.MethodPost && strings.HasPrefix(c.route, "/video/") {
		return ClassCreate
	}
	return ClassOther
}

// unanswered is what a call without a usable answer means: a POST that may have arrived may have been carried out.
func (c *call) unanswered() Kind {
	if c.method == http.MethodPost && c.sent.Load() && !c.late.Load() {
		return KindUnknownOutcome
	}
	return KindTransient
}

// failed is the error of a call that got no usable answer.
func (c *call) failed(status int, err error) *Error {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err // without the URL, whose query may hold a key
	}
	var network *net.OpError
	if errors.As(err, &network) {
		err = fmt.Errorf("%s: %w", network.Op, network.Err) // without ports, which make a new text of the same error
	}
	return &Error{Kind: c.unanswered(), Method: c.method, Route: c.route, Status: status, Err: err}
}

// refused is the error of a call that is not sent, since it cannot be right.
func (c *call) refused(reason string) *Error {
	return &Error{Kind: KindInvalid, Method: c.method, Route: c.route, Messages: []string{reason}}
}

// address fills the ids into the route. An id may hold anything but be empty, or a dot segment: both would name another
// resource, such as the whole list.
func (c *call) address(base *url.URL) (string, error) {
	path := c.route
	for _, id := range c.ids {
		if id == "" || id == "." || id == ".." {
			return "", c.refused("an id is missing, nothing was sent")
		}
		begin, end := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:begin] + url.PathEscape(id) + path[end+1:]
	}
	address := strings.TrimSuffix(base.String(), "/") + path
	if len(c.query) > 0 {
		address += "?" + c.query.Encode()
	}
	return address, nil
}

// request makes the HTTP request, whose context notes when it may reach Mux.
func (c *call) request(ctx context.Context, base *url.URL) (*http.Request, error) {
	address, err := c.address(base)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(c.traced(ctx), c.method, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.method, c.route, err)
	}
	request.GetBody = nil // without it the transport never sends a request with a body twice
	request.Header.Set("Accept", "application/json")
	if c.body == nil {
		return request, nil
	}
	data, err := json.Marshal(c.body)
	if err != nil { // a number that JSON does not have
		return nil, c.refused("the request cannot be written as JSON, nothing was sent")
	}
	request.Body, request.ContentLength = io.NopCloser(c.timely(ctx, data)), int64(len(data))
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// traced notes when the request gets a connection: before that nothing can have reached Mux. Later hooks fire after the
// first bytes may be out, too late for HTTP/2.
func (c *call) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { c.sent.Store(true) },
	})
}
