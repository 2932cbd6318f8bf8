package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/slugline/slugline/internal/news"
)

// The first byte of a record's message says how the rest is stored. A new encoding gets a new
// byte, which older versions refuse with ErrNewer.
const formatZstd = 1 // JSON without HTML escapes, compressed by zstd with its checksum

// Bounds of one record, in bytes.
const (
	maxEncoded = 7 << 20  // as a message; the server takes 8 MB with the headers
	maxDecoded = 64 << 20 // as JSON
)

// ErrNewer says that a message was written by a newer Slugline, so that this one can't know
// what it means.
var ErrNewer = errors.New("a newer Slugline wrote it")

// coders are made once; both are safe for many goroutines.
var (
	encoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecoded))
)

// encode returns a record as the data of a message. It returns ErrTooLarge if no message
// takes it.
func encode(r *news.Record) ([]byte, error) {
	data, decoded, err := pack(r)
	if err != nil {
		return nil, err
	}
	if len(data) > maxEncoded || decoded > maxDecoded {
		return nil, fmt.Errorf("record %s has %d bytes: %w", r.ID, len(data), ErrTooLarge)
	}
	return data, nil
}

// pack returns the data of a message of any size, and its size as JSON.
func pack(r *news.Record) (data []byte, decoded int, err error) {
	c := *r
	c.Seq = 0 // given by each desk
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(&c); err != nil {
		return nil, 0, fmt.Errorf("encode record %s: %w", r.ID, err)
	}
	return encoder.EncodeAll(text.Bytes(), []byte{formatZstd}), text.Len(), nil
}

// stampSize is more than rules get when they are filed: an ID, a mark, the version of the fold.
const stampSize = 1 << 10

// CheckRules returns an error that says what to do if no message takes the rules.
func CheckRules(rules *news.Rules) error {
	data, decoded, err := pack(&news.Record{Rules: rules})
	if err == nil && (len(data)+stampSize > maxEncoded || decoded+stampSize > maxDecoded) {
		const mb = 1 << 20
		err = fmt.Errorf("the rules in feeds.yaml are too large for a cluster: they have %.1f MB, %.1f MB compressed, and its nodes exchange at most %d MB, %d MB compressed; name fewer sources or shorten the lists in `match` and `not`, or divide the sources between two clusters", float64(decoded)/mb, float64(len(data))/mb, maxDecoded/mb, maxEncoded/mb)
	}
	return err
}

// decode returns the record in a message. It refuses fields that this version does not know,
// with ErrNewer: to leave them out would make this node differ from others.
func decode(m Message) (*news.Record, error) {
	if len(m.Data) == 0 || m.Data[0] != formatZstd {
		return nil, fmt.Errorf("message %d is of another format: %w", m.Seq, ErrNewer)
	}
	text, err := decoder.DecodeAll(m.Data[1:], nil)
	if err != nil {
		return nil, fmt.Errorf("message %d is damaged: %w", m.Seq, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var r news.Record
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("message %d: %w: %w", m.Seq, err, ErrNewer)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("message %d has more than one record: %w", m.Seq, ErrNewer)
	}
	if r.ID != m.ID || r.Seq != 0 {
		return nil, fmt.Errorf("message %d has the ID %.40q and record %.40q", m.Seq, m.ID, r.ID)
	}
	return &r, nil
}
