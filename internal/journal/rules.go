package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// Rules files rules unless they are in force already, and returns how many stories each
// topic gained or lost ("topic cyber: +42 -7 stories"). at is when feeds.yaml was read.
//
// The rules get the version and the word lists of this binary's fold. So a newer binary
// takes over from an older one by filing the same feeds.yaml: verdicts stay, and new
// headlines are judged by the new fold.
//
// While HoldFold has an error, they get the fold of the rules in force.
func (j *Journal) Rules(ctx context.Context, r *news.Rules, at time.Time) (differences []string, err error) {
	inForce, err := j.inForce()
	if err != nil {
		return nil, err
	}
	c, err := stamp(r)
	if err == nil && inForce != nil && inForce.Fold < c.Fold && j.HoldFold != nil && j.HoldFold() != nil {
		c, err = stampAs(r, inForce)
	}
	if err != nil || inForce != nil && inForce.Hash == c.Hash {
		return nil, err
	}
	before, err := j.members()
	if err != nil {
		return nil, err
	}
	if err := j.File(ctx, news.Record{At: at, Rules: c}); err != nil {
		return nil, err
	}
	after, err := j.members()
	if err != nil {
		return nil, err
	}
	return compare(before, after), nil
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

// members returns the ids of the stories that are in each topic.
func (j *Journal) members() (map[string]map[string]bool, error) {
	topics := map[string]map[string]bool{}
	err := j.Store.View(func(tx *store.Tx) error {
		r, err := tx.Rules()
		if err != nil || r == nil {
			return err
		}
		for i := range r.Topics {
			name := r.Topics[i].Name
			if topics[name], err = tx.Stories.IDsInTopic(name); err != nil {
				return err
			}
		}
		return nil
	})
	return topics, err
}

// compare returns a line for each topic that gained or lost stories.
func compare(before, after map[string]map[string]bool) []string {
	var lines []string
	for name := range after {
		gained, lost := missing(before[name], after[name]), missing(after[name], before[name])
		if gained+lost > 0 {
			lines = append(lines, fmt.Sprintf("topic %s: +%d -%d stories", name, gained, lost))
		}
	}
	slices.Sort(lines)
	return lines
}

// missing returns how many ids of b are not in a.
func missing(a, b map[string]bool) (n int) {
	for id := range b {
		if !a[id] {
			n++
		}
	}
	return n
}
