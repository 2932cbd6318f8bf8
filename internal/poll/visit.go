package poll

import (
	"context"
	"errors"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// visit is a visit under way. It works on copies of what the source had when it began;
// Poller.finish applies what it learned, all at once.
type visit struct {
	p             *Poller
	src           *source // only with p.mu locked
	conf          news.SourceConfig
	before        news.VisitState
	secrets       secrets
	document      *lastDocument // nil: as the store has it
	documentCount int           // of the source when the visit began
	url           string
	began         time.Time
	turn          turn

	res           *fetch.Result
	problem       *fetch.Problem
	partial       bool // items that are missing in the document are not gone
	pushed        bool // by a hub
	reissue       bool // it is partial, and has known items under new keys; one that was pushed is not filed then
	doc           *feed.Document
	body          uint64 // hash of the body
	entries       []news.Entry
	changes       comparison
	newDocument   *lastDocument
	items         int // in doc
	isBacklog     bool
	filed         int       // entries that were filed
	archived      int       // entries found in archive pages
	gap           bool      // the document shares nothing with the one before
	unconditional bool      // requested without validators, see cacheMayHang
	followed      bool      // url is the feed of a web page, named there or guessed
	needsItems    bool      // a document without items does not count, because the page may have another feed
	hub           string    // the hub that the page named for url
	at            time.Time // of the last record; zero: nothing was filed
	outcome       string
	err           error // an error of ours, which says nothing about the source
	lost          bool  // another node has the source now
	clockSets     int   // Clock.Sets when it began
}

// newVisit begins a visit of a source. p.mu must be locked.
func (p *Poller) newVisit(src *source, now time.Time) *visit {
	return &visit{
		p: p, turn: turn{p: p, source: src.Name, home: fetch.Domain(src.Address)}, src: src, conf: src.SourceConfig, before: src.state, secrets: src.secrets,
		document: src.document, documentCount: src.documentCount, began: now,
		clockSets: p.Clock.Sets(),
	}
}

// run makes the visit.
func (v *visit) run(ctx context.Context) {
	validators := v.before.Validators
	if v.unconditional = v.cacheMayHang(); v.unconditional {
		validators = news.Validators{}
	}
	res, err := v.turn.get(ctx, v.request(v.url, validators), v.began)
	v.handle(ctx, res, err)
}

// handle reads the answer to a request.
func (v *visit) handle(ctx context.Context, res *fetch.Result, err error) {
	switch {
	case errors.As(err, &v.problem):
		v.secrets.cleanProblem(v.problem)
		v.outcome = outcomeOf(v.problem)
		return
	case err != nil:
		v.err = err
		return
	}
	defer res.Release()
	v.secrets.cleanResult(res)
	v.res, v.partial = res, res.Delta
	if res.NotModified {
		v.outcome = NotModified
		return
	}
	v.body = xxhash.Sum64(res.Body)
	if v.body == v.before.BodyHash && !v.partial {
		v.outcome = Same
		return
	}
	v.read(ctx, res.Body, hints(res))
}

func outcomeOf(p *fetch.Problem) string {
	switch p.Kind {
	case fetch.Gone:
		return Gone
	case fetch.Blocked:
		return Blocked
	}
	return Problem
}

func hints(res *fetch.Result) feed.Hints {
	return feed.Hints{
		URL:             res.URL,
		MaxBytes:        res.MaxBytes,
		ContentType:     res.Header.Get("Content-Type"),
		ContentLocation: res.ContentLocation,
		ContentLanguage: res.Header.Get("Content-Language"),
	}
}

// read parses a document and files what is new in it.
func (v *visit) read(ctx context.Context, body []byte, h feed.Hints) {
	h = v.secrets.cleanHints(h)
	st, err := v.sourceState()
	if err == nil {
		err = v.parse(ctx, body, h, st)
	}
	if err == nil && v.res != nil && len(v.doc.Sitemaps) > 0 {
		err = v.readIndex(ctx, st)
	}
	if err == nil && v.needsItems && (len(v.doc.Items) == 0 || v.doc.HasComments()) {
		v.doc, err = nil, &feed.Problem{Text: "it has no articles"}
	}
	var fault *feed.Problem
	switch {
	case v.brokeOff(err):
		v.problem, v.outcome = v.res.Broken, Problem
		v.secrets.cleanProblem(v.problem)
		return
	case errors.As(err, &fault) && v.follow(ctx, fault, body, h):
		return
	case errors.As(err, &fault):
		v.problem = &fetch.Problem{Text: explain(fault, readPage(v.res, fault, body, h)), Status: v.status()}
		v.secrets.cleanProblem(v.problem)
		v.outcome = Problem
		return
	case err != nil:
		v.err = err
		return
	}
	v.applyCut()
	v.partial = v.partial || v.doc.Truncated
	v.outcome = Same
	v.err = v.fileNew(ctx, st)
}

// fileNew files what is new in the document.
func (v *visit) fileNew(ctx context.Context, st *news.SourceState) (err error) {
	if v.partial {
		if v.reissue, err = v.isReissue(); v.reissue && v.pushed || err != nil {
			return err
		}
	}
	if v.gap = v.hasGap(v.entries, st); v.gap {
		if err := v.catchUp(ctx, st); err != nil {
			return err
		}
	}
	b := v.makeBatch(st)
	v.dropRead()
	if b == nil {
		return nil
	}
	v.outcome = New
	return v.file(ctx, b)
}

// dropRead frees what only reading the document needed, because many visits may wait for
// their batches to be filed at the same time.
func (v *visit) dropRead() {
	if v.res != nil {
		v.res.Release()
		v.res.Body = nil
	}
	v.items, v.doc.Items = len(v.doc.Items), nil
	v.entries, v.changes.changed, v.changes.positions = nil, nil, nil
}

// brokeOff reports whether the connection broke off before the document was whole. err is
// what parsing it said.
func (v *visit) brokeOff(err error) bool {
	if v.res == nil || v.res.Broken == nil {
		return false
	}
	return errors.As(err, new(*feed.Problem)) || err == nil && v.doc.Truncated
}

// applyCut applies to a document that only the beginning of its body could be read. A
// document that is whole nevertheless lacks nothing, but nothing vouches for it.
func (v *visit) applyCut() {
	if v.res == nil || !v.res.Cut {
		return
	}
	if v.doc.Truncated {
		v.doc.Cut = v.res.WhyCut(v.doc.Cut)
	}
	v.doc.Truncated = true
}

// parse parses a document, within the limit on bytes that are parsed at the same time.
func (v *visit) parse(ctx context.Context, body []byte, h feed.Hints, st *news.SourceState) error {
	weight := min(int64(len(body)), maxParse)
	if err := v.p.parse.Acquire(ctx, weight); err != nil {
		return err
	}
	defer v.p.parse.Release(weight)
	return v.readNew(body, h, st)
}

func (v *visit) status() int {
	if v.res == nil {
		return 0
	}
	return v.res.Status
}

// sourceState returns what the store has about the source.
func (v *visit) sourceState() (st *news.SourceState, err error) {
	err = v.p.Store.View(func(tx *store.Tx) (err error) {
		st, err = tx.Sources.Get(v.conf.ID)
		return err
	})
	if err == nil && st == nil {
		err = errRemoved
	}
	return st, err
}

// comparison says how the entries of a document differ from those of the last one.
type comparison struct {
	listed    []uint64     // the first key of each entry
	seen      []shownEntry // all entries
	changed   []news.Entry // new or changed, in the document's order
	positions []int        // of the changed ones in the document
	newTimes  []time.Time  // when the new ones were published; zero if not known
	sameList  bool         // the document lists the same entries as before
}

// compare finds the entries that are not the same as in the last document.
func compare(seen []shownEntry, entries []news.Entry, st *news.SourceState) comparison {
	f := comparison{listed: make([]uint64, len(entries)), seen: make([]shownEntry, len(entries))}
	before, was := setOf(seen), setOf(st.Listed)
	f.sameList = true
	for i := range entries {
		e := &entries[i]
		first := e.Keys.First()
		f.listed[i], f.seen[i] = first, shownEntry{first, e.Hash}
		_, listed := was[first]
		f.sameList = f.sameList && listed
		if _, ok := before[f.seen[i]]; ok {
			continue
		}
		f.positions = append(f.positions, i)
		if !listed {
			f.newTimes = append(f.newTimes, e.Published)
		}
	}
	f.changed = entriesAt(entries, f.positions)
	f.sameList = f.sameList && len(setOf(f.listed)) == len(was)
	return f
}

// entriesAt returns the entries at these positions, in their order: entries itself if those are all.
func entriesAt(entries []news.Entry, positions []int) []news.Entry {
	if len(positions) == len(entries) {
		return entries
	}
	var out []news.Entry
	for _, i := range positions {
		out = append(out, entries[i])
	}
	return out
}

func setOf[K comparable](keys []K) map[K]struct{} {
	m := make(map[K]struct{}, len(keys))
	for _, k := range keys {
		m[k] = struct{}{}
	}
	return m
}
