// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/printers"
)

// Formats of -o.
const (
	formatTable = "table"
	formatWide  = "wide"
	formatJSON  = "json"
	formatYAML  = "yaml"
)

var formats = []string{formatTable, formatWide, formatJSON, formatYAML}

// reportVersion is the apiVersion of what -o json and -o yaml print.
const reportVersion = "cli.video.mux.com/v1alpha1"

// report is what a command has found: its exported fields for programs, its text for people.
type report interface {
	// kind is the kind of the JSON.
	kind() string
	// write writes the text.
	write(to *page) error
}

// output is -o.
type output struct{ format string }

// flag adds -o to a command.
func (o *output) flag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.format, "output", "o", formatTable, "one of "+strings.Join(formats, ", "))
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)))
}

// check is for the beginning of a command: nothing has been done yet.
func (o *output) check() error {
	if !slices.Contains(formats, o.format) {
		return fmt.Errorf("--output %q: use one of %s", o.format, strings.Join(formats, ", "))
	}
	return nil
}

// print prints a report in the format that was asked for.
func (o *output) print(p *Plugin, r report) error {
	switch o.format {
	case formatJSON:
		return printDocument(p.Out, r, &printers.JSONPrinter{})
	case formatYAML:
		return printDocument(p.Out, r, &printers.YAMLPrinter{})
	}
	return r.write(&page{Writer: p.Out, wide: o.format == formatWide, paint: painter(p.Out)})
}

func printDocument(to io.Writer, r report, printer printers.ResourcePrinter) error {
	content, err := asMap(r)
	if err != nil {
		return fmt.Errorf("write the %s: %w", r.kind(), err)
	}
	content["apiVersion"], content["kind"] = reportVersion, r.kind()
	return printer.PrintObj(&unstructured.Unstructured{Object: content}, to)
}

// asMap is a value as its JSON is.
func asMap(value any) (map[string]any, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var content map[string]any
	return content, json.Unmarshal(data, &content)
}

// page is what the text of a report is written to.
type page struct {
	io.Writer
	wide  bool
	paint func(colour, string) string
}

// line writes one line.
func (p *page) line(format string, args ...any) error {
	_, err := fmt.Fprintln(p, harmless(fmt.Sprintf(format, args...)))
	return err
}

// column of a table; those that are wide are shown with -o wide alone.
type column struct {
	name string
	wide bool
}

// table writes rows under their headers, as kubectl does. Every row has a cell for each column.
func (p *page) table(columns []column, rows [][]any) error {
	table := &metav1.Table{}
	for _, c := range columns {
		definition := metav1.TableColumnDefinition{Name: c.name, Type: "string"}
		if c.wide {
			definition.Priority = 1
		}
		table.ColumnDefinitions = append(table.ColumnDefinitions, definition)
	}
	for _, cells := range rows {
		table.Rows = append(table.Rows, metav1.TableRow{Cells: cells})
	}
	return printers.NewTablePrinter(printers.PrintOptions{Wide: p.wide}).PrintObj(table, p)
}
