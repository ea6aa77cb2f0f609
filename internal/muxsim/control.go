// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// controlRoutes are the part of the simulator that Mux does not have. The package documentation lists them.
func (s *Server) controlRoutes(m *http.ServeMux) {
	m.HandleFunc("GET /_sim/requests", func(w http.ResponseWriter, _ *http.Request) { s.control(w, s.Requests(), nil) })
	m.HandleFunc("DELETE /_sim/requests", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetRequests()
		s.control(w, nil, nil)
	})
	m.HandleFunc("GET /_sim/deliveries", func(w http.ResponseWriter, _ *http.Request) { s.control(w, s.Deliveries(), nil) })
	m.HandleFunc("GET /_sim/pending", func(w http.ResponseWriter, _ *http.Request) { s.control(w, object{"pending": s.Pending()}, nil) })
	m.HandleFunc("POST /_sim/webhooks", s.controlWebhook)
	m.HandleFunc("DELETE /_sim/webhooks/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.RemoveWebhook(r.PathValue("id"))
		s.control(w, nil, nil)
	})
	m.HandleFunc("POST /_sim/faults", s.controlFaults)
	m.HandleFunc("POST /_sim/emit", s.controlEmit)
	m.HandleFunc("GET /_sim/events", s.controlEvents)
	m.HandleFunc("POST /_sim/assets/{id}/ready", act(s, s.SetReady))
	m.HandleFunc("POST /_sim/assets/{id}/advance", act(s, s.Advance))
	m.HandleFunc("POST /_sim/assets/{id}/errored", actWith(s, failBy(s.SetErrored)))
	m.HandleFunc("DELETE /_sim/assets/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.DeleteAssetAsUser(s.environmentOf(r), r.PathValue("id"))
		s.control(w, nil, nil)
	})
	s.eventRoutes(m)
	m.HandleFunc("POST /_sim/live-streams/{id}/connect", act(s, s.ConnectEncoder))
	m.HandleFunc("POST /_sim/live-streams/{id}/disconnect", act(s, s.DisconnectEncoder))
	m.HandleFunc("POST /_sim/live-streams/{id}/advance", act(s, s.AdvanceLiveStream))
	m.HandleFunc("PUT /_sim/uploads/{id}", s.controlUpload)
}

// eventRoutes bring about the events for which Mux has no trigger, or none that a client can pull.
func (s *Server) eventRoutes(m *http.ServeMux) {
	m.HandleFunc("POST /_sim/assets/{id}/warning", actWith(s, warnBy(s.WarnAsset)))
	m.HandleFunc("POST /_sim/assets/{id}/high-traffic", actWith(s, func(id string, b struct{ Threshold float64 }) error {
		return s.AlertHighTraffic(id, b.Threshold)
	}))
	m.HandleFunc("POST /_sim/assets/{id}/shots/errored", actWith(s, failBy(s.FailShots)))
	m.HandleFunc("POST /_sim/assets/{id}/master/errored", act(s, s.FailMaster))
	m.HandleFunc("POST /_sim/assets/{id}/mp4/errored", act(s, s.FailMP4))
	m.HandleFunc("POST /_sim/tracks/{id}/errored", actWith(s, failBy(s.FailTrack)))
	m.HandleFunc("POST /_sim/static-renditions/{id}/errored", actWith(s, failBy(s.FailRendition)))
	m.HandleFunc("POST /_sim/live-streams/{id}/warning", actWith(s, warnBy(s.WarnLiveStream)))
	m.HandleFunc("POST /_sim/simulcast-targets/{id}/errored", actWith(s, func(id string, b struct{ Severity string }) error {
		return s.FailSimulcastTarget(id, b.Severity)
	}))
	m.HandleFunc("POST /_sim/simulcast-targets/{id}/updated", act(s, s.TouchSimulcastTarget))
}

// control answers the control API: value as JSON, {} for none, or what is wrong.
func (s *Server) control(w http.ResponseWriter, value any, err error) {
	switch {
	case err != nil:
		s.write(w, answer{status: http.StatusBadRequest, body: object{"error": err.Error()}})
	case value == nil:
		s.write(w, answer{status: http.StatusOK, body: object{}})
	default:
		s.write(w, answer{status: http.StatusOK, body: value})
	}
}

// environmentOf is the environment that the query names, or the first one.
func (s *Server) environmentOf(r *http.Request) string {
	return orDefault(r.URL.Query().Get("environment"), s.options.Environments[0].ID)
}

// read decodes the body of a control request; none leaves v as it is.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	if err != nil || len(body) == 0 {
		return err
	}
	return decodeStrict(body, v)
}

func (s *Server) controlWebhook(w http.ResponseWriter, r *http.Request) {
	var request struct{ Environment, Address, Secret string }
	if err := read(w, r, &request); err != nil {
		s.control(w, nil, err)
		return
	}
	environment := orDefault(request.Environment, s.options.Environments[0].ID)
	if bad := checkURL("address", request.Address, "http", "https"); bad != nil {
		s.control(w, nil, errors.New(bad.messages[0]))
		return
	}
	id := s.AddWebhook(environment, request.Address, request.Secret)
	s.control(w, object{"id": id, "signing_secret": s.WebhookSecret(id)}, nil)
}

func (s *Server) controlFaults(w http.ResponseWriter, r *http.Request) {
	var f Faults
	err := read(w, r, &f)
	if err == nil {
		s.SetFaults(f)
	}
	s.control(w, nil, err)
}

func (s *Server) controlEmit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	if err == nil {
		s.Emit(s.environmentOf(r), body)
	}
	s.control(w, nil, err)
}

// act answers a control call that needs nothing but the id of the path.
func act(s *Server, change func(id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.control(w, nil, change(r.PathValue("id"))) }
}

// actWith answers a control call with a body.
func actWith[T any](s *Server, change func(id string, request T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var request T
		err := read(w, r, &request)
		if err == nil {
			err = change(r.PathValue("id"), request)
		}
		s.control(w, nil, err)
	}
}

// failBody is the body of the control calls that make something fail.
type failBody struct {
	Type     string
	Messages []string
}

func failBy(fail func(id, typ string, messages ...string) error) func(string, failBody) error {
	return func(id string, b failBody) error { return fail(id, b.Type, b.Messages...) }
}

// warnBody is the body of the control calls that warn.
type warnBody struct{ Type, Message string }

func warnBy(warn func(id, typ, message string) error) func(string, warnBody) error {
	return func(id string, b warnBody) error { return warn(id, b.Type, b.Message) }
}

// controlEvents answers with what was recorded; a seed or a number of copies in the query scrambles it.
func (s *Server) controlEvents(w http.ResponseWriter, r *http.Request) {
	query, events := r.URL.Query(), s.Recorded()
	if !query.Has("seed") && !query.Has("copies") {
		s.control(w, events, nil)
		return
	}
	seed, errSeed := strconv.ParseUint(orDefault(query.Get("seed"), "0"), 10, 64)
	copies, errCopies := strconv.ParseUint(orDefault(query.Get("copies"), "0"), 10, 8)
	if err := errors.Join(errSeed, errCopies); err != nil {
		s.control(w, nil, fmt.Errorf("seed and copies (at most 255) are whole numbers: %w", err))
		return
	}
	s.control(w, Scramble{Seed: seed, Copies: int(copies)}.Of(events), nil)
}
