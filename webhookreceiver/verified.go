// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// verifiedMarker sets WebhookVerified on an environment when its first webhook has arrived. That is news for people, so it
// happens beside the answer, one attempt at a time for each environment; a later webhook makes good a failed one.
type verifiedMarker struct {
	committer *commit.Committer
	now       func() time.Time

	busy    sync.Map // client.ObjectKey
	running sync.WaitGroup
}

// markTimeout bounds one attempt.
const markTimeout = 5 * time.Second

func (m *verifiedMarker) mark(env *video.MuxEnvironment) {
	key := client.ObjectKeyFromObject(env)
	if meta.IsStatusConditionTrue(env.Status.Conditions, video.ConditionWebhookVerified) {
		return
	}
	if _, busy := m.busy.LoadOrStore(key, true); busy {
		return
	}
	m.running.Go(func() {
		defer m.busy.Delete(key)
		ctx, cancel := context.WithTimeout(context.Background(), markTimeout)
		defer cancel()
		// A failure is made good by the next webhook.
		_, _, _ = commit.Status(ctx, m.committer, key, m.set)
	})
}

func (m *verifiedMarker) set(env *video.MuxEnvironment) error {
	projection.SetCondition(&env.Status.Conditions, env.Status.ObservedGeneration, metav1.NewTime(m.now()), video.ConditionWebhookVerified,
		metav1.ConditionTrue, video.ReasonDelivered, "a webhook with a valid signature has arrived")
	return nil
}

// wait returns when no attempt runs.
func (m *verifiedMarker) wait() { m.running.Wait() }
