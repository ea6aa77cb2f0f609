// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"log/slog"
	"net/http"
	"time"
)

// Options say what is simulated. The zero value is a usable simulator.
type Options struct {
	// Environments exist from the start. None given: one, "simenv" named "Simulated", with the token "sim-token-id"
	// and the secret "sim-token-secret".
	Environments []Environment
	// Clock drives everything that takes time. nil: real time.
	Clock Clock
	// ReadyAfter is the time from the creation of an asset until it is ready. Probing happens at half of it; text
	// tracks, renditions and the master copy settle half of it after that. 0: 2 s. Negative: nothing happens by
	// itself; Advance, SetReady and SetErrored move an asset.
	ReadyAfter time.Duration
	// LiveScale multiplies everything that takes time in a broadcast: the ten seconds of content until a recording is
	// ready, reconnect windows, the five minutes of a test stream. With 0.01 a second of real time is 100 s of stream
	// time, in durations too. 0: 1. Negative: nothing happens by itself; AdvanceLiveStream moves a broadcast.
	LiveScale float64
	// RateScale multiplies Mux's limits: POST below /video 1/s, everything else 5/s, per environment. 0: unlimited.
	RateScale float64
	// Seed decides every id, secret and shuffle: the same calls in the same order give the same ones.
	Seed uint64
	// MinRetry is the delay before the first redelivery of a webhook, MaxRetry the cap of the doubling that follows.
	// Defaults 5 s and 60 s: 30 attempts then last 26 min 15 s (5+10+20+40 s, then 25 × 60 s), where the real Mux
	// spreads them over 24 h.
	MinRetry, MaxRetry time.Duration
	// DeliveryTimeout ends an attempt to deliver a webhook; always in real time. 0: 5 s, as Mux documents.
	DeliveryTimeout time.Duration
	// Transport carries the webhooks; nil: the network. With it an address can have a public name and TLS.
	Transport http.RoundTripper
	// Logger receives a line per REST call and per delivery attempt, without bodies, addresses or secrets.
	// nil: nothing is logged.
	Logger *slog.Logger
}

// Environment is a Mux environment: the scope of every id, token and webhook.
type Environment struct {
	ID               string
	Name             string // default: ID
	Type             string // default "development"
	OrganizationID   string // default "simorg"
	OrganizationName string // default "Simulated organization"
	Tokens           []Token
}

// Token is an access token of an environment.
type Token struct {
	ID, Secret string
	Name       string // default "Simulated access token"
	// Permissions default to video:read, video:write, system:read and system:write. Empty but not nil: none.
	Permissions []string
}

// The credentials of the default environment.
const (
	DefaultEnvironmentID = "simenv"
	DefaultTokenID       = "sim-token-id"
	DefaultTokenSecret   = "sim-token-secret"
)

func (o Options) withDefaults() Options {
	if len(o.Environments) == 0 {
		o.Environments = []Environment{{
			ID: DefaultEnvironmentID, Name: "Simulated",
			Tokens: []Token{{ID: DefaultTokenID, Secret: DefaultTokenSecret}},
		}}
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.ReadyAfter = orDefault(o.ReadyAfter, 2*time.Second)
	o.LiveScale = orDefault(o.LiveScale, 1)
	o.MinRetry = orDefault(o.MinRetry, 5*time.Second)
	o.MaxRetry = orDefault(o.MaxRetry, time.Minute)
	o.DeliveryTimeout = orDefault(o.DeliveryTimeout, 5*time.Second)
	return o
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
