package store

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Decoding a few members of a large JSON object, or one member by other means, without
// decoding the rest. The input is JSON that the store has written; a fuzz test compares
// with encoding/json.

var (
	errNotObject = errors.New("not a JSON object")
	errNotArray  = errors.New("not a JSON array")
)

// decodeMembers decodes the members of a JSON object for which field returns a pointer.
func decodeMembers(b []byte, field func(name []byte) any) error {
	return eachMember(b, func(name, value []byte) error {
		if v := field(name); v != nil {
			return json.Unmarshal(value, v)
		}
		return nil
	})
}

// eachMember calls fn for the members of a JSON object, with the name without quotes and
// the value as it is written. Values are not checked.
func eachMember(b []byte, fn func(name, value []byte) error) error {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return errNotObject
	}
	for b = trimSpace(b[1 : len(b)-1]); len(b) > 0; {
		n := valueEnd(b)
		if b[0] != '"' || n < 2 {
			return errNotObject
		}
		name, rest := b[1:n-1], trimSpace(b[n:])
		if len(rest) == 0 || rest[0] != ':' {
			return errNotObject
		}
		rest = trimSpace(rest[1:])
		n = valueEnd(rest)
		if n == 0 {
			return errNotObject
		}
		if err := fn(name, rest[:n]); err != nil {
			return err
		}
		if b = trimSpace(rest[n:]); len(b) > 0 {
			if b[0] != ',' {
				return errNotObject
			}
			b = trimSpace(b[1:])
		}
	}
	return nil
}

// eachElement calls fn for the elements of a JSON array, as they are written.
func eachElement(b []byte, fn func(value []byte) error) error {
	if len(b) < 2 || b[0] != '[' || b[len(b)-1] != ']' {
		return errNotArray
	}
	for b = trimSpace(b[1 : len(b)-1]); len(b) > 0; {
		n := valueEnd(b)
		if n == 0 {
			return errNotArray
		}
		if err := fn(b[:n]); err != nil {
			return err
		}
		if b = trimSpace(b[n:]); len(b) > 0 {
			if b[0] != ',' {
				return errNotArray
			}
			b = trimSpace(b[1:])
		}
	}
	return nil
}

// trimSpace trims leading white space.
func trimSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// valueEnd returns the length of the value that b begins with, 0 when it does not end.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			n := stringEnd(b[i:])
			if i += n - 1; n == 0 {
				return 0
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			if depth > 0 || i+1 < len(b) && isLiteral(b[i+1]) {
				continue
			}
		}
		if depth == 0 {
			return i + 1
		}
		if depth < 0 {
			return 0
		}
	}
	return 0
}

// isLiteral reports whether c can continue a number, true, false or null.
func isLiteral(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '.' || c == '-' || c == '+' || c == 'E'
}

// stringEnd returns the length of the string that b begins with, 0 when it does not end.
func stringEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return 0
		}
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
	return 0
}

// parseKeys reads a list of unsigned numbers; ok is false when it is anything else.
func parseKeys(b []byte) (keys []uint64, ok bool) {
	if len(b) < 3 || b[0] != '[' {
		return nil, false
	}
	keys = make([]uint64, 0, bytes.Count(b, []byte(","))+1)
	for n, i := uint64(0), 1; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			n = n*10 + uint64(c-'0')
		case (c == ',' || c == ']') && b[i-1] >= '0':
			keys, n = append(keys, n), 0
		default:
			return nil, false
		}
	}
	return keys, b[len(b)-1] == ']'
}
