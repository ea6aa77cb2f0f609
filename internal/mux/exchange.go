// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync/atomic"
	"time"
)

// maxBody bounds an answer. A LIST page of 100 assets with all their tracks has well under one MiB.
const maxBody = 8 << 20

var (
	errAnswer = errors.New("the answer is not the JSON that Mux documents")
	errLarge  = fmt.Errorf("the answer is larger than %d bytes", maxBody)
)

// do sends the call and reads the {"data": …} of its answer.
func do[T any](ctx context.Context, c *Client, call *call) (Answer[T], error) {
	answer, _, err := page[T](ctx, c, call)
	return answer, err
}

// page is do for answers that lead to a next one.
func page[T any](ctx context.Context, c *Client, call *call) (answer Answer[T], nextCursor string, err error) {
	body, meta, err := c.exchange(ctx, call)
	answer.Meta = meta
	if err != nil {
		return answer, "", err
	}
	var w struct {
		Data       json.RawMessage `json:"data"`
		NextCursor string          `json:"next_cursor"`
	}
	_ = readObject(body, &w) // of something else there is no data
	if !readData(w.Data, &answer.Value) {
		return answer, "", call.failed(meta.Status, errAnswer)
	}
	return answer, w.NextCursor, nil
}

// readData reads an object or a list of objects, but not the one for the other.
func readData[T any](data json.RawMessage, into *T) bool {
	value := reflect.ValueOf(into).Elem()
	if len(data) == 0 || (data[0] == '[') != (value.Kind() == reflect.Slice) {
		return false
	}
	return readValue(data, value)
}

// identified is do for an object that has an id: an answer without one tells nothing that could be used.
func identified[T any](ctx context.Context, c *Client, call *call, id func(*T) string) (Answer[T], error) {
	answer, err := do[T](ctx, c, call)
	if err == nil && id(&answer.Value) == "" {
		err = call.failed(answer.Meta.Status, errors.New("the answer has no id"))
	}
	return answer, err
}

// act sends a call whose answer says no more than that it was done. Its body is not looked at: Mux sends none, or {}.
func (c *Client) act(ctx context.Context, method, route string, ids ...string) error {
	_, _, err := c.exchange(ctx, &call{method: method, route: route, ids: ids})
	return err
}

// exchange sends the call once and returns the body of a 2xx answer.
func (c *Client) exchange(ctx context.Context, call *call) ([]byte, Meta, error) {
	if _, err := call.address(c.base); err != nil {
		return nil, Meta{}, err // before it costs anything of the budget
	}
	if err := c.pay(ctx, call); err != nil {
		failure := unpaid(err)
		failure.Method, failure.Route = call.method, call.route
		return nil, Meta{}, failure
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := call.request(ctx, c.base)
	if err != nil {
		return nil, Meta{}, err
	}
	c.authorize(request)
	began := time.Now()
	response, body, err := c.roundTrip(request, call)
	meta := newMeta(response, body, time.Since(began))
	if err == nil {
		err = c.judge(call, response, body)
	}
	c.observe(Call{Method: call.method, Route: call.route, Status: meta.Status, Elapsed: meta.Elapsed, Err: err})
	return body, meta, err
}

// roundTrip sends the request and reads its answer. The status of a refusal counts also where its body is cut.
func (c *Client) roundTrip(request *http.Request, call *call) (*http.Response, []byte, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, call.failed(0, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errLarge
	}
	switch {
	case err == nil:
		return response, body, nil
	case !isSuccess(response):
		return response, nil, nil
	default:
		return response, nil, call.failed(response.StatusCode, err)
	}
}

func isSuccess(response *http.Response) bool { return response.StatusCode/100 == 2 }

// judge keeps the budget informed and returns the error of an answer that is no success.
func (c *Client) judge(call *call, response *http.Response, body []byte) error {
	if response.StatusCode == http.StatusTooManyRequests {
		failure := classify(call, response, body)
		failure.RetryAfter = c.budget.throttled(call.class(), failure.RetryAfter)
		failure.Until = c.budget.PausedUntil()
		return failure
	}
	if response.Header.Get("X-RateLimit-Remaining") == "0" {
		c.budget.Pause(time.Now().Add(max(retryAfter(response.Header), minBackoff)))
	}
	if !isSuccess(response) {
		return classify(call, response, body)
	}
	c.budget.succeeded(call.class())
	return nil
}

type paidKey struct{}

// Reserve waits for the budget of one call ahead of time. The first call made with the returned context does not wait
// again. A create needs that: it must follow its intent within seconds, so it waits before the intent is written.
func (c *Client) Reserve(ctx context.Context, class Class) (context.Context, error) {
	if err := c.budget.Wait(ctx, class); err != nil {
		return ctx, unpaid(err)
	}
	return context.WithValue(ctx, paidKey{}, new(atomic.Bool)), nil
}

// unpaid is the error of a call that got no budget and was not sent.
func unpaid(err error) *Error {
	failure := &Error{Kind: KindTransient, Err: fmt.Errorf("wait for the request budget: %w", err)}
	var queue *QueueError
	if errors.As(err, &queue) {
		failure.Kind, failure.RetryAfter, failure.Until = KindThrottled, queue.Wait, queue.Paused
	}
	return failure
}

// pay waits for the budget, unless the context has a reservation that is not used yet. A pause that began since holds for that as
// well.
func (c *Client) pay(ctx context.Context, call *call) error {
	if used, ok := ctx.Value(paidKey{}).(*atomic.Bool); ok && used.CompareAndSwap(false, true) {
		return c.budget.outwait(ctx, call.class())
	}
	return c.budget.Wait(ctx, call.class())
}
