// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// wait takes n turns and returns how long that took.
func wait(t *testing.T, b *Budget, class Class, n int) time.Duration {
	t.Helper()
	began := time.Now()
	for range n {
		if err := b.Wait(t.Context(), class); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

// TestBudgetRates : a burst goes at once, and then the documented sustained rates hold, for each class on its own.
func TestBudgetRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{})
		if took := wait(t, b, ClassCreate, 5); took != 0 {
			t.Errorf("the burst of creates took %s", took)
		}
		if took := wait(t, b, ClassOther, 10); took != 0 {
			t.Errorf("the burst of others took %s", took)
		}
		if took := wait(t, b, ClassCreate, 60); took < 59*time.Second || took > 61*time.Second {
			t.Errorf("60 creates took %s, want 1 a second", took)
		}
		b = NewBudget(Limits{})
		wait(t, b, ClassOther, 10)
		if took := wait(t, b, ClassOther, 300); took < 59*time.Second || took > 61*time.Second {
			t.Errorf("300 others took %s, want 5 a second", took)
		}
	})
}

// TestBudgetPriority : what a person waits for goes before repair, and each in the order it came.
func TestBudgetPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{CreateBurst: 1})
		wait(t, b, ClassCreate, 1)
		var mu sync.Mutex
		var order []string
		enqueue := func(name string, p Priority) {
			go func() {
				if err := b.Wait(WithPriority(t.Context(), p), ClassCreate); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, name)
			}()
			synctest.Wait()
		}
		enqueue("repair 1", Background)
		enqueue("repair 2", Background)
		enqueue("person 1", Interactive)
		enqueue("person 2", Interactive)
		time.Sleep(10 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"person 1", "person 2", "repair 1", "repair 2"}; !slices.Equal(order, want) {
			t.Errorf("the order is %v", order)
		}
	})
}

// TestBudgetLeave : who gives up takes no turn away from the others.
func TestBudgetLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{CreateBurst: 1})
		wait(t, b, ClassCreate, 1)
		began := time.Now()
		impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		left := make(chan error, 1)
		go func() { left <- b.Wait(impatient, ClassCreate) }()
		synctest.Wait()
		if took := wait(t, b, ClassCreate, 1); took != time.Second {
			t.Errorf("the second waited %s, want the turn of the first", took)
		}
		if err := <-left; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("got %v", err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.Wait(ended, ClassOther); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// TestBudgetMaxWait : who will not wait is told at once how long it would take, and takes no turn.
func TestBudgetMaxWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{CreateBurst: 2})
		expect := func(ctx context.Context, class Class, want time.Duration) {
			t.Helper()
			began := time.Now()
			err := b.Wait(WithMaxWait(ctx, time.Second), class)
			var queue *QueueError
			if !errors.As(err, &queue) || queue.Wait != want || time.Since(began) != 0 {
				t.Errorf("got %v after %s, want a wait of %s", err, time.Since(began), want)
			}
		}
		hurried := WithMaxWait(t.Context(), time.Second)
		for range 3 { // the burst and one second
			if err := b.Wait(hurried, ClassCreate); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // these wait one and two seconds
			go func() { _ = b.Wait(WithPriority(t.Context(), Background), ClassCreate) }()
		}
		synctest.Wait()
		expect(WithPriority(t.Context(), Background), ClassCreate, 3*time.Second)
		if err := b.Wait(hurried, ClassCreate); err != nil { // a person overtakes repair
			t.Error(err)
		}
		time.Sleep(10 * time.Second)
		b.Pause(time.Now().Add(time.Hour))
		expect(t.Context(), ClassOther, time.Hour)

		client := &Client{budget: b, observe: func(Call) {}, http: http.DefaultClient}
		_, err := client.Reserve(hurried, ClassCreate)
		if after, ok := RetryAfter(err); !IsThrottled(err) || !ok || after != time.Hour {
			t.Errorf("got %v, again after %s", err, after)
		}
	})
}

// TestBudgetPause holds everybody back, also those who wait already.
func TestBudgetPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{CreateBurst: 1})
		wait(t, b, ClassCreate, 1)
		until := time.Now().Add(30 * time.Second)
		go func() {
			time.Sleep(100 * time.Millisecond)
			b.Pause(until)
			b.Pause(until.Add(-20 * time.Second)) // an earlier one changes nothing
		}()
		if took := wait(t, b, ClassCreate, 1); took != 30*time.Second {
			t.Errorf("waited %s, want the whole pause", took)
		}
		if !b.PausedUntil().Equal(until) {
			t.Errorf("paused until %s, want %s", b.PausedUntil(), until)
		}
	})
}

// TestReservedPause : a call that has its budget, and is not sent when a pause begins, is not sent in it either: it waits for the end,
// or says until when it would have to.
func TestReservedPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{})
		sent := 0
		client := &Client{budget: b, observe: func(Call) {}, http: http.DefaultClient}
		send := func(ctx context.Context) error {
			paid, err := client.Reserve(ctx, ClassCreate)
			if err != nil {
				t.Fatal(err)
			}
			b.Pause(time.Now().Add(30 * time.Second))
			if err = client.pay(paid, &call{method: http.MethodPost, route: "/video/v1/assets"}); err == nil {
				sent++
			}
			return err
		}
		began := time.Now()
		if err := send(t.Context()); err != nil || time.Since(began) != 30*time.Second {
			t.Errorf("it went out after %s: %v", time.Since(began), err)
		}
		var queue *QueueError
		began = time.Now()
		if err := send(WithMaxWait(t.Context(), time.Second)); !errors.As(err, &queue) || queue.Wait != 30*time.Second || time.Since(began) != 0 || !queue.Paused.Equal(b.PausedUntil()) {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		time.Sleep(time.Minute)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := send(impatient); !errors.Is(err, context.DeadlineExceeded) || sent != 1 {
			t.Errorf("%d were sent: %v", sent, err)
		}
	})
}

// TestBudgetBackoff : without Retry-After each 429 doubles the pause, calls of the same overrun count once, and a success
// forgets.
func TestBudgetBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{})
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			if got := b.throttled(ClassCreate, 0); got != want*time.Second {
				t.Errorf("paused %s, want %ds", got, want)
			}
			time.Sleep(want * time.Second / 2)
			if got := b.throttled(ClassCreate, 0); got != want*time.Second/2 {
				t.Errorf("a call of the same overrun waits %s", got)
			}
			time.Sleep(want * time.Second)
		}
		b.succeeded(ClassCreate)
		if got := b.throttled(ClassCreate, 0); got != time.Second {
			t.Errorf("after a success the pause is %s", got)
		}
		if got := b.throttled(ClassCreate, 7*time.Second); got != 7*time.Second {
			t.Errorf("asked for 7 s, paused %s", got)
		}
	})
}

// TestBudgetSlowsDown : a Mux that allows a quarter of what was said answers few calls 429, each after a pause, and when it allows all
// again the whole rate and the burst come back.
func TestBudgetSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(Limits{CreateRate: 20, CreateBurst: 100})
		atMux := rate.NewLimiter(5, 5)
		call := func() (refused bool) {
			wait(t, b, ClassCreate, 1)
			if !atMux.Allow() {
				b.throttled(ClassCreate, time.Second)
				return true
			}
			b.succeeded(ClassCreate)
			return false
		}
		done, refused := 0, 0
		began := time.Now()
		for time.Since(began) < 5*time.Minute {
			if call() {
				refused++
			} else {
				done++
			}
		}
		if most := 5 * 300; done < most/2 || refused > done/10 {
			t.Errorf("%d calls were answered, of at most %d, and %d refused", done, most, refused)
		}
		atMux.SetLimit(rate.Inf)
		wait(t, b, ClassOther, 1)
		for range mendingPart {
			call()
		}
		time.Sleep(10 * time.Second)
		if took := wait(t, b, ClassCreate, 300); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("300 calls took %s, want a burst of 100 and 20 a second", took)
		}
	})
}

func TestNoBudget(t *testing.T) {
	var b *Budget
	b.Pause(time.Now().Add(time.Hour))
	b.succeeded(ClassCreate)
	if err := b.Wait(t.Context(), ClassCreate); err != nil || !b.PausedUntil().IsZero() || b.throttled(ClassOther, time.Second) != time.Second {
		t.Errorf("a nil budget limits: %v", err)
	}
}

// TestBudgets : Mux counts by environment.
func TestBudgets(t *testing.T) {
	budgets := Budgets{Limits: Limits{CreateRate: 2}}
	a, b := budgets.For("a"), budgets.For("b")
	if a == b || a != budgets.For("a") {
		t.Error("each environment has one budget of its own")
	}
	if got := a.buckets[ClassCreate].limiter; got.Limit() != rate.Limit(2) || got.Burst() != DefaultLimits.CreateBurst {
		t.Errorf("the limits are %v, %d", got.Limit(), got.Burst())
	}
}

// TestClientPays : each call takes from its class, a 429 and the last remaining call pause, and a reservation is used once.
func TestClientPays(t *testing.T) {
	b := NewBudget(Limits{CreateRate: 0.001, CreateBurst: 1, OtherRate: 0.001, OtherBurst: 3})
	answer := func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"data":{"id":"a"}}`) }
	client := serve(t, Config{Budget: b}, func(w http.ResponseWriter, r *http.Request) { answer(w) })

	paid, err := client.Reserve(t.Context(), ClassCreate)
	if err != nil {
		t.Fatal(err)
	}
	if err := create(paid, client); err != nil {
		t.Fatal(err)
	}
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	reused, cancel := context.WithTimeout(paid, 50*time.Millisecond)
	defer cancel()
	wantKind(t, create(reused, client), KindTransient) // the reservation is used up and the burst as well
	if err := get(soon(), client); err != nil {
		t.Errorf("others have a budget of their own: %v", err)
	}
	if _, err := client.CreateWebhook(soon(), "https://example.com"); err != nil {
		t.Errorf("a POST that is not on /video counts as other: %v", err)
	}
	wantKind(t, client.DeleteAsset(soon(), ""), KindInvalid) // costs nothing
	if err := update(soon(), client); err != nil {
		t.Error(err)
	}
	wantKind(t, update(soon(), client), KindTransient)
	if _, err := client.Reserve(soon(), ClassCreate); !IsTransient(err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestClientIsThrottled : what Mux says about its limits reaches the budget.
func TestClientIsThrottled(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		headers map[string]string
		want    time.Duration
	}{
		"429":                   {429, nil, time.Second},
		"429 with Retry-After":  {429, map[string]string{"Retry-After": "30"}, 30 * time.Second},
		"none remaining":        {200, map[string]string{"X-RateLimit-Remaining": "0"}, time.Second},
		"none, and Retry-After": {200, map[string]string{"X-RateLimit-Remaining": "0", "Retry-After": "30"}, 30 * time.Second},
		"some remaining":        {200, map[string]string{"X-RateLimit-Remaining": "3"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBudget(Limits{})
			client := serve(t, Config{Budget: b}, func(w http.ResponseWriter, r *http.Request) {
				for key, value := range test.headers {
					w.Header().Set(key, value)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, `{"data":{"id":"a"}}`)
			})
			err := get(t.Context(), client)
			if (err != nil) != (test.status != 200) {
				t.Fatal(err)
			}
			after, _ := RetryAfter(err)
			if test.status == 429 && after != test.want {
				t.Errorf("the error says %s, want %s", after, test.want)
			}
			got := max(time.Until(b.PausedUntil()), 0)
			if got > test.want || got < test.want-500*time.Millisecond {
				t.Errorf("paused for %s, want %s", got, test.want)
			}
		})
	}
}

// waits records what an observer is told.
type waits struct {
	waited []time.Duration
	putOff int
	paused time.Duration
}

func (w *waits) Waited(_ Class, _ Priority, wait time.Duration) { w.waited = append(w.waited, wait) }
func (w *waits) PutOff(Class, Priority)                         { w.putOff++ }
func (w *waits) Paused(longer time.Duration)                    { w.paused += longer }

// TestBudgetObserver : it is told of every wait, of what is put off, and of a pause once, however many answers ask for it.
func TestBudgetObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := &waits{}
		b := (&Budgets{Limits: Limits{CreateBurst: 1}, Observer: told}).For("environment")
		wait(t, b, ClassCreate, 3)
		if want := []time.Duration{0, time.Second, time.Second}; !slices.Equal(told.waited, want) {
			t.Errorf("waited %v, want %v", told.waited, want)
		}
		for range 3 {
			b.throttled(ClassCreate, 7*time.Second)
		}
		if told.paused != 7*time.Second {
			t.Errorf("paused %s, want 7s", told.paused)
		}
		short := WithMaxWait(t.Context(), time.Second)
		if errors.Join(b.Wait(short, ClassCreate), b.outwait(short, ClassCreate)) == nil || told.putOff != 2 {
			t.Errorf("%d put off, want 2", told.putOff)
		}
		if err := b.outwait(t.Context(), ClassOther); err != nil || told.waited[len(told.waited)-1] != 7*time.Second {
			t.Errorf("%v, waited %v, want 7s at the end", err, told.waited)
		}
	})
}
