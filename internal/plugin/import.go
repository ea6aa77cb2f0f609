// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// importCommand writes manifests of what exists at Mux.
type importCommand struct {
	*Plugin
	client.Client
	namespace string
	manifests manifests
	names     names
	claimed   map[string]claim
	// seen are the ids that were looked at.
	seen map[string]bool

	// The flags.
	all                              bool
	since                            time.Duration
	kinds                            []string
	environment, management, deletes string

	ref video.EnvironmentReference
	// skipped are what an object in the cluster has already, and errored what Mux could make nothing of.
	skipped, errored int
	// left says what of a live stream or an asset is in no manifest.
	left []string
}

// importable are the kinds that exist at Mux without an object.
var importable = []string{"muxasset", "muxlivestream"}

func newImportCommand(p *Plugin) *cobra.Command {
	i := &importCommand{Plugin: p}
	cmd := &cobra.Command{
		Use:   "import {ID... | --all}",
		Short: "Print manifests that adopt assets and live streams which exist at Mux",
		Long: "import reads Mux with the credentials of a MuxEnvironment and prints a manifest for each asset and live stream. Its spec\n" +
			"says what Mux shows, so that applying it changes nothing at Mux. What an object in the cluster has already is left out.\n\n" +
			"The defaults are the safe ones: with deletionPolicy Retain nothing is deleted at Mux when an object is.",
		Example: "  kubectl mux import 00ecNLnqiG8v00TLqqeZ00uCE5wCAaO3kKc | kubectl apply -f -\n" +
			"  kubectl mux import --all --since 24h --output-dir videos/\n" +
			"  kubectl mux import --all --kind muxlivestream --management-policy Observe",
		ValidArgsFunction: completeNothing,
		RunE:              func(cmd *cobra.Command, ids []string) error { return i.run(cmd.Context(), ids) },
	}
	f := cmd.Flags()
	f.BoolVar(&i.all, "all", false, "all assets and live streams of the environment, but for assets that are errored")
	f.DurationVar(&i.since, "since", 0, "with --all: only what was made within this time, such as 24h")
	f.StringSliceVar(&i.kinds, "kind", importable, "with --all: muxasset, muxlivestream or both")
	p.environmentFlag(cmd, &i.environment)
	f.StringVar(&i.management, "management-policy", string(video.ManagementPolicyManaged), "Managed, or Observe for objects that only follow")
	f.StringVar(&i.deletes, "deletion-policy", string(video.DeletionPolicyRetain), "Retain, or Delete to delete at Mux as well when an object is deleted")
	f.StringVar(&i.manifests.dir, "output-dir", "", "folder to write a file for each object into, instead of a stream on the output")
	for flag, values := range map[string][]string{
		"kind": importable, "management-policy": {"Managed", "Observe"}, "deletion-policy": {"Retain", "Delete"},
	} {
		utilruntime.Must(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
	}
	utilruntime.Must(cmd.MarkFlagDirname("output-dir"))
	return cmd
}

// check looks at the flags.
func (i *importCommand) check(ids []string) error {
	switch {
	case i.all && len(ids) > 0, !i.all && len(ids) == 0:
		return fmt.Errorf("name ids, or use --all")
	case i.since < 0 || (i.since > 0 && !i.all):
		return fmt.Errorf("--since is for --all, and a time such as 24h")
	case i.management != "Managed" && i.management != "Observe":
		return fmt.Errorf("--management-policy %q: use Managed or Observe", i.management)
	case i.deletes != "Retain" && i.deletes != "Delete":
		return fmt.Errorf("--deletion-policy %q: use Retain or Delete", i.deletes)
	}
	for _, k := range i.kinds {
		if !slices.Contains(importable, k) {
			return fmt.Errorf("--kind %q: use %s", k, strings.Join(importable, ", "))
		}
	}
	return nil
}

func (i *importCommand) run(ctx context.Context, ids []string) (err error) {
	if err := i.check(ids); err != nil {
		return err
	}
	if i.Client, i.namespace, err = i.connect(); err != nil {
		return err
	}
	if i.ref, err = environmentReference(i.environment, i.namespace); err != nil {
		return err
	}
	reader, err := i.reader(ctx)
	if err != nil {
		return err
	}
	i.manifests.out, i.names.taken = i.Out, map[string]bool{}
	i.seen = map[string]bool{}
	if err := i.readClaims(ctx); err != nil {
		return err
	}
	if i.all {
		err = i.importAll(ctx, reader)
	} else {
		err = i.importIDs(ctx, reader, ids)
	}
	if err != nil {
		return err
	}
	i.summarize()
	return nil
}

// followed is what all imported objects have in their spec.
func (i *importCommand) followed(id string) video.FollowedSpec {
	return video.FollowedSpec{
		EnvironmentRef:   i.ref,
		ManagementPolicy: video.ManagementPolicy(i.management),
		DeletionPolicy:   video.DeletionPolicy(i.deletes),
		Import:           &video.ImportSpec{ID: id},
	}
}

// summarize says on the error output what was written, and what was not.
func (i *importCommand) summarize() {
	fmt.Fprintf(i.ErrOut, "%s written", count(i.manifests.written, "manifest"))
	if i.skipped > 0 {
		fmt.Fprintf(i.ErrOut, "; %d left out, which an object in the cluster has already", i.skipped)
	}
	if i.errored > 0 {
		fmt.Fprintf(i.ErrOut, "; %s left out", count(i.errored, "errored asset"))
	}
	fmt.Fprintln(i.ErrOut)
	for _, line := range i.left {
		fmt.Fprintln(i.ErrOut, line)
	}
}

func count(n int, noun string) string {
	return fmt.Sprintf("%d %s%s", n, noun, suffixIf(n != 1, "s"))
}
