// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mux-operator/mux-operator/internal/mux"
)

func TestParse(t *testing.T) {
	defaults := options{metricsAddr: ":8080", probeAddr: ":8081", receiverAddr: ":8090", createRate: 1, requestRate: 5}
	defaults.muxTimeout, defaults.listLag, defaults.receiverDrain = 15*time.Second, 5*time.Minute, 2*time.Second
	for name, test := range map[string]struct {
		args []string
		want func(*options)
		err  string
	}{
		"defaults": {want: func(*options) {}},
		"addresses": {
			args: []string{"--metrics-bind-address=0", "--health-probe-bind-address=:1", "--receiver-bind-address=127.0.0.1:2"},
			want: func(o *options) { o.metricsAddr, o.probeAddr, o.receiverAddr = "0", ":1", "127.0.0.1:2" },
		},
		"one namespace":   {args: []string{"--namespace", "media"}, want: func(o *options) { o.namespace = "media" }},
		"leader election": {args: []string{"--leader-elect"}, want: func(o *options) { o.leaderElection = true }},
		"Mux's limits":    {args: []string{"--mux-create-rate=2.5", "--mux-request-rate=50"}, want: func(o *options) { o.createRate, o.requestRate = 2.5, 50 }},
		"no creates":      {args: []string{"--mux-create-rate=0"}, err: "must be greater than 0"},
		"not a rate":      {args: []string{"--mux-request-rate=NaN"}, err: "must be greater than 0"},
		"times":           {args: []string{"--mux-timeout=1s", "--mux-list-lag=10m"}, want: func(o *options) { o.muxTimeout, o.listLag = time.Second, 10*time.Minute }},
		"too long":        {args: []string{"--mux-timeout=16s"}, err: "must be from 1s to 15s"},
		"no time at all":  {args: []string{"--mux-list-lag=0s"}, err: "1s or more"},
		"drain":           {args: []string{"--receiver-drain=30s"}, want: func(o *options) { o.receiverDrain = 30 * time.Second }},
		"no drain":        {args: []string{"--receiver-drain=0s"}, want: func(o *options) { o.receiverDrain = 0 }},
		"drain for ever":  {args: []string{"--receiver-drain=61s"}, err: "from 0s to 1m"},
		"version":         {args: []string{"--version"}, want: func(o *options) { o.showVersion = true }},
		"unknown flag":    {args: []string{"--recevier-bind-address=:1"}, err: "flag provided but not defined"},
		"left over":       {args: []string{"serve"}, err: "takes flags only"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parse(test.args, io.Discard)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			want := defaults
			test.want(&want)
			if err != nil || describeOptions(got) != describeOptions(want) {
				t.Errorf("got %+v (%v), want %+v", got, err, want)
			}
		})
	}
}

// describeOptions are the options that are comparable.
func describeOptions(o options) [11]any {
	return [11]any{o.receiverDrain, o.muxTimeout, o.listLag, o.metricsAddr, o.probeAddr, o.receiverAddr, o.namespace, o.leaderElection, o.showVersion, o.createRate, o.requestRate}
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		o    options
		want mux.Limits
	}{
		{options{}, mux.DefaultLimits},
		{options{createRate: 2, requestRate: 50}, mux.Limits{CreateRate: 2, CreateBurst: 10, OtherRate: 50, OtherBurst: 100}},
		{options{createRate: 0.1, requestRate: 0.1}, mux.Limits{CreateRate: 0.1, CreateBurst: 1, OtherRate: 0.1, OtherBurst: 1}},
	} {
		if got := test.o.limits(); got != test.want {
			t.Errorf("got %+v, want %+v", got, test.want)
		}
	}
}

func TestParseHelp(t *testing.T) {
	var usage bytes.Buffer
	if _, err := parse([]string{"--help"}, &usage); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("error %v", err)
	}
	for _, name := range []string{"metrics-bind-address", "health-probe-bind-address", "receiver-bind-address", "leader-elect", "namespace", "kubeconfig", "zap-log-level", "version"} {
		if !strings.Contains(usage.String(), "-"+name) {
			t.Errorf("--help does not speak of --%s", name)
		}
	}
}

func TestRunVersion(t *testing.T) {
	var stdout bytes.Buffer
	if err := run([]string{"--version"}, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got, want := stdout.String(), "mux-operator "+buildVersion()+"\n"; got != want || buildVersion() == "" {
		t.Errorf("printed %q, want %q", got, want)
	}
}
