// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/go-logr/logr"

// mostVerbose is the highest level that is logged, whatever --zap-log-level says. From 8 on client-go writes down the bodies of its
// requests to the API server and their answers, and those are Secrets, too.
const mostVerbose = 7

// withoutBodies is a logger that logs nothing above mostVerbose. It takes the place of one that nothing has been logged with.
func withoutBodies(logger logr.Logger) logr.Logger {
	return logr.New(boundedSink{logger.GetSink()})
}

type boundedSink struct{ logr.LogSink }

// Init does nothing: the sink has been set up.
func (b boundedSink) Init(logr.RuntimeInfo) {}

// Enabled is false above mostVerbose.
func (b boundedSink) Enabled(level int) bool { return level <= mostVerbose && b.LogSink.Enabled(level) }

// WithValues keeps the bound.
func (b boundedSink) WithValues(values ...any) logr.LogSink {
	return boundedSink{b.LogSink.WithValues(values...)}
}

// WithName keeps the bound.
func (b boundedSink) WithName(name string) logr.LogSink { return boundedSink{b.LogSink.WithName(name)} }

// WithCallDepth keeps the bound, where the sink below tells where a line comes from.
func (b boundedSink) WithCallDepth(depth int) logr.LogSink {
	if below, ok := b.LogSink.(logr.CallDepthLogSink); ok {
		return boundedSink{below.WithCallDepth(depth)}
	}
	return b
}
