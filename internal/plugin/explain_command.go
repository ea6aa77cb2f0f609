// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func newExplainCommand(p *Plugin) *cobra.Command {
	o := &output{}
	cmd := &cobra.Command{
		Use:   "explain KIND/NAME",
		Short: "Show which webhook or answer of Mux set which part of an object's status, and what is missing",
		Long: "Show which observation set which part of an object's status: a webhook's event, by its type, id and time, or an answer to a GET,\n" +
			"a LIST or a change of the operator. For each condition that is not True, show what it waits for and the remedy.\n\n" +
			"The status keeps the observation that set each part, and of one that newer ones have told again altogether nothing. What came\n" +
			"of it is in the Kubernetes Events of the object, which are shown as transitions while the cluster keeps them. Times are those of\n" +
			"Mux; those of the operator, of transitions and of conditions are of its own clock.",
		Example:           "  kubectl mux explain muxasset/intro\n  kubectl mux explain mxl studio -o yaml",
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: p.completeTarget,
		RunE:              func(cmd *cobra.Command, args []string) error { return p.explain(cmd.Context(), o, args) },
	}
	o.flag(cmd)
	return cmd
}

func (p *Plugin) explain(ctx context.Context, o *output, args []string) error {
	if err := o.check(); err != nil {
		return err
	}
	k, name, err := target(args)
	if err != nil {
		return err
	}
	c, namespace, err := p.connect()
	if err != nil {
		return err
	}
	object := k.empty()
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, object); err != nil {
		return getError(k, namespace, name, err)
	}
	report, err := explainObject(k, object, p.now())
	if err != nil {
		return err
	}
	report.recall(transitions(ctx, c, object))
	return o.print(p, report)
}

// getError says what to do about an object that cannot be read.
func getError(k kind, namespace, name string, err error) error {
	switch {
	case meta.IsNoMatchError(err):
		return listError(k, err)
	case apierrors.IsNotFound(err):
		return fmt.Errorf("there is no %s %s in the namespace %s; -n names another one", k.name, name, namespace)
	}
	return fmt.Errorf("read the %s %s/%s: %w", k.name, namespace, name, err)
}
