package store

import (
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// Tx is one transaction: a table for each kind of row, and methods for the values that
// exist once. A method that returns no error stores the first one that it meets, and View
// or Update returns it.
//
// A table's Get returns nil without an error when there is no such row. All returns all
// rows in the order of their keys unless its comment says otherwise. Delete does nothing
// when there is no such row.
type Tx struct {
	rows
	committed *highest // of the store, which a View raises; nil in Update

	// The shared half: a function of the records alone.

	Records  Records  // which records were applied
	Orders   Orders   // editors' orders, by Seq
	Changes  Changes  // what each record changed, by Seq
	Sources  Sources  // by id
	Topics   Topics   // by name
	Entries  Entries  // by id, with their keys and bodies
	Stories  Stories  // by id, and in time and in topics
	Events   Events   // by id
	Archives Archives // sealed archive pages, by topic and number
	Fold     Fold     // the state of package story
	Notices  Notices  // by id
	Adopted  Adopted  // what readers know from before a restore

	// This node's own half.

	Visits        Visits        // what visits need, by source id
	Subscriptions Subscriptions // WebSub subscribers of our feeds
	Pushes        Pushes        // our subscriptions at sources' hubs, by source id
	FeedReaders   FeedReaders   // which readers fetch our feeds
	Dispatches    Dispatches    // attempts to send notices, by notice id
	ClosedTargets ClosedTargets // targets that refuse notices
	AlertWindows  AlertWindows  // digests and limits, by alert and target
	Troubles      Troubles      // current problems of sources
	Recipients    Recipients    // of newsletters
	Issues        Issues        // of newsletters
	Mails         Mails         // of newsletters
	Schedules     Schedules     // of newsletters, by name
	Secrets       Secrets       // by name
	Tokens        Tokens        // access to the desk, by name
	ReadStates    ReadStates    // by token name
	Stars         Stars         // by token name and story
	Side          Side          // rows of these tables that nodes exchange
}

func newTx(b *bolt.Tx, cache *atomic.Pointer[decodedRules]) *Tx {
	tx := &Tx{rows: rows{b: b, rulesCache: cache}}
	r := &tx.rows
	tx.Records = Records{r}
	tx.Orders = Orders{r}
	tx.Changes = Changes{r}
	tx.Sources = Sources{r}
	tx.Topics = Topics{r}
	tx.Entries = Entries{r}
	tx.Stories = Stories{r}
	tx.Events = Events{r}
	tx.Archives = Archives{r}
	tx.Fold = Fold{r}
	tx.Notices = Notices{r}
	tx.Adopted = Adopted{r}
	tx.Visits = Visits{r}
	tx.Subscriptions = Subscriptions{r}
	tx.Pushes = Pushes{r}
	tx.FeedReaders = FeedReaders{r}
	tx.Dispatches = Dispatches{r}
	tx.ClosedTargets = ClosedTargets{r}
	tx.AlertWindows = AlertWindows{r}
	tx.Troubles = Troubles{r}
	tx.Recipients = Recipients{r}
	tx.Issues = Issues{r}
	tx.Mails = Mails{r}
	tx.Schedules = Schedules{r}
	tx.Secrets = Secrets{r}
	tx.Tokens = Tokens{r}
	tx.ReadStates = ReadStates{r}
	tx.Stars = Stars{r}
	tx.Side = Side{r}
	return tx
}

// The keys of the values that exist once.
var (
	keySchema  = []byte("schema")
	keyCreated = []byte("made")
	keySeq     = []byte("seq")
	keyRules   = []byte("rules")
	keyFold    = []byte("fold")
	keyHorizon = []byte("horizon")
	keyRhythm  = []byte("rhythm")
	keyHeld    = []byte("held") // see splitHeld
	keyReview  = []byte("review")
)

// Created is Options.Created of the Open that created the file.
func (tx *Tx) Created() time.Time { return tx.timeValue(meta, keyCreated) }

// Seq is the Seq of the last applied record, 0 when there is none.
func (tx *Tx) Seq() uint64 {
	seq, _ := tx.lastApplied()
	if tx.committed != nil {
		tx.committed.raise(seq)
	}
	return seq
}

// At is the At of the last applied record, zero when there is none.
func (tx *Tx) At() time.Time { _, at := tx.lastApplied(); return at }

func (r *rows) lastApplied() (uint64, time.Time) {
	p, err := r.get(state, keySeq)
	if err != nil || p == nil {
		r.setErr(err)
		return 0, time.Time{}
	}
	return readSeq(p), readTime(p[8:])
}

// Horizon is the time that retention counts from, zero before the first sweep.
func (tx *Tx) Horizon() time.Time { return tx.timeValue(state, keyHorizon) }

// PutHorizon stores the horizon.
func (tx *Tx) PutHorizon(t time.Time) error { return tx.put(state, keyHorizon, appendTime(nil, t)) }

func (r *rows) timeValue(b bucket, key []byte) time.Time {
	p, err := r.get(b, key)
	if err != nil || p == nil {
		r.setErr(err)
		return time.Time{}
	}
	return readTime(p)
}

// decodedRules are the rules that were decoded last.
type decodedRules struct {
	hash  uint64 // of their row
	rules *news.Rules
}

// Rules returns the rules in force, nil when there are none yet. All callers share them
// and must not change them: with a thousand sources, decoding them takes longer than
// rendering a page.
func (tx *Tx) Rules() (*news.Rules, error) { return tx.rules() }

func (r *rows) rules() (*news.Rules, error) {
	p, err := r.get(state, keyRules)
	if p == nil || err != nil {
		return nil, err
	}
	hash := xxhash.Sum64(p)
	if c := r.rulesCache.Load(); c != nil && c.hash == hash {
		return c.rules, nil
	}
	rules := &news.Rules{}
	if err := decodeRules(p, rules); err != nil {
		return nil, decodeError(state, keyRules, err)
	}
	r.rulesCache.Store(&decodedRules{hash, rules})
	return rules, nil
}

// PutRules stores the rules in force.
func (tx *Tx) PutRules(r *news.Rules) error { return tx.putJSON(state, keyRules, r) }

// Reviewed returns how far all stories are reviewed by rules that changed, nil when none have.
func (tx *Tx) Reviewed() (*news.Reviewed, error) {
	return getJSON[news.Reviewed](&tx.rows, state, keyReview)
}

// PutReviewed stores how far all stories are reviewed; nil: rules have changed that need no
// review.
func (tx *Tx) PutReviewed(r *news.Reviewed) error {
	if r == nil {
		return tx.delete(state, keyReview)
	}
	return tx.putJSON(state, keyReview, r)
}
