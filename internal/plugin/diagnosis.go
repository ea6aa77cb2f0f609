// SPDX-License-Identifier: Apache-2.0

package plugin

import "fmt"

// diagnosis is what `kubectl mux doctor` shows.
type diagnosis struct {
	Faults  int     `json:"faults"`
	Skipped int     `json:"skipped"`
	Checks  []check `json:"checks"`

	area string
}

// check is one thing that was looked at.
type check struct {
	// Area is what it belongs to, such as cluster, or environment NAMESPACE/NAME.
	Area string `json:"area"`
	Name string `json:"name"`
	// Result is ok, fault, or skipped where it could not be looked at.
	Result string `json:"result"`
	Detail string `json:"detail"`
	// Remedy says what to do about a fault.
	Remedy string `json:"remedy,omitempty"`
}

// Results of a check.
const (
	resultFine    = "ok"
	resultFault   = "fault"
	resultSkipped = "skipped"
)

func (*diagnosis) kind() string { return "MuxDiagnosis" }

func (d *diagnosis) fine(name, format string, args ...any) {
	d.Checks = append(d.Checks, check{d.area, name, resultFine, fmt.Sprintf(format, args...), ""})
}

func (d *diagnosis) fault(name, detail, remedy string) {
	d.Faults++
	d.Checks = append(d.Checks, check{d.area, name, resultFault, detail, remedy})
}

func (d *diagnosis) skip(name, format string, args ...any) {
	d.Skipped++
	d.Checks = append(d.Checks, check{d.area, name, resultSkipped, fmt.Sprintf(format, args...), ""})
}

func (d *diagnosis) write(to *page) error {
	area, width := "", 0
	for _, c := range d.Checks {
		width = max(width, len(c.Name))
	}
	for _, c := range d.Checks {
		if c.Area != area {
			if err := to.line("%s", c.Area); err != nil {
				return err
			}
			area = c.Area
		}
		if err := c.write(to, width); err != nil {
			return err
		}
	}
	summary := fmt.Sprintf("%s in %s", count(d.Faults, "fault"), count(len(d.Checks), "check"))
	if d.Skipped > 0 {
		summary += fmt.Sprintf(", %d of which could not be done", d.Skipped)
	}
	return to.line("\n%s.", summary)
}

// write shows the check in a line, and its remedy in another.
func (c *check) write(to *page, width int) error {
	mark := map[string]string{
		resultFine: to.paint(green, "ok     "), resultFault: to.paint(red, "FAULT  "), resultSkipped: to.paint(yellow, "skipped"),
	}[c.Result]
	if err := to.line("  %s  %-*s  %s", mark, width, c.Name, c.Detail); err != nil || c.Remedy == "" {
		return err
	}
	return to.line("           Remedy: %s", c.Remedy)
}
