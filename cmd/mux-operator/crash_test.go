// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/crashproxy"
)

// The ways to stop an operator: its traffic is cut and its context cancelled; its process is killed; it is paused for longer
// than a create may take, and goes on beside the one that took its place.
const (
	modeStop  = "stop"
	modeKill  = "kill -9"
	modePause = "pause"
)

// crashCase is one row: what is created, how Mux answers, and where and how the operator is stopped.
type crashCase struct {
	kind, point int
	answer      crashAnswer
	after       bool
	mode        string
	stale       bool
}

func (c crashCase) String() string {
	side := "before"
	if c.after {
		side = "after"
	}
	text := fmt.Sprintf("%-27s %-7s %-6s %-16s %-22s", crashKinds[c.kind].name, c.mode, side, crashPoints[c.point].name, c.answer)
	if c.stale {
		text += " stale cache"
	}
	return text
}

// crashResult is what came of a case.
type crashResult struct {
	reached bool // the point was come to
	posts   int  // creates that Mux saw
	waited  bool // the window had to pass
	lost    bool // the operator was gone between the annotated intent and the arrival of its create at Mux
	took    time.Duration
}

func (r crashResult) String() string {
	window := "none"
	if r.waited {
		window = "passed"
	}
	return fmt.Sprintf("reached %-5t creates %d, window %-6s, whole after %4.1fs", r.reached, r.posts, window, r.took.Seconds())
}

// play is a case under way.
type play struct {
	*crashStage
	crashCase
	crashResult
	kind        *crashKind
	object      conditioned
	first, last *victim
}

// run plays the case and checks it.
func (c crashCase) run(t *testing.T, program func() string) crashResult {
	p := &play{crashStage: newCrashStage(t, program, c.stale), crashCase: c, kind: &crashKinds[c.kind]}
	p.first = p.start()
	p.last = p.first
	p.prepare()
	published := func() map[string]bool { return nil }
	if p.kind.published != nil {
		published = p.kind.published(p.crashStage)
	}
	p.first.gate.StopAt(crashproxy.Point{Matches: crashPoints[c.point].matches, After: c.after})
	p.sim.SetFaults(c.answer.faults(p.kind.route))
	began := time.Now()
	p.object = p.kind.create(p.crashStage, p.object)
	p.settle()
	p.took = time.Since(began)
	if c.mode == modePause && p.reached {
		p.first.gate.Release()
		time.Sleep(time.Second) // for the first to do its worst
		p.first.end()
		p.settle()
	}
	p.rest()
	p.posts = p.calls()["POST "+p.kind.route]
	if urls := published(); p.kind.published != nil && len(urls) != 1 {
		t.Errorf("%d URLs were published", len(urls))
	}
	p.last.end()
	return p.crashResult
}

// prepare waits for what is there before.
func (p *play) prepare() {
	p.Helper()
	p.condition(p.env, time.Minute, video.ConditionReady, metav1.ConditionTrue, "")
	if p.kind.before == nil {
		return
	}
	p.object = p.kind.before(p.crashStage)
	for _, condition := range []string{video.ConditionReady, p.kind.done()} {
		p.condition(p.object, time.Minute, condition, metav1.ConditionTrue, "")
	}
}

func (p *play) start() *victim {
	if p.mode == modeKill {
		return p.process()
	}
	return p.inProcess()
}

// crash ends the first operator when it has come to the point, or leaves it paused, and starts another.
func (p *play) crash() bool {
	select {
	case <-p.first.gate.Reached():
	default:
		return false
	}
	if p.reached {
		return false
	}
	p.reached = true
	if p.mode != modePause {
		p.first.die()
		p.toReceiver.To("")
	}
	if err := p.get(p.object); err != nil {
		p.Fatal(err)
	}
	p.lost = p.intended() && len(p.kind.atMux(p.crashStage, p.object)) == 0
	p.last = p.start()
	return true
}

// crashLate is crash, of what is whole: where the point is one that is always come to, the last write may be seen before the gate has it.
func (p *play) crashLate() bool {
	if !p.reached && crashPoints[p.point].when == nil {
		select {
		case <-p.first.gate.Reached():
		case <-time.After(10 * time.Second):
		}
	}
	return p.crash()
}

// intended is true when the object says that a create may have been sent.
func (p *play) intended() bool {
	followed, ok := p.object.(commit.Followed)
	return ok && followed.GetAnnotations()[video.AnnotationCreateToken] != "" && (p.kind.part == "" || followed.GetFollowedStatus().Adding != nil)
}

// quiet is how long nothing has to happen until an operator is seen to wait.
func (p *play) quiet() time.Duration {
	if p.crashCase.stale {
		return 3*time.Second + 2*lag
	}
	return 3 * time.Second
}

// mayWait says whether the window may have to pass. What bears a token, and what a webhook tells of, is to be found without that.
func (p *play) mayWait() bool {
	told := p.kind.part == "" || p.answer.webhook == ""
	return p.kind.free || !told || p.lost
}

// settle waits for the object to be whole, and notes whether the window had to pass. Of an operator in this process the clock is
// set forward, where that may be, once it was seen to look and to wait; a process waits.
func (p *play) settle() {
	p.Helper()
	began, steps := time.Now(), 0
	within(p, 90*time.Second, "one at Mux, and its id", func() error {
		time.Sleep(50 * time.Millisecond) // many look at one API server
		if p.crash() {
			began, steps = time.Now(), 0
		}
		err := p.kind.whole(p.crashStage, p.object)
		if err == nil && p.crashLate() {
			began, steps, err = time.Now(), 0, errors.New("the operator was stopped")
		}
		if err == nil || time.Since(began) < p.quiet()*time.Duration(steps+1) {
			return err
		}
		steps++
		if p.last.process == nil && steps > 1 && p.mayWait() {
			p.waited = true
			p.forward()
		}
		p.touch(p.object, steps)
		p.touch(p.env, steps) // what took too long on a busy machine is asked again
		return err
	})
	p.waited = p.waited || p.last.process != nil && time.Since(began) > 10*time.Second // the window has at least so much
}

// touch has the operator look at the object, as its own timer would. What a busy API server refuses is done the next time.
func (s *crashStage) touch(object conditioned, n int) {
	looked := object.DeepCopyObject().(conditioned)
	annotations := maps.Clone(object.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations["look"] = strconv.Itoa(n) + time.Now().String()
	looked.SetAnnotations(annotations)
	if err := s.Patch(s.ctx, looked, client.MergeFrom(object)); err != nil {
		s.Logf("the object could not be touched: %v", err)
	}
}

// rest looks at the object once more when every window is over: nothing is sent and nothing changes.
func (p *play) rest() {
	p.Helper()
	before := p.calls()["POST "+p.kind.route]
	if p.last.process == nil {
		p.forward()
	}
	p.touch(p.object, 0)
	time.Sleep(500 * time.Millisecond)
	if after := p.calls()["POST "+p.kind.route]; after != before {
		p.Errorf("%d more creates were sent afterwards", after-before)
	}
	within(p, soon, "whole again", func() error { return p.kind.whole(p.crashStage, p.object) })
}

// judge checks what a case says about itself.
func (c crashCase) judge(t *testing.T, r crashResult) {
	k := &crashKinds[c.kind]
	if !k.free && r.posts != 1 {
		t.Errorf("%d creates were sent", r.posts)
	}
	if !r.reached && crashPoints[c.point].when == nil {
		t.Error("the operator was not stopped")
	}
}

// crashTable collects the results of cases that run side by side.
type crashTable struct {
	mu      sync.Mutex
	rows    []string
	stopped int
}

func (table *crashTable) run(t *testing.T, cases []crashCase) {
	program := sync.OnceValue(func() string { return build(t) })
	t.Run("cases", func(t *testing.T) {
		for _, c := range cases {
			t.Run(strings.Join(strings.Fields(c.String()), " "), func(t *testing.T) {
				t.Parallel()
				r := c.run(t, program)
				c.judge(t, r)
				row := c.String() + " | " + r.String()
				t.Log(row) // now, and in order at the end
				table.mu.Lock()
				defer table.mu.Unlock()
				table.rows = append(table.rows, row)
				if r.reached {
					table.stopped++
				}
			})
		}
	})
	slices.Sort(table.rows)
	t.Logf("%d cases, in %d the operator was stopped\n%s", len(table.rows), table.stopped, strings.Join(table.rows, "\n"))
}

// allCrashes are all combinations that a mode has.
func allCrashes(mode string) (cases []crashCase) {
	for kind := range crashKinds {
		for point := range crashPoints {
			for _, answer := range crashAnswers() {
				at := &crashPoints[point]
				if !at.of(&crashKinds[kind]) || at.when != nil && !at.when(answer) {
					continue
				}
				if crashKinds[kind].part == partEndpoint && answer.webhook != "" {
					continue
				}
				for _, after := range []bool{false, true} {
					cases = append(cases, crashCase{kind: kind, point: point, answer: answer, after: after, mode: mode})
				}
			}
		}
	}
	return cases
}

// TestCrashMatrix stops an operator at every step of a create with every answer of Mux; CRASH_MATRIX chooses the mode.
func TestCrashMatrix(t *testing.T) {
	mode := os.Getenv("CRASH_MATRIX")
	if mode == "" {
		return // TestCrash has a few of them
	}
	new(crashTable).run(t, allCrashes(mode))
}

// shortCrash is how many rounds are played along with all other tests, and shortSeed one that draws eight different kinds.
const (
	shortCrash = 8
	shortSeed  = 507
)

// TestCrash plays CRASH_ROUNDS cases that CRASH_SEED chooses, and each tenth of a long run with a stale cache.
func TestCrash(t *testing.T) {
	t.Parallel()
	rounds, seed := fromEnvironment("CRASH_ROUNDS", shortCrash), fromEnvironment("CRASH_SEED", shortSeed)
	t.Logf("CRASH_ROUNDS=%d CRASH_SEED=%d", rounds, seed)
	new(crashTable).run(t, drawCrashes(int(rounds), uint64(seed)))
}

// drawCrashes draws different cases: two of four cut off, one paused and one killed.
func drawCrashes(rounds int, seed uint64) (cases []crashCase) {
	random, modes := rand.New(rand.NewPCG(seed, 1)), []string{modeStop, modeStop, modePause, modeKill}
	all := map[string][]crashCase{}
	for _, mode := range modes {
		all[mode] = allCrashes(mode)
	}
	for len(cases) < rounds {
		round := len(cases)
		among := all[modes[round%len(modes)]]
		if rounds <= shortCrash && round > 3 { // one process is enough
			among = all[modes[round%3]]
		}
		c := among[random.IntN(len(among))]
		c.stale = rounds > shortCrash && round%10 == 4
		if !slices.Contains(cases, c) {
			cases = append(cases, c)
		}
	}
	return cases
}

func fromEnvironment(name string, otherwise int64) int64 {
	if value, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil {
		return value
	}
	return otherwise
}

// TestCrashPausedLeader stops the process of a leader with SIGSTOP between its intent and its create. Another is elected and
// creates; then the first goes on.
func TestCrashPausedLeader(t *testing.T) {
	if os.Getenv("CRASH_MATRIX") == "" {
		return // it takes a lease and a window; TestCrash pauses operators in this process
	}
	program := sync.OnceValue(func() string { return build(t) })
	for kind := range crashKinds {
		k := &crashKinds[kind]
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newCrashStage(t, program, false)
			election := []string{"--leader-elect", "--leader-elect-resource-namespace=" + s.namespace}
			first := s.process(election...)
			p := &play{crashStage: s, kind: k, first: first}
			p.mode = modeKill
			p.prepare()
			first.gate.StopAt(crashproxy.Point{Matches: lastIntent(k), After: true})
			p.object = k.create(s, p.object)
			<-first.gate.Reached()
			if err := first.process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			first.gate.Release() // the answer is in its socket
			p.last, p.reached = s.process(election...), true
			p.settle()
			if err := first.process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second) // for the first to do its worst
			p.rest()
			t.Logf("%d creates were sent; Mux has %v", s.calls()["POST "+k.route], k.atMux(s, p.object))
		})
	}
}

// lastIntent is the write after which the create is sent.
func lastIntent(k *crashKind) func(crashproxy.Request) bool {
	var last func(crashproxy.Request) bool
	for _, point := range crashPoints {
		if strings.HasPrefix(point.name, "intent") && point.of(k) {
			last = point.matches
		}
	}
	return last
}
