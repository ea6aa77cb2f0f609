// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// completeTimeout is how long a person waits for a completion before it is none.
const completeTimeout = 3 * time.Second

// completeTarget completes KIND/NAME and KIND NAME.
func (p *Plugin) completeTarget(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) == 0:
		return p.completeTargets(cmd, args, begun)
	case len(args) == 1 && !strings.Contains(args[0], "/"):
		return p.completeNames(args[0])(cmd, nil, begun)
	default:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeTargets completes any number of KIND/NAME.
func (p *Plugin) completeTargets(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	name, _, named := strings.Cut(begun, "/")
	if !named {
		return beginning(begun, suffixed(singulars(), "/")), cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}
	names, directive := p.completeNames(name)(cmd, nil, begun[len(name)+1:])
	for i := range names {
		names[i] = name + "/" + names[i]
	}
	return names, directive
}

// completeNames completes the name of an object of a kind, given by any of its names, in the namespace that the flags say.
func (p *Plugin) completeNames(kindName string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		k, err := kindOf(kindName)
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		namespace, err := p.namespace()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return beginning(begun, p.names(cmd.Context(), k.list(), client.InNamespace(namespace))), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeNamespaces completes --namespace.
func (p *Plugin) completeNamespaces(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return beginning(begun, p.names(cmd.Context(), &corev1.NamespaceList{})), cobra.ShellCompDirectiveNoFileComp
}

// completeConfig completes what the kubeconfig has names for, such as contexts.
func (p *Plugin) completeConfig(names func(api.Config) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		config, err := p.connection.ToRawKubeConfigLoader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return beginning(begun, names(config)), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeNothing is for arguments that nobody knows before: no names of files.
func completeNothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// names are those of the objects of a list; none where the cluster does not tell in time.
func (p *Plugin) names(ctx context.Context, list client.ObjectList, options ...client.ListOption) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, completeTimeout)
	defer cancel()
	c, err := p.client()
	if err != nil || c.List(ctx, list, options...) != nil {
		return nil
	}
	_ = meta.EachListItem(list, func(item runtime.Object) error {
		names = append(names, item.(client.Object).GetName())
		return nil
	})
	slices.Sort(names)
	return names
}

func beginning(begun string, names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, begun) })
}

func suffixed(names []string, suffix string) (all []string) {
	for _, name := range names {
		all = append(all, name+suffix)
	}
	return all
}
