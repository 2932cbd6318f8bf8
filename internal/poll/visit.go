package poll

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// visit is one under way. What it learns is written to the source's account by
// finish, all at once.
type visit struct {
	*Poller
	src     *source           // touched under mu only
	conf    news.SourceConfig // as they were when it began
	before  news.VisitState   //
	secrets secrets           //
	url     string
	began   time.Time
	host    *host // whose turn it has; nil: none
	timer   *time.Timer
	slow    bool // under way for long; touched under mu only, as over
	over    bool

	res           *fetch.Result
	problem       *fetch.Problem
	partial       bool    // what is missing is not gone
	memory        *memory // of the last document; nil: as the store has it
	memoryCount   int     // see source
	doc           *feed.Document
	body          uint64 // hash
	entries       []news.Entry
	changes       comparison
	newMemory     *memory
	isBacklog     bool
	filed         int    // entries
	archived      int    // entries found in archive pages
	gap           bool   // the document shares nothing with the one before
	unconditional bool   // asked without validators, see hangs
	followed      bool   // a page led to url
	hub           string // that the page named for url
	at            time.Time
	outcome       string
	err           error // ours: nothing is known of the source
}

func (v *visit) run(ctx context.Context) {
	validators := v.before.Validators
	if v.unconditional = v.cacheMayHang(); v.unconditional {
		validators = news.Validators{}
	}
	res, err := v.ask(ctx, v.request(v.url, validators), v.began)
	v.handle(ctx, res, err)
}

// handle takes what a request brought.
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
		ContentType:     res.Header.Get("Content-Type"),
		ContentLocation: res.Header.Get("Content-Location"),
		ContentLanguage: res.Header.Get("Content-Language"),
	}
}

// read takes a document apart and files what is new in it.
func (v *visit) read(ctx context.Context, body []byte, h feed.Hints) {
	h = v.secrets.cleanHints(h)
	st, err := v.sourceState()
	if err == nil {
		err = v.parse(ctx, body, h, st)
	}
	var fault *feed.Problem
	switch {
	case errors.As(err, &fault) && fault.IsWebPage && v.follow(ctx, body, h.URL):
		return
	case errors.As(err, &fault):
		v.problem = &fetch.Problem{Text: explain(fault, body, h), Status: v.status()}
		v.secrets.cleanProblem(v.problem)
		v.outcome = Problem
		return
	case err != nil:
		v.err = err
		return
	}
	v.partial = v.partial || v.doc.Truncated
	v.outcome = Same
	if v.gap = v.hasGap(v.entries, st); v.gap {
		if v.err = v.catchUp(ctx, st); v.err != nil {
			return
		}
	}
	if b := v.makeBatch(st); b != nil {
		v.outcome = New
		v.err = v.file(ctx, b)
	}
}

// parse bounds the bytes that are being read at the same time.
func (v *visit) parse(ctx context.Context, body []byte, h feed.Hints, st *news.SourceState) error {
	weight := min(int64(len(body)), maxParse)
	if err := v.Poller.parse.Acquire(ctx, weight); err != nil {
		return err
	}
	defer v.Poller.parse.Release(weight)
	return v.readNew(body, h, st)
}

func (v *visit) status() int {
	if v.res == nil {
		return 0
	}
	return v.res.Status
}

// explain adds to what is wrong with a document what may be done about it.
func explain(fault *feed.Problem, body []byte, h feed.Hints) string {
	if !fault.IsWebPage {
		return fault.Text
	}
	links := feed.FindFeeds(body, h.URL)
	if len(links) == 0 {
		return fault.Text
	}
	return fault.Text + "; it offers the feed " + links[0].URL
}

func (v *visit) sourceState() (st *news.SourceState, err error) {
	err = v.Store.View(func(tx *store.Tx) (err error) {
		st, err = tx.Sources.Get(v.conf.ID)
		return err
	})
	if err == nil && st == nil {
		err = errRemoved
	}
	return st, err
}

// comparison is the entries of a document, told apart.
type comparison struct {
	listed    []uint64
	seen      []shownEntry
	changed   []news.Entry // new or changed, in the document's order
	positions []int        // theirs in the document
	newTimes  []time.Time  // when the new ones were published; zero where not said
	sameList  bool         // the document lists what it listed before
}

// compare leaves out the entries that stood in the last document as they stand in
// this one.
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
		f.changed, f.positions = append(f.changed, *e), append(f.positions, i)
		if !listed {
			f.newTimes = append(f.newTimes, e.Published)
		}
	}
	f.sameList = f.sameList && len(setOf(f.listed)) == len(was)
	return f
}

func setOf[K comparable](keys []K) map[K]struct{} {
	m := make(map[K]struct{}, len(keys))
	for _, k := range keys {
		m[k] = struct{}{}
	}
	return m
}

func hasCredentials(rawURL string) bool {
	u, err := url.Parse(rawURL)
	return err == nil && u.User != nil
}
