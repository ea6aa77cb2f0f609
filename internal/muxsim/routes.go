// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"strings"
)

// route is one method of the REST API. permission "" means that any token will do.
type route struct {
	method, template, permission string
	handle                       func(*call) (answer, *refusal)
}

// videoRoute needs video:read for GET and video:write otherwise.
func videoRoute(method, below string, handle func(*call) (answer, *refusal)) route {
	return route{method, "/video/v1" + below, scope("video", method), handle}
}

func systemRoute(method, below string, handle func(*call) (answer, *refusal)) route {
	return route{method, "/system/v1" + below, scope("system", method), handle}
}

func scope(area, method string) string {
	if method == http.MethodGet {
		return area + ":read"
	}
	return area + ":write"
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	tables := [][]route{assetRoutes, liveStreamRoutes, uploadRoutes, endpointRoutes}
	for _, table := range tables {
		for _, rt := range table {
			m.HandleFunc(rt.method+" "+rt.template, s.serve(rt))
		}
	}
	m.HandleFunc("GET /system/v1/whoami", s.serve(route{http.MethodGet, "/system/v1/whoami", "", whoami}))
	m.HandleFunc("/", s.serve(route{template: "unknown", handle: func(*call) (answer, *refusal) { return refuse(notFound()) }}))
	s.controlRoutes(m)
	return s.untilClosed(exactly(m))
}

// untilClosed lets Close wait for the calls that are being answered, and refuses those that come after it.
func (s *Server) untilClosed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		closed := s.closed
		if !closed {
			s.wg.Add(1)
		}
		s.mu.Unlock()
		if closed {
			http.Error(w, "the simulator is closed", http.StatusServiceUnavailable)
			return
		}
		defer s.wg.Done()
		next.ServeHTTP(w, r)
	})
}

// exactly answers unclean paths (such as an empty id gives) with 404 instead of the redirect that ServeMux would send.
func exactly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "//") {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
