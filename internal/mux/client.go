// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Config says how to reach Mux.
type Config struct {
	// BaseURL of the API, such as https://api.mux.com.
	BaseURL     string
	Credentials Credentials
	// Transport carries the requests; nil is one that all clients share. Redirects are never followed.
	Transport http.RoundTripper
	// Timeout bounds a request with its answer; 0 is 15 s. Waiting for the budget does not count.
	Timeout time.Duration
	// Budget limits the requests; nil does not.
	Budget    *Budget
	UserAgent string
	// Observe is told of every exchange; nil is not.
	Observe func(Call)
}

// Call is one exchange with Mux, for metrics.
type Call struct {
	Method, Route string // the route is a template such as /video/v1/assets/{id}
	Status        int    // 0 where no answer came
	Elapsed       time.Duration
	Err           error // nil for a success
}

// Client calls Mux with one access token. It is light, and safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	timeout time.Duration
	budget  *Budget
	observe func(Call)
	// authorize holds the token: in a function it is out of reach for whoever prints the client.
	authorize func(*http.Request)
}

// defaultTimeout is ample: Mux answers within a second or two.
const defaultTimeout = 15 * time.Second

// New makes a client. The error says what is wrong with the configuration.
func New(config Config) (*Client, error) {
	base, err := url.Parse(config.BaseURL)
	if err != nil || base.Hostname() == "" || (base.Scheme != "https" && base.Scheme != "http") ||
		base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "" {
		return nil, errors.New("the API URL must be http(s)://HOST, without user or query")
	}
	if config.Credentials.TokenID == "" || config.Credentials.TokenSecret == "" {
		return nil, errors.New("the access token needs an id and a secret")
	}
	if config.Timeout <= 0 {
		config.Timeout = defaultTimeout
	}
	if config.Transport == nil {
		config.Transport = sharedTransport()
	}
	if config.Observe == nil {
		config.Observe = func(Call) {}
	}
	return &Client{
		base: base, timeout: config.Timeout, budget: config.Budget, observe: config.Observe,
		authorize: func(request *http.Request) {
			request.SetBasicAuth(config.Credentials.TokenID, config.Credentials.TokenSecret)
			if config.UserAgent != "" {
				request.Header.Set("User-Agent", config.UserAgent)
			}
		},
		http: &http.Client{
			Transport:     config.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// sharedTransport carries the requests of every client that has none of its own: clients come and go, connections stay.
var sharedTransport = sync.OnceValue(func() http.RoundTripper {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	transport = transport.Clone()
	transport.MaxConnsPerHost = 32               // budgets allow 6 requests a second; with answers of 5 s that is 30 at once
	transport.MaxIdleConnsPerHost = 4            // what 6 a second need with answers of half a second
	transport.IdleConnTimeout = 30 * time.Second // below the usual 60 s of servers, so that no create meets a closing connection
	transport.MaxResponseHeaderBytes = 64 << 10
	return transport
})
