package main

import (
	"container/heap"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

// simWorld is what the sources of a simulation publish, and how they fail. All of it
// follows from the seed and the time, not from who asks when: the world catches up with
// the clock whenever somebody looks at it.
type simWorld struct {
	mu       sync.Mutex // guards all of it
	rng      *rand.Rand
	seed     uint64
	words    []string
	now      time.Time
	events   simEvents
	count    int // of events so far
	sources  []*simSource
	byID     map[string]*simSource
	byPath   map[string]*simSource // by an address without its version
	facts    []*simFact
	titled   map[string]*simFact // by each headline that it has had
	recent   []*simFact          // of the last hours, which other sources may copy
	guests   simGuests
	course   simCourse
	pushed   int        // documents, by the hub
	reissues int        // of them, that the program leaves to a visit
	notices  int        // of kills and corrections so far
	kills    []*simItem // of the last days
	wrong    bool       // the clock of the program is wrong
	set      time.Time  // when it was last set; zero: never
}

// simCourse sums up what happened and when, so that two runs can be compared. What happens
// at the same moment may come in any order.
type simCourse struct {
	mu  sync.Mutex // guards sum
	sum uint64
}

func (c *simCourse) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%016x", c.sum)
}

func (c *simCourse) note(what, which string) {
	h := fnv.New64a()
	fmt.Fprint(h, time.Now().UnixNano(), what, which)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sum += h.Sum64()
}

// simFact is one piece of news. Its headlines share no words with those of others but by
// chance, so it is one story.
type simFact struct {
	n       int
	at      time.Time
	first   string     // the headline with which it began
	ids     [5]string  // by topic, in the order of simTopics: the id under which it is published
	tainted string     // why its identity is not checked: an editor or a late copy changed it
	served  bool       // a visit read it, and was filed
	odd     bool       // an outlet had edited its headline before it was first read
	items   []*simItem // one of each source that has it
}

// in returns a fact's item in the feed of a source, or nil.
func (f *simFact) in(s *simSource) *simItem {
	for _, it := range f.items {
		if it.src == s {
			return it
		}
	}
	return nil
}

// put replaces a fact's item in the feed of a source.
func (f *simFact) put(it *simItem) {
	f.items = append(slices.DeleteFunc(f.items, func(o *simItem) bool { return o.src == it.src }), it)
}

// simItem is a fact in the feed of one source.
type simItem struct {
	fact           *simFact
	src            *simSource
	n              int
	title, summary string
	at, dated      time.Time // when it was published, and what its date says; zero: none
	cited          string    // the headline that was last read and filed
	shown          string    // the headline that was last served, filed or not
	readScheme     int
	unknown        bool      // it can't be known for what it was
	read, prev     time.Time // when it was first read, and the answer before that

	withdrawn bool     // by a notice
	about     *simItem // what a notice is about; nil: it is a report
	known     bool     // that was known when the notice appeared
	scheme    int      // of the source then
}

// simSource is a source with its habits.
type simSource struct {
	id, host  string
	n         int
	tag       string
	format    origin.Format
	rate      float64 // items an hour
	window    int     // items in the document
	dates     simDates
	noGUID    bool
	noLink    bool
	etag, lm  bool // which validators it sends
	maxAge    int  // seconds
	scheme    int  // of guids and links; a new one re-issues the document
	version   int  // of the address that it is served at; others redirect there
	newHost   string
	items     []*simItem // newest first
	older     []*simItem // the document as it was a while ago
	fault     simFault
	gone      bool
	doc       *simDoc // of items; nil: to be rendered
	changedAt time.Time

	inOrOut time.Time // when it was last put into feeds.yaml, or removed

	pending  []simServed // documents that were read and may not be filed yet
	lastRead time.Time   // the end of the last answer that was read
	lastKeys map[*simItem]bool
}

// simServed is a document that was served whole.
type simServed struct {
	at    time.Time
	prev  time.Time // of the answer before; zero: this is backlog
	items []simTitle
}

type simTitle struct {
	*simItem
	title string
}

// simDoc is a rendered document.
type simDoc struct {
	body     []byte
	etag     string
	modified string
	items    []simTitle
}

// simDates says what a source writes as the date of its items.
type simDates int

const (
	simGoodDates simDates = iota
	simNoDates
	simAheadDates // a wrong time zone
	simOldDates   // the year is wrong
	simDayDates   // without a time
)

// simFault is what is wrong with a source for a while.
type simFault struct {
	kind  string
	until time.Time
}

var simFaults = []string{"500", "404", "429", "503", "403", "timeout", "refused", "cut", "garbage", "empty", "stale", "slow", "302", "huge"}

// simEvents are things that will happen, the next one first.
type simEvents []simEvent

type simEvent struct {
	at time.Time
	n  int
	do func()
}

func (e simEvents) Len() int { return len(e) }
func (e simEvents) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}
func (e simEvents) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *simEvents) Push(x any)   { *e = append(*e, x.(simEvent)) }
func (e *simEvents) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func newSimWorld(seed uint64, sources int, now time.Time) *simWorld {
	w := &simWorld{
		rng: rand.New(rand.NewPCG(seed, 1)), seed: seed, now: now,
		byID: map[string]*simSource{}, byPath: map[string]*simSource{}, titled: map[string]*simFact{},
	}
	w.guests.init()
	w.coinWords()
	for n := range sources {
		w.addSource(n)
	}
	w.now = now.Add(-24 * time.Hour) // the sources have a past
	for _, s := range w.sources {
		w.after(w.pause(s), func() { w.publish(s) })
		w.after(w.between(0, 36*time.Hour), func() { w.trouble(s) })
	}
	w.advance(now)
	return w
}

// coinWords makes words that no stemmer knows.
func (w *simWorld) coinWords() {
	seen := map[string]bool{}
	for len(w.words) < 6000 {
		var b strings.Builder
		for range 2 + w.rng.IntN(2) {
			b.WriteByte("bdfgklmnprtvz"[w.rng.IntN(13)])
			b.WriteByte("aeiou"[w.rng.IntN(5)])
		}
		b.WriteByte("bdfgklmnprtvz"[w.rng.IntN(13)])
		if word := b.String(); !seen[word] {
			seen[word] = true
			w.words = append(w.words, word)
		}
	}
}

func (w *simWorld) addSource(n int) {
	s := &simSource{
		id: fmt.Sprintf("s%04d", n), n: n, host: fmt.Sprintf("h%04d.example", n), tag: []string{"world", "tech"}[n%2],
		format: simPick(w.rng, origin.RSS, origin.RSS, origin.Atom, origin.RDF, origin.JSON),
		rate:   .03 * pow2(w.rng.Float64()*7), window: 10 + w.rng.IntN(30),
		dates: simPick(w.rng, simGoodDates, simGoodDates, simGoodDates, simGoodDates, simGoodDates, simGoodDates, simNoDates, simAheadDates, simOldDates, simDayDates),
		etag:  w.chance(.7), lm: w.chance(.4), newHost: "",
	}
	if n%10 >= 8 {
		s.host = fmt.Sprintf("shared%03d.example", n/40)
	}
	if w.chance(.15) {
		s.maxAge = 300 + w.rng.IntN(3600)
	}
	if s.format == origin.RSS {
		s.noGUID = w.chance(.2)
		s.noLink = s.noGUID && w.chance(.2)
	}
	w.sources = append(w.sources, s)
	w.byID[s.id] = s
	w.byPath["https://feeds."+s.host+"/"+s.id] = s
}

func pow2(x float64) float64 {
	p := 1.
	for ; x >= 1; x-- {
		p *= 2
	}
	return p * (1 + x)
}

func simPick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func (w *simWorld) chance(p float64) bool { return w.rng.Float64() < p }

func (w *simWorld) between(low, high time.Duration) time.Duration {
	return low + time.Duration(w.rng.Int64N(int64(high-low)))
}

// after has something happen later.
func (w *simWorld) after(d time.Duration, do func()) {
	w.count++
	heap.Push(&w.events, simEvent{w.now.Add(d), w.count, do})
}

// advance lets everything happen until now.
func (w *simWorld) advance(now time.Time) {
	for len(w.events) > 0 && !w.events[0].at.After(now) {
		e := heap.Pop(&w.events).(simEvent)
		w.now = e.at
		e.do()
	}
	w.now = now
}

// pause is how long a source waits until its next item: longer at night.
func (w *simWorld) pause(s *simSource) time.Duration {
	d := time.Duration(w.rng.ExpFloat64() / s.rate * float64(time.Hour))
	if h := w.now.Hour(); h < 6 {
		d *= 3
	}
	return min(d, 20*24*time.Hour) + time.Second
}

// publish adds an item to a source: news, or what another source has.
func (w *simWorld) publish(s *simSource) {
	defer w.after(w.pause(s), func() { w.publish(s) })
	if s.gone {
		return
	}
	f := w.factToCopy(s)
	if f == nil {
		f = w.newFact()
	}
	title := f.first
	it := &simItem{fact: f, src: s, n: f.n, title: title, summary: w.sentence(12), at: w.now}
	it.dated = w.date(s)
	f.put(it)
	s.items = append([]*simItem{it}, s.items...)
	s.items = s.items[:min(len(s.items), s.window)]
	w.changed(s)
	if w.chance(.15) {
		w.after(w.between(5*time.Minute, 8*time.Hour), func() { w.edit(it) })
	}
	if w.chance(.02) {
		w.after(w.between(time.Minute, 10*time.Hour), func() { w.takeDown(it) })
	}
	if w.chance(.01) {
		w.after(w.between(5*time.Minute, 10*time.Hour), func() { w.withdraw(it) })
	}
	if w.chance(.01) {
		w.after(w.between(5*time.Minute, 10*time.Hour), func() { w.correct(it) })
	}
}

// factToCopy returns what another source published in the last hours, or nil.
func (w *simWorld) factToCopy(s *simSource) *simFact {
	for len(w.recent) > 0 && w.now.Sub(w.recent[0].at) > 3*time.Hour {
		w.recent = w.recent[1:]
	}
	if len(w.recent) == 0 || !w.chance(.35) {
		return nil
	}
	f := w.recent[w.rng.IntN(len(w.recent))]
	for _, it := range s.items {
		if it.fact == f {
			return nil
		}
	}
	return f
}

func (w *simWorld) newFact() *simFact {
	f := &simFact{n: len(w.facts), at: w.now}
	f.first = w.headline()
	w.facts, w.recent = append(w.facts, f), append(w.recent, f)
	w.titled[f.first] = f
	return f
}

// simTheme are words of which a third of all headlines has one, for a topic to match.
const simTheme = 20

func (w *simWorld) headline() string {
	for {
		words := make([]string, 6+w.rng.IntN(3))
		for i := range words {
			words[i] = w.words[simTheme+w.rng.IntN(len(w.words)-simTheme)]
		}
		if w.chance(.3) {
			words[w.rng.IntN(len(words))] = w.words[w.rng.IntN(simTheme)]
		}
		title := strings.ToUpper(words[0][:1]) + words[0][1:] + " " + strings.Join(words[1:], " ")
		if w.titled[title] == nil {
			return title
		}
	}
}

func (w *simWorld) sentence(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = w.words[w.rng.IntN(len(w.words))]
	}
	return strings.Join(words, " ") + "."
}

// date is what a source writes as the date of an item that it publishes now.
func (w *simWorld) date(s *simSource) time.Time {
	switch s.dates {
	case simNoDates:
		return time.Time{}
	case simAheadDates:
		return w.now.Add(3 * time.Hour)
	case simOldDates:
		return w.now.AddDate(-3, 0, 0)
	case simDayDates:
		return w.now.Truncate(24 * time.Hour)
	}
	if w.chance(.01) {
		return w.now.Add(w.between(time.Hour, 40*time.Hour)).Truncate(time.Hour)
	}
	return w.now.Add(-w.between(0, 2*time.Minute))
}

// edit changes an item as its outlet would.
func (w *simWorld) edit(it *simItem) {
	if w.chance(.5) {
		it.summary = w.sentence(12)
	} else {
		words := strings.Fields(it.title)
		i := 1 + w.rng.IntN(len(words)-1)
		words[i] = w.words[simTheme+w.rng.IntN(len(w.words)-simTheme)]
		if title := strings.Join(words, " "); w.titled[title] == nil && !it.src.noLink { // the headline is its only key
			it.title = title
			w.titled[title] = it.fact
		}
	}
	w.changed(it.src)
}

// takeDown removes an item from its feed before it is old.
func (w *simWorld) takeDown(it *simItem) {
	s := it.src
	for i := range s.items {
		if s.items[i] == it {
			s.items = append(append([]*simItem{}, s.items[:i]...), s.items[i+1:]...)
			w.changed(s)
			return
		}
	}
}

// changed has the document rendered again.
func (w *simWorld) changed(s *simSource) {
	s.doc, s.changedAt = nil, w.now
	if w.chance(.1) {
		s.older = append([]*simItem{}, s.items...)
	}
}

// trouble begins something unusual at a source.
func (w *simWorld) trouble(s *simSource) {
	defer w.after(w.between(2*time.Hour, 5*24*time.Hour), func() { w.trouble(s) })
	switch n := w.rng.IntN(100); {
	case n < 12 && len(s.items) > 1: // re-issues all it has
		s.scheme++
		s.older = slices.Clone(s.items) // what was dropped before never had the new guids, in no cache either
		w.changed(s)
	case n < 18: // moves, and redirects for ever
		s.version++
	case n < 20:
		s.newHost = fmt.Sprintf("moved%04d.example", s.n)
	case n < 21:
		s.gone = true
	default:
		d := w.between(10*time.Minute, 6*time.Hour)
		if w.chance(.1) {
			d = w.between(6*time.Hour, 20*time.Hour)
		}
		s.fault = simFault{simFaults[w.rng.IntN(len(simFaults))], w.now.Add(d)}
	}
}

// address is where a source is served now.
func (s *simSource) address() string {
	host := s.host
	if s.newHost != "" {
		host = s.newHost
	}
	return fmt.Sprintf("https://feeds.%s/%s/%d", host, s.id, s.version)
}

// sourceAt returns the source with an address, of whatever version.
func (w *simWorld) sourceAt(url string) *simSource {
	at := url[:max(strings.LastIndexByte(url, '/'), 0)]
	if s := w.byPath[at]; s != nil {
		return s
	}
	return w.byID[at[strings.LastIndexByte(at, '/')+1:]]
}

// render returns a source's document.
func (w *simWorld) render(s *simSource, items []*simItem) *simDoc {
	d := origin.Doc{Format: s.format, Title: "Outlet " + s.id, Site: "https://www." + s.host + "/" + s.id + "/", Description: "News", Language: "en", Self: s.address(), Modified: s.changedAt}
	if s.hasHub() {
		d.Hub = simHubAddress
	}
	doc := &simDoc{}
	for _, it := range items {
		d.Items = append(d.Items, it.item())
		doc.items = append(doc.items, simTitle{it, it.title})
	}
	doc.body = d.Bytes()
	doc.etag = fmt.Sprintf(`"%s-%d-%d"`, s.id, s.changedAt.UnixNano(), len(items))
	doc.modified = s.changedAt.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	return doc
}

// item is the item as its source writes it.
func (it *simItem) item() origin.Item {
	s := it.src
	out := origin.Item{Title: it.title, Summary: it.summary, Published: it.dated}
	if !s.noLink {
		out.Link = fmt.Sprintf("https://www.%s/%s/%d/%s-%06d.html", s.host, s.id, s.scheme, strings.ToLower(strings.Fields(it.fact.first)[1]), it.n)
	}
	switch {
	case s.format == origin.RDF:
		out.ID = out.Link
	case !s.noGUID:
		out.ID = fmt.Sprintf("%s:%d:%06d", s.id, s.scheme, it.n)
	}
	return out
}

// current returns a source's document as it is now.
func (w *simWorld) current(s *simSource) *simDoc {
	if s.doc == nil {
		s.doc = w.render(s, s.items)
	}
	return s.doc
}

// domain is the host that politeness is about.
func simDomain(url string) string { return fetch.Domain(url) }
