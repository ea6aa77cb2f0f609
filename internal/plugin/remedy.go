// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"regexp"
	"strings"
	"sync"

	"github.com/mux-operator/mux-operator/docs"
)

// remedyPage is where remedies are, for whoever wants to read more.
const remedyPage = "docs/troubleshooting.md"

// remedy is a row of the table in docs/troubleshooting.md, so that the plugin says what the page says.
type remedy struct {
	// words are what a message has in this order; … stands between them.
	words   []string
	reasons string
	text    string
}

// remedies are the rows of the table: | message | reason | file | remedy |.
var remedies = sync.OnceValue(func() (all []remedy) {
	for line := range strings.Lines(docs.Troubleshooting) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 4 || strings.Contains(cells[0], "---") {
			continue
		}
		text := unmarked(cells[3])
		if text == "the same" && len(all) > 0 {
			text = all[len(all)-1].text
		}
		if strings.HasPrefix(text, "see ") {
			text += " in " + remedyPage
		}
		all = append(all, remedy{words: words(cells[0]), reasons: cells[1], text: text})
	}
	return all
})

func words(message string) (parts []string) {
	for part := range strings.SplitSeq(strings.TrimPrefix(message, "| "), "…") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

var link = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)

// unmarked is a text without what Markdown puts around it.
func unmarked(text string) string {
	return strings.ReplaceAll(link.ReplaceAllString(strings.TrimSpace(text), "$1"), "`", "")
}

// remedyOf is what the page says of a message with a reason: the row that has the most words of it. It is "" where the page has no
// such row; the message says what to do by itself.
func remedyOf(reason, message string) string {
	best, length := "", 0
	for _, r := range remedies() {
		if n := r.matches(reason, message); n > length {
			best, length = r.text, n
		}
	}
	return best
}

// matches is how many letters of the message the row has; 0 for another message.
func (r remedy) matches(reason, message string) (letters int) {
	if strings.Contains(r.reasons, "`") && !strings.Contains(r.reasons, "`"+reason+"`") {
		return 0
	}
	for _, part := range r.words {
		at := strings.Index(message, part)
		if at < 0 {
			return 0
		}
		message = message[at+len(part):]
		letters += len(part)
	}
	return letters
}
