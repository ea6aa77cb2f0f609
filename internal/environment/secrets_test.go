// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// slowReader holds back the reads of one Secret until it is opened, as an API server in trouble does.
type slowReader struct {
	client.Reader
	name  string
	open  chan struct{}
	reads atomic.Int32
}

func (s *slowReader) Get(ctx context.Context, key client.ObjectKey, object client.Object, o ...client.GetOption) error {
	if key.Name == s.name {
		s.reads.Add(1)
		select {
		case <-s.open:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.Reader.Get(ctx, key, object, o...)
}

// slowSecrets are the Secrets "quick" and "slow", of which the second is held back.
func slowSecrets(t *testing.T) (*Secrets, *slowReader) {
	t.Helper()
	var objects []client.Object
	for _, name := range []string{"quick", "slow"} {
		objects = append(objects, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}, Data: map[string][]byte{"key": []byte(name)}})
	}
	c, _ := reads(t, objects...)
	live := &slowReader{Reader: c, name: "slow", open: make(chan struct{})}
	return &Secrets{Metadata: c, Live: live}, live
}

// TestSlowRead gives every caller its own time, and keeps nobody waiting who wants another Secret.
func TestSlowRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secrets, live := slowSecrets(t)
		impatient, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { // the first caller, whose end must not end the read
			began := time.Now()
			if _, err := secrets.Value(impatient, "ns", "slow", "key"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 4*time.Second {
				t.Errorf("got %v after %s", err, time.Since(began))
			}
		})
		synctest.Wait()
		for range 50 {
			all.Go(func() {
				if got, err := secrets.Value(t.Context(), "ns", "slow", "key"); got != "slow" || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		if got, err := secrets.Value(impatient, "ns", "quick", "key"); got != "quick" || err != nil || time.Since(began) != 0 {
			t.Errorf("another Secret gives %q, %v after %s", got, err, time.Since(began))
		}
		time.Sleep(5 * time.Second)
		close(live.open)
		all.Wait()
		if got := live.reads.Load(); got != 1 {
			t.Errorf("%d reads, want one for all", got)
		}
	})
}

// TestReadTimeout ends a read that never answers.
func TestReadTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secrets, live := slowSecrets(t)
		began := time.Now()
		if _, err := secrets.Value(t.Context(), "ns", "slow", "key"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != readTimeout {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		close(live.open)
		if got, err := secrets.Value(t.Context(), "ns", "slow", "key"); got != "slow" || err != nil {
			t.Errorf("the next read gives %q, %v", got, err)
		}
	})
}

func TestValueOnce(t *testing.T) {
	const url = "https://example.com/a.mp4?signature=1"
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "input"}, Data: map[string][]byte{"url": []byte(url + "\n")}}
	c, count := reads(t, secret)
	secrets := &Secrets{Metadata: c, Live: c}
	value := func() {
		t.Helper()
		if got, err := secrets.ValueOnce(t.Context(), "ns", "input", "url"); got != url || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	value()
	if len(secrets.kept) != 0 || *count != 1 {
		t.Errorf("%d Secrets are kept after %d reads", len(secrets.kept), *count)
	}
	if _, err := secrets.Value(t.Context(), "ns", "input", "url"); err != nil {
		t.Fatal(err)
	}
	value()
	if *count != 2 {
		t.Errorf("%d reads, want none of what is kept anyway", *count)
	}
	var noKey *SecretKeyMissingError
	if _, err := secrets.ValueOnce(t.Context(), "ns", "input", "other"); !errors.As(err, &noKey) || strings.Contains(err.Error(), "signature") {
		t.Errorf("a missing key gives %v", err)
	}
	var notFound *SecretNotFoundError
	if _, err := secrets.ValueOnce(t.Context(), "ns", "absent", "url"); !errors.As(err, &notFound) {
		t.Errorf("a missing Secret gives %v", err)
	}
	if err := c.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.ValueOnce(t.Context(), "ns", "input", "url"); !errors.As(err, &notFound) || len(secrets.kept) != 0 {
		t.Errorf("after the deletion: %v, and %d Secrets are kept", err, len(secrets.kept))
	}
}
