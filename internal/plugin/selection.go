// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// selectionFlags are -A and -l, as kubectl has them.
type selectionFlags struct {
	all      bool
	selector string
}

// flags adds them to a command that is about many objects.
func (f *selectionFlags) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&f.all, "all-namespaces", "A", false, "the objects of all namespaces")
	cmd.Flags().StringVarP(&f.selector, "selector", "l", "", "only objects with these labels, such as app=site,team!=video")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("selector", completeNothing))
}

// check is for the beginning of a command.
func (f *selectionFlags) check() error {
	if _, err := labels.Parse(f.selector); err != nil {
		return fmt.Errorf("--selector %q: %w", f.selector, err)
	}
	return nil
}

// of is what the flags say, in a namespace.
func (f *selectionFlags) of(namespace string) selection {
	if f.all {
		namespace = ""
	}
	return selection{namespace: namespace, selector: f.selector}
}

// selection says which objects are meant: those of a namespace, "" for all, that have some labels, "" for all.
type selection struct{ namespace, selector string }

// listLimit is how many objects are asked for at a time, as kubectl does.
const listLimit = 500

// eachObject reads the selected objects of a kind.
func eachObject(ctx context.Context, c client.Reader, k kind, which selection, do func(object)) error {
	labelled, err := labels.Parse(which.selector)
	if err != nil {
		return err
	}
	for next := ""; ; {
		list := k.list()
		options := &client.ListOptions{Namespace: which.namespace, LabelSelector: labelled, Limit: listLimit, Continue: next}
		if err := c.List(ctx, list, options); err != nil {
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
