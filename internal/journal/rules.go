package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// Rules files rules unless they are in force already, and returns after all stories were
// reviewed by those that changed. It returns how many stories each topic gained or lost ("topic
// cyber: +42 -7 stories"). at is when feeds.yaml was read.
//
// The rules get the version and the word lists of this binary's fold. So a newer binary
// takes over from an older one by filing the same feeds.yaml: verdicts stay, and new
// headlines are judged by the new fold.
//
// While HoldFold has an error, they get the fold of the rules in force.
func (j *Journal) Rules(ctx context.Context, r *news.Rules, at time.Time) (differences []string, err error) {
	filed, err := j.FileRules(ctx, r, at)
	if err != nil {
		return nil, err
	}
	steps, err := j.Review(ctx, at)
	if err != nil || !filed && steps == 0 {
		return nil, err
	}
	return j.Differences()
}

// FileRules is Rules, but returns as soon as the rules are in force, and tells whether it filed
// them. Stories that were there before, if they are many, may still be in topics by the old
// rules: Review goes on.
func (j *Journal) FileRules(ctx context.Context, r *news.Rules, at time.Time) (filed bool, err error) {
	inForce, err := j.inForce()
	if err != nil {
		return false, err
	}
	c, err := stamp(r)
	if err == nil && inForce != nil && inForce.Fold < c.Fold && j.HoldFold != nil && j.HoldFold() != nil {
		c, err = stampAs(r, inForce)
	}
	if err != nil || inForce != nil && inForce.Hash == c.Hash {
		return false, err
	}
	return true, j.File(ctx, news.Record{At: at, Rules: c})
}

// Review files records until all stories are reviewed by the rules in force, and returns how
// many it took: 0 if they were already. Between two of them, others are taken in. Whoever calls
// it again, also after a restart, goes on where it was left. at is now.
func (j *Journal) Review(ctx context.Context, at time.Time) (steps int, err error) {
	for {
		r, err := j.Reviewed()
		if err != nil || r == nil || r.Done {
			return steps, err
		}
		if err := j.File(ctx, news.Record{At: at, Review: r.Next()}); err != nil {
			return steps, err
		}
		steps++
	}
}

// Reviewed returns how far all stories are reviewed by the rules in force, nil when they needed
// no review.
func (j *Journal) Reviewed() (r *news.Reviewed, err error) {
	err = j.Store.View(func(tx *store.Tx) (err error) {
		r, err = tx.Reviewed()
		return err
	})
	return r, err
}

// Differences returns a line for each topic that gained or lost stories in the last review, none
// while that goes on.
func (j *Journal) Differences() (lines []string, err error) {
	r, err := j.Reviewed()
	if err != nil || r == nil || !r.Done {
		return nil, err
	}
	for _, name := range r.Topics {
		if gained, lost := r.Gained[name], r.Lost[name]; gained+lost > 0 {
			lines = append(lines, fmt.Sprintf("topic %s: +%d -%d stories", name, gained, lost))
		}
	}
	return lines, nil
}

// TakeOver files the rules in force again if they are of another fold than this
// binary's. A command that files records without reading feeds.yaml calls it first, so
// that no older binary opens a database in which a newer one has judged. at is now.
func (j *Journal) TakeOver(ctx context.Context, at time.Time) error {
	r, err := j.inForce()
	if err != nil || r == nil || r.Fold == story.Version && r.Lexicon == story.Lexicon() {
		return err
	}
	c, err := stamp(r)
	if err != nil {
		return err
	}
	return j.File(ctx, news.Record{At: at, Rules: c})
}

// stamp returns a copy of rules with the version and the word lists of this binary's
// fold, and with their hash.
func stamp(r *news.Rules) (*news.Rules, error) {
	return stampAs(r, &news.Rules{Fold: story.Version, Lexicon: story.Lexicon()})
}

// stampAs is stamp with the fold of other rules, of which it reads Fold and Lexicon.
func stampAs(r, other *news.Rules) (*news.Rules, error) {
	c := *r
	c.Fold, c.Lexicon = other.Fold, other.Lexicon
	return &c, setHash(&c)
}

// setHash sets the hash of rules.
func setHash(r *news.Rules) error {
	c := *r
	c.Hash, c.After = "", ""
	b, err := json.Marshal(&c)
	r.Hash = fmt.Sprintf("%016x", news.Key('r', string(b)))
	return err
}

// SameRules tells whether rules are those that were filed, by whichever binary's fold. Of
// the filed ones, it reads Hash, Fold and Lexicon.
func SameRules(r, filed *news.Rules) (bool, error) {
	mark, err := MarkAs(r, filed)
	return mark == filed.Hash, err
}

// MarkAs returns the hash that rules would have with the fold of others, of which it reads
// Fold and Lexicon.
func MarkAs(r, other *news.Rules) (string, error) {
	c, err := stampAs(r, other)
	return c.Hash, err
}

// inForce returns the rules in force; nil when there are none. They must not be changed.
func (j *Journal) inForce() (r *news.Rules, err error) {
	err = j.Store.View(func(tx *store.Tx) (err error) {
		r, err = tx.Rules()
		return err
	})
	return r, err
}
