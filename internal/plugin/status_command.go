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
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// statusOptions are the flags of status.
type statusOptions struct {
	output
	selectionFlags
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
		Example:           "  kubectl mux status\n  kubectl mux status -A -o json",
		Args:              cobra.NoArgs,
		ValidArgsFunction: completeNothing,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.status(cmd.Context(), o) },
	}
	o.flag(cmd)
	o.selectionFlags.flags(cmd)
	cmd.Flags().DurationVar(&o.patience, "not-ready-for", 10*time.Minute, "how long an object may be under way before it is shown as a problem")
	return cmd
}

func (p *Plugin) status(ctx context.Context, o *statusOptions) error {
	if err := errors.Join(o.output.check(), o.selectionFlags.check()); err != nil {
		return err
	}
	c, namespace, err := p.connect()
	if err != nil {
		return err
	}
	found, err := readStatus(ctx, c, newStatusReport(p.now(), o.patience, o.all), o.of(namespace))
	if err != nil && len(found.NotRead) == len(kinds) {
		return err
	}
	if err := o.print(p, found.finish()); err != nil {
		return err
	}
	switch {
	case err != nil: // the answer is not whole
		return err
	case len(found.Problems) > 0:
		return errFindings
	}
	return nil
}

// readStatus reads all kinds. One that may not be read, or that the cluster does not know, does not hide the others; the error tells
// of it.
func readStatus(ctx context.Context, c client.Client, into *statusReport, which selection) (*statusReport, error) {
	var failed []error
	for _, k := range kinds {
		err := eachObject(ctx, c, k, which, func(object object) { into.add(k, object) })
		if err == nil {
			continue
		}
		failed, into.NotRead = append(failed, err), append(into.NotRead, k.name)
		if !apierrors.IsForbidden(err) && !meta.IsNoMatchError(err) {
			return into, err
		}
	}
	return into, errors.Join(failed...)
}

// listError says what to do about a kind that cannot be read.
func listError(k kind, err error) error {
	switch {
	case meta.IsNoMatchError(err):
		return fmt.Errorf("the cluster does not know %s: install the CRDs, see `kubectl mux doctor` (%w)", k.plural, err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("you may not list %s here: %w; use -n for a namespace that is yours", k.plural, err)
	default:
		return fmt.Errorf("list the %s: %w", k.plural, err)
	}
}
