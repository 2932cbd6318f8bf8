package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// errChunk says that a body is not in chunks.
var errChunk = errors.New("body is not in chunks")

// maxChunkLine is the length of the longest line before a chunk, in bytes.
const maxChunkLine = 512

// chunkReader takes the chunks off a body (RFC 9112 section 7.1), which may be signed as an
// upload to S3 is (length;chunk-signature=...). It ignores the trailer.
type chunkReader struct {
	r     *bufio.Reader
	left  int64 // bytes of the current chunk that are not yet read
	begun bool
	err   error
}

func newChunkReader(r io.Reader) *chunkReader {
	return &chunkReader{r: bufio.NewReaderSize(r, maxChunkLine)}
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if c.left == 0 && c.err == nil {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err != nil {
		c.err = broken(err)
	}
	return n, nil
}

// next reads the line before a chunk. It returns io.EOF at the last chunk.
func (c *chunkReader) next() error {
	if c.begun {
		if err := c.endOfChunk(); err != nil {
			return err
		}
	}
	c.begun = true
	line, err := c.r.ReadSlice('\n')
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	n, ok := chunkSize(line)
	switch {
	case err != nil || !ok:
		return errChunk
	case n == 0:
		return io.EOF
	}
	c.left = n
	return nil
}

// endOfChunk reads the end of the line behind a chunk.
func (c *chunkReader) endOfChunk() error {
	line, err := c.r.ReadSlice('\n')
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err != nil || len(bytes.TrimSpace(line)) > 0:
		return errChunk
	}
	return nil
}

// chunkSize reads the length in the line before a chunk.
func chunkSize(line []byte) (int64, bool) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	digits = bytes.TrimSpace(digits)
	if len(digits) == 0 || len(digits) > 8 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 16, 64)
	return n, err == nil && n >= 0
}
