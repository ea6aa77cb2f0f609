// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// config is what the flags say.
type config struct {
	addr            string
	environmentID   string
	environmentName string
	tokenID         string
	tokenSecret     string
	webhookSecret   string
	webhooks        webhooks
	readyAfter      time.Duration
	liveScale       float64
	rateScale       float64
	seed            uint64
}

func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("muxsim", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&c.addr, "addr", "127.0.0.1:8089", "address to listen on; port 0 chooses a free one")
	f.StringVar(&c.environmentID, "environment-id", muxsim.DefaultEnvironmentID, "id of the Mux environment")
	f.StringVar(&c.environmentName, "environment-name", "Simulated", "name of the Mux environment")
	f.StringVar(&c.tokenID, "token-id", muxsim.DefaultTokenID, "id of the access token")
	f.StringVar(&c.tokenSecret, "token-secret", muxsim.DefaultTokenSecret, "secret of the access token")
	f.Var(&c.webhooks, "webhook", "`ENVIRONMENT=URL` that webhooks are sent to; may be repeated")
	f.StringVar(&c.webhookSecret, "webhook-secret", "", "signing secret of every --webhook")
	f.DurationVar(&c.readyAfter, "ready-after", 2*time.Second, "time until an asset is ready; negative: only by /_sim/assets/{id}/ready")
	f.Float64Var(&c.liveScale, "live-scale", 1, "factor on the times of a broadcast; 0.1: a minute's reconnect window takes 6 s; negative: only by /_sim/live-streams/{id}/advance")
	f.Float64Var(&c.rateScale, "rate-scale", 0, "factor on Mux's rate limits; 0: unlimited")
	f.Uint64Var(&c.seed, "seed", 0, "seed of ids and shuffles; 0: another one at each start")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	return c, c.check(f.Args())
}

func (c config) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected %q: muxsim takes flags only, see --help", rest[0])
	}
	if c.environmentID == "" || c.tokenID == "" || c.tokenSecret == "" {
		return errors.New("--environment-id, --token-id and --token-secret must not be empty")
	}
	if c.liveScale == 0 {
		return errors.New("--live-scale must not be 0: a broadcast takes some time, or (negative) waits for its control call")
	}
	if len(c.webhooks) > 0 && c.webhookSecret == "" {
		return errors.New("--webhook needs --webhook-secret, the signing secret that the receiver knows")
	}
	for _, w := range c.webhooks {
		if w.environment != c.environmentID {
			return fmt.Errorf("--webhook names environment %q, but --environment-id is %q", w.environment, c.environmentID)
		}
	}
	return nil
}

func (c config) options(log *slog.Logger) muxsim.Options {
	o := muxsim.Options{
		Environments: []muxsim.Environment{{
			ID: c.environmentID, Name: c.environmentName,
			Tokens: []muxsim.Token{{ID: c.tokenID, Secret: c.tokenSecret}},
		}},
		ReadyAfter: c.readyAfter, LiveScale: c.liveScale, RateScale: c.rateScale, Seed: c.seed, Logger: log,
	}
	if o.Seed == 0 { // ids of an earlier run may still be in somebody's objects
		o.Seed = rand.Uint64()
	}
	return o
}

// webhooks is the value of a repeated --webhook.
type webhooks []webhook

type webhook struct{ environment, address string }

// String is for the flag package; a URL may hold a secret, so only the number shows.
func (w *webhooks) String() string {
	if len(*w) == 0 {
		return ""
	}
	return fmt.Sprint(len(*w))
}

// Set adds one.
func (w *webhooks) Set(value string) error {
	environment, address, _ := strings.Cut(value, "=")
	u, err := url.Parse(address)
	if environment == "" || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("ENVIRONMENT=URL is needed, such as simenv=http://127.0.0.1:8090/webhooks/default/mux")
	}
	*w = append(*w, webhook{environment, address})
	return nil
}
