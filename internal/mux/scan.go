// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"bytes"
	"strings"
)

// maxDepth is how deep arrays and objects may lie within each other, as in encoding/json: what is deeper is not JSON.
const maxDepth = 10000

// members calls take with each member of a JSON object, in order: its name as it is written, quotes and all, and its value, both parts of
// data, not to be changed, or kept where data is not. It says whether data is one JSON object and nothing else; where it is not, take may have
// been called before that turned out.
//
// It takes for JSON what encoding/json does. That would look at each level of an object twice, and copy every value: half of what an event costs.
func members(data []byte, take func(name, value []byte)) bool {
	s := scanner{data: data}
	return s.whole('{', func() bool {
		name, isText := s.part(s.text)
		if !isText || !s.colon() {
			return false
		}
		value, isValue := s.part(s.value)
		if isValue {
			take(name, value)
		}
		return isValue
	})
}

// elements calls take with each element of a JSON array, as members does.
func elements(data []byte, take func(value []byte)) bool {
	s := scanner{data: data}
	return s.whole('[', func() bool {
		value, isValue := s.part(s.value)
		if isValue {
			take(value)
		}
		return isValue
	})
}

// scanner goes through JSON. Its methods skip what they are named after, and say whether it was there; where it was not, the scan is over.
type scanner struct {
	data []byte
	at   int // the next byte
	// open are the brackets that close what is open in the value that is skipped, the innermost last. They are not on the stack, which a
	// body of nothing but brackets would make megabytes of.
	open []byte
}

// closing is the bracket that ends what this one begins.
func closing(opening byte) byte { return opening + 2 }

// whole is true where there is one object or array and nothing else; one skips an element of it.
func (s *scanner) whole(opening byte, one func() bool) bool {
	s.space()
	if !s.is(opening) {
		return false
	}
	s.space()
	for closed := s.is(closing(opening)); !closed; {
		if !one() {
			return false
		}
		s.space()
		if closed = s.is(closing(opening)); !closed && !s.is(',') {
			return false
		}
		s.space()
	}
	s.space()
	return s.at == len(s.data)
}

// part is what is skipped.
func (s *scanner) part(skip func() bool) ([]byte, bool) {
	from := s.at
	ok := skip()
	return s.data[from:s.at:s.at], ok
}

// next is the next byte; 0 at the end, which is nowhere in JSON.
func (s *scanner) next() byte {
	if s.at == len(s.data) {
		return 0
	}
	return s.data[s.at]
}

func (s *scanner) is(c byte) bool {
	if s.at == len(s.data) || s.data[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) space() {
	for c := s.next(); c == ' ' || c == '\n' || c == '\t' || c == '\r'; c = s.next() {
		s.at++
	}
}

// colon is what stands between a name and its value.
func (s *scanner) colon() bool {
	s.space()
	if !s.is(':') {
		return false
	}
	s.space()
	return true
}

func (s *scanner) value() bool {
	s.open = s.open[:0]
	for {
		inside, ok := s.begin()
		if ok && !inside {
			inside, ok = s.end()
		}
		if !ok || !inside {
			return ok
		}
	}
}

// begin skips a literal, an empty list, or another to where its first element begins, which inside says.
func (s *scanner) begin() (inside, ok bool) {
	switch c := s.next(); c {
	case '{', '[':
		if len(s.open)+2 > maxDepth { // with the list whose element the value is
			return false, false
		}
		s.at++
		s.space()
		if s.is(closing(c)) {
			return false, true
		}
		s.open = append(s.open, closing(c))
		return true, c == '[' || s.name()
	case '"':
		return false, s.text()
	case 't':
		return false, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return false, s.word("null")
	default:
		return false, s.number()
	}
}

// end skips what follows an element: the lists that end with it, and the comma, to where the next element begins, which inside says.
func (s *scanner) end() (inside, ok bool) {
	for len(s.open) > 0 {
		last := len(s.open) - 1
		s.space()
		if s.is(',') {
			s.space()
			return true, s.open[last] == ']' || s.name()
		}
		if !s.is(s.open[last]) {
			return false, false
		}
		s.open = s.open[:last]
	}
	return false, true
}

// name of a member, and the colon.
func (s *scanner) name() bool { return s.text() && s.colon() }

func (s *scanner) text() bool {
	if !s.is('"') {
		return false
	}
	for s.at < len(s.data) {
		c := s.data[s.at]
		s.at++
		switch {
		case c == '"':
			return true
		case c < ' ':
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

// escape is what follows a backslash.
func (s *scanner) escape() bool {
	if !s.is('u') {
		isEscape := strings.IndexByte(`"\/bfnrt`, s.next()) >= 0
		if isEscape {
			s.at++
		}
		return isEscape
	}
	for range 4 {
		if c := s.next(); !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
		s.at++
	}
	return true
}

func (s *scanner) word(word string) bool {
	if !bytes.HasPrefix(s.data[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) number() bool {
	s.is('-')
	if !s.is('0') && !s.digits() {
		return false
	}
	if s.is('.') && !s.digits() {
		return false
	}
	if s.is('e') || s.is('E') {
		if !s.is('+') {
			s.is('-')
		}
		return s.digits()
	}
	return true
}

// digits are one or more.
func (s *scanner) digits() bool {
	from := s.at
	for isDigit(s.next()) {
		s.at++
	}
	return s.at > from
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
