// SPDX-License-Identifier: Apache-2.0

package crashproxy

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// Service is one address that leads to whichever operator is there, as a Kubernetes Service does; with none it answers 503.
type Service struct {
	*httptest.Server
	backend atomic.Pointer[url.URL]
}

// NewService opens a service without an operator.
func NewService() *Service {
	s := &Service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		backend := s.backend.Load()
		if backend == nil {
			http.Error(w, "no operator", http.StatusServiceUnavailable)
			return
		}
		proxy := &httputil.ReverseProxy{
			Rewrite:      func(p *httputil.ProxyRequest) { p.SetURL(backend) },
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) },
		}
		proxy.ServeHTTP(w, r)
	}))
	return s
}

// To leads to an operator's address; "" to none.
func (s *Service) To(address string) {
	if address == "" {
		s.backend.Store(nil)
		return
	}
	if backend, err := url.Parse(address); err == nil {
		s.backend.Store(backend)
	}
}
