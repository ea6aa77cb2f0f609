// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Config says how to reach Mux.
type Config struct {
	// BaseURL of the API, such as https://api.mux.com.
	BaseURL     string
	Credentials Credentials
	// Transport carries the requests; nil is http.DefaultTransport. Redirects are never followed.
	Transport http.RoundTripper
	// Timeout bounds a request with its answer; 0 is 15 s.
	Timeout time.Duration
	// Budget limits the requests; nil does not.
	Budget    *Budget
	UserAgent string
	// Observe is told of every exchange; nil is not.
	Observe func(Call)
}

// Call is one exchange with Mux, for metrics.
type Call struct {
	Method, Route string
	Status        int // 0 where no answer came
	Elapsed       time.Duration
}

// Client calls Mux with one access token. It is safe for concurrent use.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client
}

// Answer is what Mux said, and when.
type Answer[T any] struct {
	Value T
	Meta  Meta
}

// Meta says when Mux gave an answer.
type Meta struct {
	Status int
	// Date is Mux's own clock, in whole seconds; zero where the answer had none.
	Date time.Time
	// Elapsed is the time from before the request was sent until its answer was read.
	Elapsed time.Duration
	// Digest is the beginning of a hash of the answer, which tells apart answers of the same time.
	Digest string
}

// Margins that a REST answer is dated back by. Mux promises nothing about how current its answers are: five seconds cover a
// replica that lags, and lists are filled later than single objects.
const (
	GetMargin  = 5 * time.Second
	ListMargin = 60 * time.Second
)

// AsOf is a moment on Mux's clock at which the answer was certainly true or later, so that it never beats an event that may
// have come after it. It is zero where Mux gave no date.
func (m Meta) AsOf(margin time.Duration) time.Time {
	if m.Date.IsZero() {
		return time.Time{}
	}
	return m.Date.Add(-m.Elapsed - margin)
}

// defaultTimeout is ample: Mux answers within a second or two.
const defaultTimeout = 15 * time.Second

// maxBody bounds an answer. A LIST page of 100 assets with all their tracks has well under one MiB.
const maxBody = 8 << 20

// New makes a client. The error says what is wrong with the configuration.
func New(config Config) (*Client, error) {
	base, err := url.Parse(config.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") || base.User != nil || base.RawQuery != "" {
		return nil, errors.New("the API URL must be http(s)://HOST, without user or query")
	}
	if config.Credentials.TokenID == "" || config.Credentials.TokenSecret == "" {
		return nil, errors.New("the access token needs an id and a secret")
	}
	if config.Timeout == 0 {
		config.Timeout = defaultTimeout
	}
	return &Client{config: config, base: base, http: &http.Client{
		Transport:     config.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// call is one request in the making.
type call struct {
	method, route string
	ids           []string
	query         url.Values
	body          any

	sent atomic.Bool // something of the request may have reached Mux
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
	if c.method == http.MethodPost && c.sent.Load() {
		return KindUnknownOutcome
	}
	return KindTransient
}

// path fills the ids into the route.
func (c *call) path() (string, error) {
	path := c.route
	for _, id := range c.ids {
		if id == "" {
			return "", fmt.Errorf("%s %s: an id is empty", c.method, c.route)
		}
		begin, end := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:begin] + url.PathEscape(id) + path[end+1:]
	}
	return path, nil
}

// do sends the call and reads {"data": …} into a T. For an answer without a body T is left zero.
func do[T any](ctx context.Context, c *Client, call *call) (Answer[T], error) {
	var answer Answer[T]
	body, meta, err := c.exchange(ctx, call)
	answer.Meta = meta
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return answer, err
	}
	var envelope struct {
		Data *T `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Data == nil {
		return answer, call.failed(meta.Status, errors.New("the answer is not the JSON that was expected"))
	}
	answer.Value = *envelope.Data
	return answer, nil
}

// exchange sends the call once and returns the body of a 2xx answer.
func (c *Client) exchange(ctx context.Context, call *call) ([]byte, Meta, error) {
	request, err := c.request(ctx, call)
	if err != nil {
		return nil, Meta{}, err
	}
	if err := c.pay(ctx, call); err != nil {
		return nil, Meta{}, call.failed(0, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	began := time.Now()
	response, body, err := c.roundTrip(request.WithContext(traced(ctx, call)), call)
	meta := Meta{Elapsed: time.Since(began)}
	if response != nil {
		meta.Status = response.StatusCode
	}
	if c.config.Observe != nil {
		c.config.Observe(Call{Method: call.method, Route: call.route, Status: meta.Status, Elapsed: meta.Elapsed})
	}
	if err != nil {
		return nil, meta, err
	}
	meta.Date, _ = http.ParseTime(response.Header.Get("Date"))
	sum := sha256.Sum256(body)
	meta.Digest = hex.EncodeToString(sum[:8])
	return body, meta, c.judge(call, response, body)
}

// judge keeps the budget informed and returns the error of an answer that is no success.
func (c *Client) judge(call *call, response *http.Response, body []byte) error {
	if response.StatusCode/100 == 2 {
		c.config.Budget.succeeded()
		if response.Header.Get("X-Ratelimit-Remaining") == "0" {
			c.config.Budget.Pause(time.Now().Add(max(retryAfter(response.Header), minBackoff)))
		}
		return nil
	}
	failure := classify(call, response, body)
	if failure.Kind == KindThrottled {
		failure.RetryAfter = c.config.Budget.throttled(failure.RetryAfter)
	}
	return failure
}

func (c *Client) request(ctx context.Context, call *call) (*http.Request, error) {
	path, err := call.path()
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if call.body != nil {
		data, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: encode the request: %w", call.method, call.route, err)
		}
		body = bytes.NewReader(data)
	}
	address := strings.TrimSuffix(c.base.String(), "/") + path
	if len(call.query) > 0 {
		address += "?" + call.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, call.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", call.method, call.route, err)
	}
	request.GetBody = nil // without it the transport never sends a request twice
	request.SetBasicAuth(c.config.Credentials.TokenID, c.config.Credentials.TokenSecret)
	request.Header.Set("Accept", "application/json")
	if call.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.config.UserAgent != "" {
		request.Header.Set("User-Agent", c.config.UserAgent)
	}
	return request, nil
}

// traced notes when the request is about to be written: before that nothing can have reached Mux.
func traced(ctx context.Context, call *call) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { call.sent.Store(true) },
	})
}

func (c *Client) roundTrip(request *http.Request, call *call) (*http.Response, []byte, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, call.failed(0, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return response, nil, call.failed(response.StatusCode, err)
	}
	if len(body) > maxBody {
		return response, nil, call.failed(response.StatusCode, fmt.Errorf("the answer is larger than %d bytes", maxBody))
	}
	return response, body, nil
}

// failed is the error of a call that got no usable answer.
func (c *call) failed(status int, err error) *Error {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err // without the URL, whose query may hold a key
	}
	return &Error{Kind: c.unanswered(), Method: c.method, Route: c.route, Status: status, Err: err}
}

type paidKey struct{}

// Reserve waits for the budget of one call ahead of time. A call made with the returned context does not wait again.
func (c *Client) Reserve(ctx context.Context, class Class) (context.Context, error) {
	if err := c.config.Budget.Wait(ctx, class); err != nil {
		return ctx, &Error{Kind: KindTransient, Err: err}
	}
	return context.WithValue(ctx, paidKey{}, new(atomic.Bool)), nil
}

// pay waits for the budget, unless the context has a reservation that is not used yet.
func (c *Client) pay(ctx context.Context, call *call) error {
	if used, ok := ctx.Value(paidKey{}).(*atomic.Bool); ok && used.CompareAndSwap(false, true) {
		return nil
	}
	return c.config.Budget.Wait(ctx, call.class())
}
