package fetch

import (
	"bytes"
	"strings"
)

// coding is a content coding (RFC 9110 section 8.4.1).
type coding string

const (
	gzipped  coding = "gzip"
	zstdized coding = "zstd"
	brotlied coding = "br"
	zlibbed  coding = "deflate"
	deflated coding = "raw deflate" // deflate without its zlib header, as some servers send it
	chunked  coding = "aws-chunked" // chunks that an upload left in the body, also those of HTTP itself
)

// maxCodings is how many codings are taken off one body.
const maxCodings = 4

// hiddenCodings returns the codings in Content-Encoding that a body does not show by a magic
// number, in the order in which they were applied. It leaves out gzip and zstd, which have
// one, and the names of charsets, media types and transfer encodings, which are no codings.
func hiddenCodings(values []string) (said []coding) {
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			name, _, _ = strings.Cut(name, ";")
			switch name = strings.Trim(name, " \t\"'"); {
			case strings.EqualFold(name, "br"), strings.EqualFold(name, "brotli"):
				said = append(said, brotlied)
			case strings.EqualFold(name, "deflate"), strings.EqualFold(name, "x-deflate"), strings.EqualFold(name, "zlib"):
				said = append(said, zlibbed)
			}
		}
	}
	return said[max(0, len(said)-maxCodings):]
}

// candidates returns the codings that a body which begins with b may have outermost, the
// likeliest first. said is the coding that Content-Encoding names next; empty for none.
// claimed says that there is a Content-Encoding. What begins as a document does has no
// coding, whatever the header says.
func candidates(b []byte, said coding, claimed bool) (all []coding) {
	switch {
	case isGzip(b):
		return []coding{gzipped}
	case isZstd(b):
		return []coding{zstdized}
	case isPlain(b):
		return nil
	case isChunked(b):
		return []coding{chunked}
	}
	if said == brotlied {
		all = append(all, brotlied)
	}
	if isZlib(b) {
		all = append(all, zlibbed)
	}
	if said == zlibbed || isZlib(b) || claimed && isBinary(b) {
		all = append(all, deflated)
	}
	if said != brotlied && claimed && isBinary(b) {
		all = append(all, brotlied)
	}
	return all
}

// isCoded reports whether a body shows a coding by its first bytes.
func isCoded(b []byte) bool { return isGzip(b) || isZstd(b) || isChunked(b) }

func isGzip(b []byte) bool { return len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 }

// isZstd reports whether b begins with a frame (RFC 8878 section 3.1.1).
func isZstd(b []byte) bool { return bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

// isZlib reports whether b begins with a zlib header (RFC 1950 section 2.2).
func isZlib(b []byte) bool {
	return len(b) > 1 && b[0]&0xf == 8 && b[0]>>4 <= 7 && (int(b[0])<<8|int(b[1]))%31 == 0 && b[1]&0x20 == 0
}

// isChunked reports whether b begins with the length of a chunk and then with a document or
// a coding: as hexadecimal digits and perhaps a signature
// (5a;chunk-signature=...).
func isChunked(b []byte) bool {
	line, rest, ok := bytes.Cut(b[:min(len(b), maxChunkLine)], []byte("\n"))
	if !ok {
		return false
	}
	if _, ok := chunkSize(line); !ok {
		return false
	}
	return len(rest) > 0 && (isGzip(rest) || isZstd(rest) || isPlain(rest))
}

// sniffed is how many bytes of a body decide about its coding.
const sniffed = 256

// isPlain reports whether b begins as a document does: with markup or JSON, perhaps behind
// white space and a byte order mark.
func isPlain(b []byte) bool {
	b = b[:min(len(b), sniffed)]
	wide := hasPrefix(b, "\xff\xfe", "\xfe\xff", "<\x00", "\x00<", "{\x00", "\x00{") // UTF-16
	b = trimStart(b)
	if len(b) == 0 {
		return true
	}
	return (b[0] == '<' || b[0] == '{') && (wide || !isBinary(b[:min(len(b), 64)]))
}

// trimStart removes byte order marks, white space and the zeros of UTF-16.
func trimStart(b []byte) []byte {
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		b = bytes.TrimPrefix(b, []byte(mark))
	}
	return bytes.TrimLeft(b, " \t\r\n\x00")
}

func hasPrefix(b []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if len(b) >= len(p) && string(b[:len(p)]) == p {
			return true
		}
	}
	return false
}

// isBinary reports whether b begins with control characters that no text has.
func isBinary(b []byte) bool {
	for _, c := range b[:min(len(b), sniffed)] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b {
			return true // 0x1b: ISO-2022-JP
		}
	}
	return false
}

// withoutJunk returns b without the white space or byte order mark that a script printed
// before its compressed answer.
func withoutJunk(b []byte) []byte {
	if t := trimStart(b[:min(len(b), sniffed)]); isGzip(t) || isZstd(t) {
		return b[min(len(b), sniffed)-len(t):]
	}
	return b
}
