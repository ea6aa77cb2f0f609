// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"sync"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// logLines keeps what the operators of the tests log, at every level that is logged at all, while a test asks for it. They run in this process and many
// at once: their lines would hide those of the tests.
type logLines struct {
	mu    sync.Mutex
	asked int
	lines strings.Builder
}

var logged logLines

func init() {
	logger := withoutBodies(logr.New(keptSink{funcr.New(logged.add, funcr.Options{Verbosity: 10}).GetSink()}))
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)
}

func (l *logLines) add(prefix, args string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines.WriteString(prefix + " " + args + "\n")
}

func (l *logLines) isAsked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked > 0
}

// keep begins to keep lines, until the test ends.
func (l *logLines) keep(s *stage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	s.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.asked--; l.asked == 0 {
			l.lines.Reset()
		}
	})
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// keptSink formats nothing while nobody asks.
type keptSink struct{ logr.LogSink }

func (k keptSink) Enabled(level int) bool { return logged.isAsked() && k.LogSink.Enabled(level) }

func (k keptSink) Error(err error, message string, values ...any) {
	if logged.isAsked() {
		k.LogSink.Error(err, message, values...)
	}
}

func (k keptSink) WithValues(values ...any) logr.LogSink {
	return keptSink{k.LogSink.WithValues(values...)}
}
func (k keptSink) WithName(name string) logr.LogSink { return keptSink{k.LogSink.WithName(name)} }
