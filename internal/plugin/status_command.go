// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// statusOptions are the flags of status.
type statusOptions struct {
	output
	all bool
	// patience is how long an object may be under way before it is shown.
	patience time.Duration
}

func newStatusCommand(p *Plugin) *cobra.Command {
	o := &statusOptions{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the environments, the objects by state, and what needs a person, with the remedy",
		Long: "Show the environments with their health, how many objects there are of each kind and state, and everything that is Stalled,\n" +
			"Throttled or not Ready for long, with the reason and the remedy.\n\n" +
			"Exit code 1 when there is something that needs a person.",
		Example: "  kubectl mux status\n  kubectl mux status -A -o json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.status(cmd.Context(), o) },
	}
	o.flag(cmd)
	cmd.Flags().BoolVarP(&o.all, "all-namespaces", "A", false, "of all namespaces")
	cmd.Flags().DurationVar(&o.patience, "not-ready-for", 10*time.Minute, "how long an object may be under way before it is shown as a problem")
	return cmd
}

func (p *Plugin) status(ctx context.Context, o *statusOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	c, namespace, err := p.connect()
	if err != nil {
		return err
	}
	if o.all {
		namespace = ""
	}
	found := newStatusReport(p.now(), o.patience, o.all)
	for _, k := range kinds {
		if err := eachObject(ctx, c, k, namespace, func(object object) { found.add(k, object) }); err != nil {
			return err
		}
	}
	if err := o.print(p, found.finish()); err != nil {
		return err
	}
	if len(found.Problems) > 0 {
		return errFindings
	}
	return nil
}

// listLimit is how many objects are asked for at a time, as kubectl does.
const listLimit = 500

// eachObject reads all objects of a kind in a namespace, "" for all.
func eachObject(ctx context.Context, c client.Client, k kind, namespace string, do func(object)) error {
	for next := ""; ; {
		list := k.list()
		if err := c.List(ctx, list, client.InNamespace(namespace), client.Limit(listLimit), client.Continue(next)); err != nil {
			return listError(k, err)
		}
		if err := meta.EachListItem(list, func(item runtime.Object) error { do(item.(object)); return nil }); err != nil {
			return err
		}
		if next = list.GetContinue(); next == "" {
			return nil
		}
	}
}

// listError says what to do about a kind that cannot be read.
func listError(k kind, err error) error {
	var missing *meta.NoKindMatchError
	switch {
	case errors.As(err, &missing) || meta.IsNoMatchError(err):
		return fmt.Errorf("the cluster does not know %s: install the CRDs, see `kubectl mux doctor`", k.plural)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("you may not list %s here: %w; use -n for a namespace that is yours", k.plural, err)
	default:
		return fmt.Errorf("list the %s: %w", k.plural, err)
	}
}
