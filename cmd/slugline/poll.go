package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

type pollCommand struct {
	All bool `help:"Also the sources that are not due: over pace, floor, max-age and ttl, never over Retry-After, 410 or back-off."`
}

// Run makes one pass. What a source does wrong is shown, and no failure.
func (c *pollCommand) Run(s *shell) error {
	conf, err := s.config()
	if err != nil {
		return err
	}
	t := &tally{s: s, live: terminal(s.err) && !s.json, counts: map[string]int{}}
	if err := c.pass(s, conf, t); err != nil {
		t.wipe()
		return err
	}
	t.sum()
	if t.seen == 0 && !s.json {
		return c.idle(s, conf)
	}
	return nil
}

// idle says why no source was visited.
func (c *pollCommand) idle(s *shell, conf *config.Config) error {
	list, err := ask(s, conf, "/api/sources", nil, view.Sources)
	if err != nil {
		return err
	}
	paused := map[string]bool{}
	for i := range conf.Sources {
		paused[conf.Sources[i].Name] = conf.Sources[i].Paused
	}
	var waiting, gone, resting int
	for i := range list {
		switch src := &list[i]; {
		case src.Removed:
		case paused[src.Name]:
			resting++
		case src.Gone:
			gone++
		default:
			waiting++
		}
	}
	if !c.All && waiting > 0 {
		s.printf("No source is due; see `slugline sources`. `slugline poll --all` visits those that only their pace holds back.\n")
		return nil
	}
	s.printf("No source may be visited now: of %s, %d wait for Retry-After or back-off, %d paused, %d gone; see `slugline sources`.\n",
		many(waiting+resting+gone, "source"), waiting, resting, gone)
	return nil
}

func (c *pollCommand) pass(s *shell, conf *config.Config, t *tally) error {
	st, err := store.Open(conf.Database, store.Options{Timeout: patience, Created: time.Now()})
	if errors.Is(err, store.ErrInUse) {
		return c.beside(s, conf, t)
	}
	if err != nil {
		return err
	}
	t.of = len(conf.Sources)
	return errors.Join(c.here(s, conf, st, t), st.Close())
}

// here makes the pass in this process. The desk outlives the poller: what that
// filed is committed.
func (c *pollCommand) here(s *shell, conf *config.Config, st *store.Store, t *tally) error {
	collectLate()
	d, err := desk.Open(st, nil, s.log, nil)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	deskCtx, stopDesk := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		ended <- d.Run(deskCtx)
		stop()
	}()
	j := &journal.Journal{Commit: d.File, Store: st}
	err = c.visit(ctx, conf, st, j, s, t)
	if err == nil {
		err = sweepDue(ctx, j, st, time.Now())
	}
	stopDesk()
	if broken := <-ended; broken != nil {
		return broken // what the pass says follows from it
	}
	return err
}

func (c *pollCommand) visit(ctx context.Context, conf *config.Config, st *store.Store, j *journal.Journal, s *shell, t *tally) error {
	rules := conf.Rules()
	if _, err := j.Rules(ctx, &rules, time.Now()); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler) // the tally tells of problems
	if s.log.Enabled(ctx, slog.LevelDebug) {
		log = s.log
	}
	v := newVisitor(j, st, log, nil)
	if err := v.follow(conf); err != nil {
		return err
	}
	return v.Pass(ctx, c.All, t.visited)
}

// beside has the running daemon make the pass.
func (c *pollCommand) beside(s *shell, conf *config.Config, t *tally) error {
	d, err := reach(s.ctx, conf)
	if err != nil {
		return err
	}
	whole := false
	err = d.lines(http.MethodPost, "/api/visit", url.Values{"all": {strconv.FormatBool(c.All)}}, func(line []byte) error {
		var told struct {
			poll.Visited
			Done  bool   `json:"done"`
			Error string `json:"error"`
		}
		if err := json.Unmarshal(line, &told); err != nil {
			return fmt.Errorf("read the desk's answer: %w", err)
		}
		switch {
		case told.Error != "":
			return errors.New(told.Error)
		case told.Done:
			whole = true
		default:
			t.visited(told.Visited)
		}
		return nil
	})
	if err == nil && !whole {
		err = errors.New("the daemon ended before the pass did")
	}
	return err
}

// tally shows visits as they come and sums them up.
type tally struct {
	s      *shell
	live   bool // on a terminal: one line that changes
	of     int  // sources; 0 when not known
	seen   int
	filed  int
	counts map[string]int
}

func (t *tally) visited(v poll.Visited) {
	t.seen++
	t.filed += v.Filed
	t.counts[v.Outcome]++
	if t.s.json {
		_ = t.s.printJSON(v) // nobody reads on: the pass goes on all the same
		return
	}
	t.wipe()
	if v.Problem != "" {
		t.s.printf("%s: %s\n", v.Name, v.Problem)
	}
	if !t.live {
		return
	}
	place := strconv.Itoa(t.seen)
	if t.of > 0 {
		place += "/" + strconv.Itoa(t.of)
	}
	fmt.Fprintf(t.s.err, "%s  %.50s  %s", place, v.Name, many(t.filed, "entry"))
}

func (t *tally) wipe() {
	if t.live {
		fmt.Fprint(t.s.err, "\r\x1b[K")
	}
}

func (t *tally) sum() {
	t.wipe()
	if t.s.json || t.seen == 0 {
		return
	}
	unread := t.counts[poll.Problem] + t.counts[poll.Blocked] + t.counts[poll.Gone]
	t.s.printf("%s visited: %s filed, %d without news, %d with a problem.\n", many(t.seen, "source"), many(t.filed, "entry"),
		t.counts[poll.Same]+t.counts[poll.NotModified], unread)
}

// terminal says whether somebody watches.
func terminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
