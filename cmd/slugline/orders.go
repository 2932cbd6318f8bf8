package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// withReason is the flag that all orders have.
type withReason struct {
	Why string `placeholder:"TEXT" help:"The reason; it is stored with the decision."`
}

// aboutEvent is the word behind a story that makes an order one about the story's event.
const aboutEvent = "event"

type splitCommand struct {
	Entry string `arg:"" help:"The id of an entry, as printed by why and stories --json, or the address of the article."`
	Event string `arg:"" optional:"" help:"The word event: the whole story leaves its event. Entry may then be a story, too."`
	withReason
}

func (c *splitCommand) Run(s *shell) error {
	if c.Event != "" && c.Event != aboutEvent {
		return usageError{fmt.Errorf("split: after the entry or story, only the word %s may follow, not %q", aboutEvent, c.Event)}
	}
	return s.order(c.Why, "", "split", storyArgs(c.Entry, c.Event)...)
}

type mergeCommand struct {
	Stories []string `arg:"" name:"story" help:"The ids of two stories, or addresses of their articles; the older story keeps its id. With the word event behind them, their events become one, and the stories stay two."`
	withReason
}

func (c *mergeCommand) Run(s *shell) error {
	n := len(c.Stories)
	if n == 3 && c.Stories[2] == aboutEvent {
		n = 2
	}
	if n != 2 {
		return usageError{fmt.Errorf("merge needs two stories, and the word %s behind them to merge their events, not %q", aboutEvent, strings.Join(c.Stories, " "))}
	}
	return s.order(c.Why, "", "merge", c.Stories...)
}

type hideCommand struct {
	Story string `arg:"" help:"The id of a story, or the address of an article in it."`
	Topic string `arg:"" optional:"" help:"Hide it only in this topic; without a topic it is hidden everywhere."`
	withReason
}

func (c *hideCommand) Run(s *shell) error {
	return s.order(c.Why, "", "hide", storyArgs(c.Story, c.Topic)...)
}

type unhideCommand struct {
	Story string `arg:"" help:"The id of a story, or the address of an article in it."`
	Topic string `arg:"" optional:"" help:"Show it only in this topic; without a topic it is shown everywhere."`
	withReason
}

func (c *unhideCommand) Run(s *shell) error {
	return s.order(c.Why, "", "unhide", storyArgs(c.Story, c.Topic)...)
}

// storyArgs returns a story and the topic or word behind it, if there is one.
func storyArgs(story, behind string) []string {
	if behind == "" {
		return []string{story}
	}
	return []string{story, behind}
}

type pinCommand struct {
	Story string `arg:"" help:"The id of a story, or the address of an article in it."`
	Topic string `arg:"" help:"The topic."`
	For   string `placeholder:"6h" help:"How long: a number and s, m, h, d or w. Without it, until it is undone."`
	withReason
}

func (c *pinCommand) Run(s *shell) error {
	if d, ok := config.ParseDuration(c.For); c.For != "" && (!ok || d == 0) {
		return usageError{fmt.Errorf("pin: --for must be a duration such as 6h or 2d, not %q", c.For)}
	}
	return s.order(c.Why, c.For, "pin", c.Story, c.Topic)
}

type assignCommand struct {
	Story string `arg:"" help:"The id of a story, or the address of an article in it."`
	Name  string `arg:"" optional:"" help:"The name of a colleague. Without it, the assignment of the story is ended."`
	Due   string `placeholder:"2h" help:"When the work is due: a duration such as 2h, a time of day such as 16:30, or a time such as 2026-11-28T16:30, in site.zone."`
	withReason
}

func (c *assignCommand) Run(s *shell) error {
	if c.Name == "" && c.Due != "" {
		return usageError{errors.New("assign: --due needs the name of a colleague")}
	}
	if c.Name == "" {
		return s.order(c.Why, "", "unassign", c.Story)
	}
	return s.orderDue(c.Why, "", c.Due, "assign", c.Story, c.Name)
}

type sendCommand struct {
	Story  string `arg:"" help:"The id of a story, or the address of an article in it."`
	Target string `arg:"" help:"The name of a target of feeds.yaml."`
	Why    string `name:"note" placeholder:"TEXT" help:"A note, which is sent with the story."`
}

func (c *sendCommand) Run(s *shell) error { return s.order(c.Why, "", "send", c.Story, c.Target) }

type releaseCommand struct {
	Story string `arg:"" help:"The id of a story, or the address of an article in it."`
	withReason
}

func (c *releaseCommand) Run(s *shell) error { return s.order(c.Why, "", "release", c.Story, "hold") }

type undoCommand struct {
	Decision string `arg:"" help:"The number of a decision, as printed by each order."`
	withReason
}

func (c *undoCommand) Run(s *shell) error { return s.order(c.Why, "", "undo", c.Decision) }

// order carries out an editor's order, through the daemon if one has the database open.
func (s *shell) order(why, span, verb string, args ...string) error {
	return s.orderDue(why, span, "", verb, args...)
}

// orderDue is order with a time when it is due.
func (s *shell) orderDue(why, span, due, verb string, args ...string) error {
	c, err := s.findConfig()
	if err != nil {
		return err
	}
	o := view.OrderRequest{Verb: verb, Args: args, Who: userName(), Why: why, For: span, Due: due}
	var result view.OrderResult
	st, err := openStore(c)
	switch {
	case errors.Is(err, store.ErrInUse):
		err = s.orderThroughDaemon(c, &o, &result)
	case err == nil:
		err = errors.Join(s.orderInProcess(st, &o, &result), st.Close())
	}
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(result)
	}
	s.printf("decision %d: %s\n", result.Decision, result.Text)
	if verb != "undo" {
		s.printf("`slugline undo %d` undoes it\n", result.Decision)
	}
	return nil
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

func (s *shell) orderThroughDaemon(c *config.Config, o *view.OrderRequest, result *view.OrderResult) error {
	d, err := connect(s.ctx, c)
	if err != nil {
		return err
	}
	return d.post("/api/orders", o, result)
}

// orderInProcess carries out the order with a desk of its own.
func (s *shell) orderInProcess(st *store.Store, o *view.OrderRequest, result *view.OrderResult) error {
	if err := checkAlone(st); err != nil {
		return err
	}
	if err := st.View(func(tx *store.Tx) error { return view.ResolveOrder(tx, o) }); err != nil {
		return err
	}
	d, err := desk.Open(st, nil, s.log, nil)
	if err != nil {
		return err
	}
	c, err := openClock(st, s.wall, nil)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(s.ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	order := news.Order{Verb: o.Verb, Args: o.Args, Who: o.Who, Why: o.Why}
	now := c.Now()
	if span, ok := config.ParseDuration(o.For); ok {
		order.Until = news.Instant(now.Add(span))
	}
	if order.Until, err = dueIn(st, o.Due, order.Until, now); err != nil {
		stop()
		return errors.Join(err, <-ended)
	}
	j := &journal.Journal{Commit: d.File, Store: st, Clock: c}
	if err = j.TakeOver(ctx, now); err == nil {
		result.Decision, err = j.Order(ctx, order, now)
	}
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), journal.ErrRefused.Error()+": "))
	}
	return st.View(func(tx *store.Tx) error {
		made, err := view.DecisionByNumber(tx, locale.Of("en"), result.Decision)
		if err == nil {
			result.Text = made.Text
		}
		return err
	})
}

// dueIn returns when work is due, in the zone of a database's rules; without a time that
// is otherwise.
func dueIn(st *store.Store, due string, otherwise, now time.Time) (time.Time, error) {
	if due == "" {
		return otherwise, nil
	}
	zone := time.UTC
	err := st.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if rules == nil || err != nil {
			return err
		}
		zone, err = time.LoadLocation(rules.Site.Zone)
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	return newsroom.ParseDue(due, now.In(zone))
}
