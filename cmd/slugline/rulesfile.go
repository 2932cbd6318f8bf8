package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/wire"
)

// rulesFile is the feeds.yaml of one of several nodes, each of which has its own. Rules are put
// in force by a node whose file has changed since the node last compared it with those in
// force. So a node that only starts again overrules nobody, and of files that differ the one
// that was edited last is in force, on all nodes.
type rulesFile struct {
	node    string
	store   *store.Store
	journal *journal.Journal
	log     *slog.Logger

	applying sync.Mutex // held while rules are applied

	mu      sync.Mutex // guards the fields below
	inForce string     // mark of the rules in force when they were last compared
	file    string     // mark of the file, made with the fold of those rules
	differs string     // in what the file differs from those rules; empty: they are equal
	held    string     // why the fold of those rules is not raised yet; empty: it need not be
}

// apply puts the rules of the file in force if they are to be, and compares them otherwise. It
// tells whether it filed them. at is when the file was read.
func (f *rulesFile) apply(ctx context.Context, r *news.Rules, at time.Time) (filed bool, err error) {
	mark, err := journal.MarkAs(r, new(news.Rules))
	if err != nil {
		return false, err
	}
	wants, after, err := f.wants(r, mark)
	if err != nil {
		return false, err
	}
	if wants {
		if err := wire.CheckRules(r); err != nil {
			return false, err
		}
		c := *r
		c.After = after
		filed, err = f.journal.FileRules(ctx, &c, at)
		if err != nil && !f.overtaken(err, after) {
			return false, err
		}
		filed = filed && err == nil
	}
	if err := f.remember(mark); err != nil {
		return false, err
	}
	return filed, f.compare(r)
}

// wants reports whether the rules are to be filed, and after which.
func (f *rulesFile) wants(r *news.Rules, mark string) (wants bool, after string, err error) {
	inForce, seen, err := f.stored()
	if err != nil || inForce == nil {
		return true, news.NoRules, err
	}
	same, err := journal.SameRules(r, inForce)
	if same {
		return inForce.Fold < story.Version, inForce.Hash, err
	}
	return seen != "" && seen != mark, inForce.Hash, err
}

// stored returns the rules in force, nil if there are none, and the mark of the file when it
// was last compared.
func (f *rulesFile) stored() (inForce *news.Rules, seen string, err error) {
	err = f.store.View(func(tx *store.Tx) error {
		if inForce, err = tx.Rules(); err != nil {
			return err
		}
		seen, err = tx.FileMark(f.node)
		return err
	})
	return inForce, seen, err
}

// overtaken reports whether rules were refused because another node's came before.
func (f *rulesFile) overtaken(err error, after string) bool {
	inForce, _, failed := f.stored()
	return failed == nil && errors.Is(err, journal.ErrRefused) && inForce != nil && inForce.Hash != after
}

// remember stores that the file was compared.
func (f *rulesFile) remember(mark string) error { return rememberMark(f.store, f.node, mark) }

// rememberRules stores which rules a node that is alone has put in force, so that a file that
// is changed before it joins others counts as changed.
func rememberRules(st *store.Store, r *news.Rules) error {
	mark, err := journal.MarkAs(r, new(news.Rules))
	if err != nil {
		return err
	}
	return rememberMark(st, "", mark)
}

func rememberMark(st *store.Store, node, mark string) error {
	var seen string
	err := st.View(func(tx *store.Tx) (err error) {
		seen, err = tx.FileMark(node)
		return err
	})
	if err != nil || seen == mark {
		return err
	}
	return st.Update(func(tx *store.Tx) error { return tx.PutFileMark(node, mark) })
}

// compare notes in what the file differs from the rules in force, and logs it when that is new.
func (f *rulesFile) compare(r *news.Rules) error {
	inForce, _, err := f.stored()
	if err != nil || inForce == nil {
		return err
	}
	file, err := journal.MarkAs(r, inForce)
	if err != nil {
		return err
	}
	differs, held := "", ""
	if file != inForce.Hash {
		differs = difference(r, inForce)
	}
	if inForce.Fold < story.Version && f.journal.HoldFold != nil {
		if err := f.journal.HoldFold(); err != nil {
			held = err.Error()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if differs != f.differs && differs != "" {
		f.log.Warn("feeds.yaml of this node differs from the rules in force: "+sayDiffers, "differs_in", differs)
	}
	if differs == "" && f.differs != "" {
		f.log.Info("feeds.yaml of this node is equal to the rules in force again")
	}
	if held != f.held && held != "" {
		f.log.Warn("rules of the new version of Slugline are not in force yet", "why", held)
	}
	f.inForce, f.file, f.differs, f.held = inForce.Hash, file, differs, held
	return nil
}

const sayDiffers = "it visits only the sources that are the same in both, and its share of the others nobody visits; copy the file of the node whose rules are in force, or change this one to put it in force on all nodes"

// moved reports whether rules must be compared again: others are in force, or the fold may be
// raised now.
func (f *rulesFile) moved() bool {
	inForce, _, err := f.stored()
	if err != nil || inForce == nil {
		return false
	}
	f.mu.Lock()
	known, held := f.inForce, f.held
	f.mu.Unlock()
	return known != inForce.Hash || held != "" && f.journal.HoldFold() == nil
}

// marks returns the mark of the rules in force and that of the file, and in what they differ.
func (f *rulesFile) marks() (inForce, file, differs string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inForce, f.file, f.differs
}

// note says what is not in force of this node's file; empty: nothing.
func (f *rulesFile) note() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	if f.differs != "" {
		all = append(all, fmt.Sprintf("feeds.yaml of this node differs from the rules in force (%s): %s", f.differs, sayDiffers))
	}
	if f.held != "" {
		all = append(all, "rules of the new version of Slugline are not in force yet: "+f.held)
	}
	return strings.Join(all, "; ")
}

// maxDiffering bounds how many names difference gives.
const maxDiffering = 5

// difference says in what rules differ from those in force.
func difference(r, inForce *news.Rules) string {
	own, theirs := map[string]*news.Source{}, map[string]*news.Source{}
	for i := range r.Sources {
		own[r.Sources[i].Name] = &r.Sources[i]
	}
	for i := range inForce.Sources {
		theirs[inForce.Sources[i].Name] = &inForce.Sources[i]
	}
	var names []string
	for name, s := range own {
		if theirs[name] == nil || !s.Equal(theirs[name]) {
			names = append(names, "source "+name)
		}
	}
	for name := range theirs {
		if own[name] == nil {
			names = append(names, "source "+name)
		}
	}
	if !slices.EqualFunc(r.Topics, inForce.Topics, func(a, b news.Topic) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		names = append(names, "topics")
	}
	slices.Sort(names)
	if more := len(names) - maxDiffering; more > 0 {
		names = append(names[:maxDiffering], fmt.Sprintf("%d more", more))
	}
	return cmp.Or(strings.Join(names, ", "), "alerts, the site or other settings")
}

// applyFile puts feeds.yaml in force where it is to be, and configures the poller.
func (d *daemon) applyFile(ctx context.Context, cfg *config.Config) error {
	f := d.member.file
	f.applying.Lock()
	defer f.applying.Unlock()
	rules := cfg.Rules()
	filed, err := f.apply(ctx, &rules, d.clock.Now())
	if err == nil && filed {
		err = d.rulesFiled()
	}
	if err != nil {
		return err
	}
	return d.visits.configure(cfg)
}

// rulesLook is the time between looks whether another node has put rules in force.
const rulesLook = 2 * time.Second

// followRules applies feeds.yaml again whenever other rules are in force, until ctx ends.
func (d *daemon) followRules(ctx context.Context) error {
	for pauseFor(ctx, rulesLook); ctx.Err() == nil; pauseFor(ctx, rulesLook) {
		if !d.member.file.moved() {
			continue
		}
		if err := d.applyFile(ctx, d.cfg.Load()); err != nil && ctx.Err() == nil {
			d.log.Warn("feeds.yaml can't be compared with the rules in force, will retry", "err", err)
		}
	}
	return nil
}
