package feed

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/slugline/slugline/internal/weburl"
)

// Read reads a feed document, or the beginning of one that is longer than
// Hints.MaxBytes. Its errors are *Problem: the document is at fault. Document.Cut says
// what could not be read.
func Read(body []byte, h Hints) (doc *Document, err error) {
	size, limit := len(body), h.limit()
	body = body[:min(size, limit)]
	defer func() {
		if r := recover(); r != nil {
			// gofeed is not ours, and its input comes from strangers.
			doc, err = nil, &Problem{Text: fmt.Sprintf("the parser crashed: %v", r), stack: string(debug.Stack())}
		}
	}()
	src := toUTF8(body, h.ContentType)
	start := bytes.TrimLeft(src, " \t\r\n\v\f\x00\ufeff")
	switch {
	case len(start) == 0:
		return nil, &Problem{Text: "the document is empty"}
	case start[0] == '{' || bytes.HasPrefix(start, []byte(")]}'")):
		if doc, err = readJSON(start); err == nil && doc.Truncated && len(doc.Items) == 0 {
			err = errBrokenOff
		} else if err == nil {
			doc.useSite(h.base(), h.jsonBase(doc))
		}
	case start[0] == '[' && !bytes.Contains(start, []byte("<")):
		return nil, &Problem{Text: "this is a JSON list, not a feed"}
	default:
		doc, err = readXML(src, h)
	}
	if size > limit && (err == errBrokenOff || err == nil && len(doc.Items) == 0) {
		return nil, &Problem{Text: fmt.Sprintf("the document is longer than %d MB, and there is no complete item in this part of it", limit>>20)}
	}
	if err != nil {
		return nil, err
	}
	doc.Truncated = doc.Truncated || size > limit
	doc.describeCut(size, limit)
	doc.resolveAddresses(h)
	return doc, nil
}

// errBrokenOff is the problem of a document that ends inside something before its first
// item is complete.
var errBrokenOff error = &Problem{Text: "the document breaks off before the end of its first item"}

// limit returns how many bytes of a document are read.
func (h Hints) limit() int {
	return int(min(cmp.Or(max(h.MaxBytes, 0), defaultBytes), maxBytes))
}

// resolveAddresses makes addresses absolute if the document or its own address says
// against what.
func (d *Document) resolveAddresses(h Hints) {
	if d.Base == "" {
		d.Base = h.base()
	}
	if d.Language == "" {
		d.Language = h.ContentLanguage
	}
	for _, p := range []*string{&d.Site, &d.Icon, &d.Hub, &d.Self, &d.Next} {
		*p = resolve(d.Base, *p)
	}
	for i := range d.Items {
		d.Items[i].resolveAddresses(d.Base)
	}
}

// base returns the address of the document, against which relative addresses are read if
// the document names no other.
func (h Hints) base() string {
	if h.ContentLocation != "" {
		if s := weburl.Resolve(h.URL, h.ContentLocation); s != "" && !isLeftover(s, h.URL) {
			return s
		}
	}
	return h.URL
}

// jsonBase returns the base of a JSON Feed, which has no way to name one: its home page,
// or its own address.
func (h Hints) jsonBase(d *Document) string {
	return cmp.Or(usableBase(d.Site, h.URL), usableBase(d.Self, h.URL))
}

func (i *Item) resolveAddresses(base string) {
	if i.Base == "" {
		i.Base = base
	}
	for _, p := range []*string{&i.Link, &i.Comments, &i.SourceURL} {
		*p = resolve(i.Base, *p)
	}
	for k := range i.Media {
		i.Media[k].URL = resolve(i.Base, i.Media[k].URL)
	}
}

// scanners are reused, with the memory they have allocated.
var scanners = sync.Pool{New: func() any { return new(scanner) }}

func readXML(src []byte, h Hints) (*Document, error) {
	s := scanners.Get().(*scanner)
	defer func() {
		s.reset(nil)
		scanners.Put(s)
	}()
	err := s.read(src, h, false)
	if err == errSitemap {
		return readSitemap(s.src, h)
	}
	if err == nil && len(s.digest.items) == 0 {
		err = s.read(src, h, true)
	}
	if err != nil {
		return nil, asWebPage(err, src, h)
	}
	if s.clearUnsafeHashes() {
		h.Known = nil
		return readXML(src, h)
	}
	doc, err := s.document()
	if err == nil && len(doc.Items) == 0 {
		err = s.emptyProblem(doc)
	}
	return doc, err
}

// read writes the digest of a document.
func (s *scanner) read(src []byte, h Hints, lenient bool) error {
	s.prepare(src, h, lenient)
	if err := s.findRoot(); err != nil {
		return err
	}
	if err := s.scan(); err != nil {
		return err
	}
	if s.overflow {
		return s.readNewest(src, h, lenient)
	}
	s.finish()
	return nil
}

// prepare makes the scanner ready for a document.
func (s *scanner) prepare(src []byte, h Hints, lenient bool) {
	s.reset(src)
	s.known, s.fetched, s.base, s.lenient = h.Known, h.URL, h.base(), lenient
}

// document has gofeed parse the digest.
func (s *scanner) document() (doc *Document, err error) {
	if s.digest.format == atomFormat {
		return s.digest.readAtom()
	}
	if doc, err = s.digest.readRSS(); err == nil && doc.Base == "" {
		doc.useSite(s.base, s.site)
	}
	return doc, err
}

// useSite makes the address of a site the base of all addresses, except those that are
// about the document itself: they are relative to its own address.
func (d *Document) useSite(own, site string) {
	for _, p := range []*string{&d.Hub, &d.Self, &d.Next} {
		*p = resolve(own, *p)
	}
	d.Base = site
}
