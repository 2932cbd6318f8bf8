package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/slugline/slugline/internal/quota"
)

// encode applies codings in order.
func encode(t testing.TB, body []byte, codings ...coding) []byte {
	t.Helper()
	for _, c := range codings {
		var b bytes.Buffer
		w := encodeTo(t, &b, c)
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		body = b.Bytes()
	}
	return body
}

func encodeTo(t testing.TB, w io.Writer, c coding) (out io.WriteCloser) {
	t.Helper()
	var err error
	switch c {
	case gzipped:
		out = gzip.NewWriter(w)
	case zlibbed:
		out = zlib.NewWriter(w)
	case deflated:
		out, err = flate.NewWriter(w, flate.DefaultCompression)
	case brotlied:
		out = brotli.NewWriter(w)
	case zstdized:
		out, err = zstd.NewWriter(w)
	case chunked:
		out = &chunkWriter{w: w}
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// chunkWriter writes signed chunks as an upload to S3 has them.
type chunkWriter struct{ w io.Writer }

func (c *chunkWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), 1000)
		fmt.Fprintf(c.w, "%x;chunk-signature=%064x\r\n%s\r\n", n, n, rest[:n])
		rest = rest[n:]
	}
	return len(p), nil
}

func (c *chunkWriter) Close() error {
	_, err := fmt.Fprintf(c.w, "0;chunk-signature=%064x\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", 0)
	return err
}

// decodeAll decodes a body as readBody does.
func decodeAll(t testing.TB, limit int64, body []byte, encoding ...string) (*content, error) {
	t.Helper()
	c, err := New(Config{MaxBytes: limit})
	if err != nil {
		t.Fatal(err)
	}
	d := &decoder{Client: c, limit: limit, huge: &hugeSlot{client: c}}
	packed := d.buffer(c.received, nil)
	got := &content{}
	if err := packed.fillAll(context.Background(), bytes.NewReader(body)); err != nil {
		got.cut = err
	}
	return got, d.decode(context.Background(), got, packed, encoding)
}

var (
	rss  = []byte("<?xml version=\"1.0\"?>\n<rss>" + strings.Repeat("<item>Ferry runs again, فيري</item>\n", 2000) + "</rss>")
	json = []byte(`{"version": "https://jsonfeed.org/version/1.1", "items": [` + strings.Repeat(`{"id": 1},`, 500) + `{}]}`)
	junk = []byte("Warning: no cache <rss></rss>")
)

type codings = []coding

func says(s ...string) []string { return s }

// decodeTests are bodies as they are sent, and what is said about them.
var decodeTests = []struct {
	name string
	body []byte
	sent codings
	says []string
}{
	// Names that mean nothing.
	{"nothing said", rss, nil, nil},
	{"identity", rss, nil, says("identity")},
	{"7bit", rss, nil, says("7bit")},
	{"8bit", rss, nil, says("8BIT")},
	{"binary", rss, nil, says("binary")},
	{"quoted-printable", rss, nil, says("quoted-printable")},
	{"base64", json, nil, says("base64")},
	{"none", rss, nil, says("none")},
	{"empty", rss, nil, says("")},
	{"charset", rss, nil, says("UTF-8")},
	{"another charset", rss, nil, says("windows-1256")},
	{"media type", rss, nil, says("text/xml;charset=utf-8")},
	{"compress", rss, nil, says("compress")},
	{"chunked", rss, nil, says("chunked")},
	{"dictionary", rss, nil, says("dcb, dcz")},
	// Codings that are said and not used.
	{"gzip said", rss, nil, says("gzip")},
	{"zstd said", rss, nil, says("zstd")},
	{"br said", rss, nil, says("br")},
	{"br said, JSON", json, nil, says("br")},
	{"br said, JSON list", []byte("[" + string(json) + "]"), nil, says("br")},
	{"br said, white space", append([]byte("\n\n \t"), rss...), nil, says("br")},
	{"br said, byte order mark", append([]byte("\xef\xbb\xbf"), rss...), nil, says("br")},
	{"br said, UTF-16", wide(rss), nil, says("br")},
	{"br said, junk", junk, nil, says("br")},
	{"deflate said", rss, nil, says("deflate")},
	{"deflate said, JSON", json, nil, says("deflate")},
	{"deflate said, white space", append([]byte("\r\n"), rss...), nil, says("deflate")},
	{"deflate said, byte order mark", append([]byte("\xef\xbb\xbf"), json...), nil, says("deflate")},
	{"deflate said, UTF-16", wide(rss)[2:], nil, says("deflate")},
	{"deflate said, junk", junk, nil, says("deflate")},
	{"all said", rss, nil, says("gzip, deflate, br, zstd")},
	// Codings that are used as said.
	{"gzip", rss, codings{gzipped}, says("gzip")},
	{"x-gzip", rss, codings{gzipped}, says("x-gzip")},
	{"upper case", rss, codings{brotlied}, says("BR")},
	{"weight", rss, codings{brotlied}, says("br;q=1")},
	{"quotes", rss, codings{zlibbed}, says(`"deflate"`)},
	{"trailing comma", rss, codings{brotlied}, says("br, ,")},
	{"zlib", rss, codings{zlibbed}, says("deflate")},
	{"raw deflate", rss, codings{deflated}, says("deflate")},
	{"br", rss, codings{brotlied}, says("br")},
	{"zstd", json, codings{zstdized}, says("zstd")},
	{"chunks", rss, codings{chunked}, says("aws-chunked")},
	{"br, junk", junk, codings{brotlied}, says("br")},
	{"UTF-16 in br", wide(rss), codings{brotlied}, says("br")},
	// Codings that are not said.
	{"gzip unsaid", rss, codings{gzipped}, nil},
	{"zstd unsaid", rss, codings{zstdized}, nil},
	{"zlib unsaid", rss, codings{zlibbed}, nil},
	{"chunks unsaid", rss, codings{chunked}, nil},
	{"br for gzip", rss, codings{brotlied}, says("gzip")},
	{"raw deflate for gzip", rss, codings{deflated}, says("gzip")},
	{"gzip for br", rss, codings{gzipped}, says("br")},
	{"gzip for deflate", rss, codings{gzipped}, says("deflate")},
	{"zlib for br", rss, codings{zlibbed}, says("utf-8")},
	// Several.
	{"gzip twice", rss, codings{gzipped, gzipped}, says("gzip, gzip")},
	{"gzip twice in two fields", rss, codings{gzipped, gzipped}, says("gzip", "gzip")},
	{"gzip twice, said once", rss, codings{gzipped, gzipped}, says("gzip")},
	{"gzip once, said twice", rss, codings{gzipped}, says("gzip, gzip")},
	{"gzip four times", rss, codings{gzipped, gzipped, gzipped, gzipped}, says("gzip")},
	{"br in gzip", rss, codings{brotlied, gzipped}, says("br, gzip")},
	{"gzip in br", rss, codings{gzipped, brotlied}, says("gzip, br")},
	{"br twice", rss, codings{brotlied, brotlied}, says("br", "br")},
	{"br in zstd", rss, codings{brotlied, zstdized}, says("br, zstd")},
	{"deflate in gzip", rss, codings{deflated, gzipped}, says("deflate, gzip")},
	{"gzip in chunks", rss, codings{gzipped, chunked}, says("aws-chunked,gzip")},
	{"chunks in gzip", rss, codings{chunked, gzipped}, says("aws-chunked,gzip")},
	{"gzip, said with aws-chunked", rss, codings{gzipped}, says("aws-chunked,gzip")},
	{"gzip, said with a charset", rss, codings{gzipped}, says("gzip, utf-8")},
}

// What a body is decides, not what its server says it is.
func TestDecode(t *testing.T) {
	for _, tt := range decodeTests {
		c, err := decodeAll(t, 8<<20, encode(t, tt.body, tt.sent...), tt.says...)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !bytes.Equal(c.buf.bytes(), tt.body) || c.cut != nil {
			t.Errorf("%s: %d bytes (%.40q), cut %v, want %d", tt.name, len(c.buf.bytes()), c.buf.bytes(), c.cut, len(tt.body))
		}
		c.buf.release()
	}
}

// wide returns ASCII as UTF-16.
func wide(b []byte) []byte {
	out := []byte("\xff\xfe")
	for _, c := range b {
		out = append(out, c, 0)
	}
	return out
}

// Bytes around the coded ones are ignored.
func TestDecodePadded(t *testing.T) {
	body := []byte("<rss>" + strings.Repeat("<item/>", 900) + "</rss>")
	for _, c := range []coding{gzipped, zstdized, brotlied, zlibbed, deflated} {
		for _, padding := range []string{"\n", "\x00\x00\x00\x00", "<!-- page generated in 0.1 s -->"} {
			if c == zstdized && len(padding) < 4 {
				continue // can't be told from the beginning of a frame
			}
			got, err := decodeAll(t, 1<<20, append(encode(t, body, c), padding...), strings.TrimPrefix(string(c), "raw "))
			if err != nil || !bytes.Equal(got.buf.bytes(), body) || got.cut != nil {
				t.Errorf("%s and %q: %v, cut %v", c, padding, err, got.cut)
			}
		}
	}
	for _, before := range []string{"\n", "\r\n\r\n", "\xef\xbb\xbf", " "} {
		got, err := decodeAll(t, 1<<20, append([]byte(before), encode(t, body, gzipped)...), "gzip")
		if err != nil || !bytes.Equal(got.buf.bytes(), body) {
			t.Errorf("%q before gzip: %v", before, err)
		}
	}
}

// A body that breaks off or is damaged gives its beginning.
func TestDecodeDamaged(t *testing.T) {
	var body []byte
	for i := range 30_000 {
		body = fmt.Appendf(body, "<item>%d: %x</item>\n", i, i*i*7919)
	}
	for _, codings := range [][]coding{{gzipped}, {zlibbed}, {deflated}, {brotlied}, {zstdized}, {chunked}, {gzipped, gzipped}, {gzipped, chunked}, {brotlied, gzipped}} {
		packed := encode(t, body, codings...)
		for _, n := range []int{len(packed) / 2, len(packed) - 9, len(packed) - 1} {
			got, err := decodeAll(t, 2<<20, packed[:n], "deflate, br")
			if err != nil {
				t.Errorf("%v, %d of %d bytes: %v", codings, n, len(packed), err)
				continue
			}
			if b := got.buf.bytes(); len(b) < len(body)/4 || !bytes.HasPrefix(body, b) || got.cut == nil && len(b) < len(body) {
				t.Errorf("%v, %d of %d bytes: %d of %d, cut %v", codings, n, len(packed), len(b), len(body), got.cut)
			}
		}
	}
	damaged := encode(t, body, gzipped)
	damaged[len(damaged)-8] ^= 1 // the checksum
	if got, err := decodeAll(t, 2<<20, damaged, "gzip"); err != nil || !bytes.Equal(got.buf.bytes(), body) || got.cut == nil {
		t.Errorf("a wrong checksum: %v, %+v", err, got)
	}
}

// A body in a coding that is not known is not taken for a document.
func TestDecodeUnknown(t *testing.T) {
	noise := []byte{0x1f, 0x9d, 0x90}
	for i := range 2000 {
		noise = append(noise, byte(i*i>>3))
	}
	var odd *encodingError
	if _, err := decodeAll(t, 1<<20, noise, "compress"); !errors.As(err, &odd) || odd.name != "compress" {
		t.Errorf("compress: %v", err)
	}
	if c, err := decodeAll(t, 1<<20, noise); err != nil || !bytes.Equal(c.buf.bytes(), noise) {
		t.Errorf("no coding said: %v", err)
	}
	if _, err := decodeAll(t, 1<<20, []byte("\x1f\x8b\x08\xff\xff\xff"), "gzip"); err == nil {
		t.Error("gzip of nothing: no error")
	}
}

// The limit applies after each coding, so that a small result takes no long work.
func TestDecodeLimit(t *testing.T) {
	const limit = 1 << 16
	zeros := bytes.Repeat([]byte("<item/>"), 1<<20)
	for _, codings := range [][]coding{{gzipped}, {zlibbed}, {brotlied}, {zstdized}, {gzipped, gzipped}, {zstdized, brotlied}} {
		c, err := decodeAll(t, limit, encode(t, zeros, codings...), "gzip, deflate, br")
		if err != nil {
			t.Errorf("%v: %v", codings, err)
			continue
		}
		if n := len(c.buf.bytes()); n > limit || c.cut == nil {
			t.Errorf("%v: %d bytes past a limit of %d, cut %v", codings, n, limit, c.cut)
		}
	}
	c, err := decodeAll(t, limit, zeros)
	if err != nil || len(c.buf.bytes()) != limit || c.cut != errLarge {
		t.Errorf("plain: %v, %+v, want %d bytes", err, c, limit)
	}
}

func FuzzDecode(f *testing.F) {
	body := []byte("<rss><item>Ferry runs again</item></rss>")
	f.Add([]byte("<rss/>"), "")
	f.Add([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}, "gzip")
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff}, "zstd")
	f.Add([]byte{0xff, 0xff, 0xff, 0x11, 0x91}, "br")
	for _, c := range []coding{gzipped, zlibbed, deflated, brotlied, zstdized, chunked} {
		f.Add(encode(f, body, c), string(c))
		f.Add(encode(f, body, c, gzipped, chunked), "deflate, br")
	}
	const limit = 1 << 16
	long := encode(f, bytes.Repeat(body, limit/len(body)), gzipped)
	most := quota.Measure(func() { // for a body, as much processor time as 300 ordinary ones of that size
		for range 300 {
			c, err := decodeAll(f, limit, long, "gzip")
			if err != nil {
				f.Fatal(err)
			}
			c.buf.release()
		}
	})
	f.Fuzz(func(t *testing.T, in []byte, name string) {
		var c *content
		var err error
		if used := quota.Measure(func() { c, err = decodeAll(t, limit, in, name) }); used > most {
			t.Errorf("took %v of processor time, more than %v", used, most)
		}
		if err == nil {
			if len(c.buf.bytes()) > limit {
				t.Errorf("%d bytes past a limit of %d", len(c.buf.bytes()), limit)
			}
			if isPlain(in) && len(in) <= limit && !bytes.Equal(c.buf.bytes(), in) {
				t.Errorf("%q with Content-Encoding %q became %q", in, name, c.buf.bytes())
			}
			c.buf.release()
		}
	})
}
