// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// commands make the subcommands. Each is in a file of its own.
var commands = []func(*Plugin) *cobra.Command{
	newStatusCommand,
	newExplainCommand,
	newDoctorCommand,
	newUploadCommand,
	newLiveCommand,
	newImportCommand,
	newExportCommand,
	newVersionCommand,
}

// Exit codes of every command.
const (
	exitFine     = 0
	exitFindings = 1 // the command did its work, and what it found needs a person
	exitFailed   = 2 // the command could not do its work: wrong flags, no cluster, no such object
	// exitInterrupted is what a shell says of a program that Ctrl-C has ended.
	exitInterrupted = 130
)

// errFindings ends a command whose output has already said what is wrong.
var errFindings = errors.New("see above")

// Run runs the command line and returns the exit code.
func (p *Plugin) Run(ctx context.Context, args []string) int {
	root := p.command()
	root.SetArgs(args)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return exitFine
	case errors.Is(err, errFindings):
		return exitFindings
	case ctx.Err() != nil:
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}
		fmt.Fprintln(p.ErrOut, "error:", err)
		return exitInterrupted
	default:
		fmt.Fprintln(p.ErrOut, "error:", harmless(err.Error()))
		return exitFailed
	}
}

// command is `kubectl mux` with everything below it.
func (p *Plugin) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-mux",
		Short: "See what mux-operator knows about your videos at Mux, and why",
		Long: "kubectl mux works on the objects of mux-operator: MuxEnvironments, MuxAssets, MuxLiveStreams and MuxUploads.\n\n" +
			"Exit codes: 0 when all is well, 1 when something was found that needs a person, 2 when the command could not do its work,\n" +
			"130 when it was interrupted.",
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl mux"},
		Version:       p.version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.ErrOut)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	p.connectionFlags(root)
	for _, command := range commands {
		root.AddCommand(command(p))
	}
	return root
}

func newVersionCommand(p *Plugin) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this plugin",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.Out, "kubectl-mux", p.version)
			return err
		},
	}
}
