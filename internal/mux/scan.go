// SPDX-License-Identifier: Apache-2.0

package mux

import "bytes"

// maxDepth is how deep arrays and objects may lie within each other, as in encoding/json: what is deeper is not JSON.
const maxDepth = 10000

// members calls take with each member of a JSON object, in order: its name as it is written, quotes and all, and its value, both parts of
// data. It says whether data is one JSON object and nothing else; where it is not, take may have been called before that turned out.
//
// It takes for JSON what encoding/json does. That would look at each level of an object twice, and copy every value: half of what an event costs.
func members(data []byte, take func(name, value []byte)) bool {
	s := scanner{data: data}
	return s.whole(func() bool { return s.object(take) })
}

// elements calls take with each element of a JSON array, as members does.
func elements(data []byte, take func(value []byte)) bool {
	s := scanner{data: data}
	return s.whole(func() bool { return s.array(take) })
}

// scanner goes through JSON. Its methods skip what they are named after, and say whether it was there; where it was not, the scan is over.
type scanner struct {
	data  []byte
	at    int // the next byte
	depth int
}

// whole is true where there is nothing but one such value.
func (s *scanner) whole(value func() bool) bool {
	s.space()
	if !value() {
		return false
	}
	s.space()
	return s.at == len(s.data)
}

// next is the next byte; 0, which no JSON has outside of strings, at the end.
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

func (s *scanner) value() bool {
	switch c := s.next(); c {
	case '{':
		return s.object(nil)
	case '[':
		return s.array(nil)
	case '"':
		return s.text()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) object(take func(name, value []byte)) bool {
	return s.list('{', '}', func() bool {
		from := s.at
		if !s.text() {
			return false
		}
		name := s.data[from:s.at]
		s.space()
		if !s.is(':') {
			return false
		}
		s.space()
		from = s.at
		if !s.value() {
			return false
		}
		if take != nil {
			take(name, s.data[from:s.at])
		}
		return true
	})
}

func (s *scanner) array(take func(value []byte)) bool {
	return s.list('[', ']', func() bool {
		from := s.at
		if !s.value() {
			return false
		}
		if take != nil {
			take(s.data[from:s.at])
		}
		return true
	})
}

// list skips what stands between two brackets, with commas between.
func (s *scanner) list(opening, closing byte, one func() bool) bool {
	if !s.is(opening) || s.depth == maxDepth {
		return false
	}
	s.depth++
	defer func() { s.depth-- }()
	s.space()
	if s.is(closing) {
		return true
	}
	for {
		if !one() {
			return false
		}
		s.space()
		if s.is(closing) {
			return true
		}
		if !s.is(',') {
			return false
		}
		s.space()
	}
}

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
	c := s.next()
	s.at++
	if c != 'u' {
		return c != 0 && bytes.IndexByte([]byte(`"\/bfnrt`), c) >= 0
	}
	for range 4 {
		c := s.next()
		if !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
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
