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
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

type pollCommand struct {
	All bool `help:"Also visit sources that are not due yet because of pace, floor, max-age, ttl or a back-off after a failure; never over Retry-After, 429 or 410."`
}

// Run makes one pass. Problems of sources are printed; they are not a failure.
func (c *pollCommand) Run(s *shell) error {
	limitPass() // reading feeds.yaml alone would begin one
	conf, err := s.config()
	if err != nil {
		return err
	}
	t := &progress{s: s, live: isTerminal(s.err) && !s.json, counts: map[string]int{}}
	if err := c.pass(s, conf, t); err != nil {
		t.clearLine()
		t.printUnreached()
		return err
	}
	t.printSummary()
	if t.visits == 0 && !s.json {
		return c.explainNoVisits(s, conf)
	}
	return nil
}

// explainNoVisits prints why no source was visited.
func (c *pollCommand) explainNoVisits(s *shell, conf *config.Config) error {
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
		s.printf("No source is due; see `slugline sources`. `slugline poll --all` also visits sources that are not due yet.\n")
		return nil
	}
	s.printf("No source can be visited now: of %s, %d waiting because their server asked (Retry-After, 429, 410), %d paused, %d gone; see `slugline sources`.\n",
		plural(waiting+resting+gone, "source"), waiting, resting, gone)
	return nil
}

func (c *pollCommand) pass(s *shell, conf *config.Config, t *progress) error {
	if err := checkRemoved(conf); err != nil {
		return err
	}
	st, err := store.Open(conf.Database, store.Options{Timeout: lockTimeout, Created: time.Now()})
	if errors.Is(err, store.ErrInUse) {
		return c.throughDaemon(s, conf, t)
	}
	if err != nil {
		return err
	}
	t.total = len(conf.Sources)
	return errors.Join(c.inProcess(s, conf, st, t), st.Close())
}

// inProcess makes the pass in this process.
func (c *pollCommand) inProcess(s *shell, conf *config.Config, st *store.Store, t *progress) error {
	if conf.Cluster != nil {
		return errors.New("poll: feeds.yaml has `cluster:`, and only a running daemon knows which sources are this node's: start it, or remove the section")
	}
	return s.withDesk(st, func(ctx context.Context, j *journal.Journal) error {
		if err := c.visit(ctx, conf, st, j, s, t); err != nil {
			return err
		}
		return sweepDue(ctx, j, st)
	})
}

func (c *pollCommand) visit(ctx context.Context, conf *config.Config, st *store.Store, j *journal.Journal, s *shell, t *progress) error {
	rules := conf.Rules()
	if _, err := j.Rules(ctx, &rules, j.Clock.Now()); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler) // progress prints the problems
	if s.log.Enabled(ctx, slog.LevelDebug) {
		log = s.log
	}
	v := newVisitor(j, st, log, nil)
	v.Clock = j.Clock
	if err := v.configure(conf); err != nil {
		return err
	}
	err := v.Pass(ctx, c.All, t.visited)
	t.offline = v.Offline()
	return err
}

// throughDaemon asks the running daemon to make the pass.
func (c *pollCommand) throughDaemon(s *shell, conf *config.Config, t *progress) error {
	d, err := connect(s.ctx, conf)
	if err != nil {
		return err
	}
	whole := false
	err = d.lines(http.MethodPost, "/api/visit", url.Values{"all": {strconv.FormatBool(c.All)}}, func(line []byte) error {
		var answer struct {
			poll.Visited
			Offline bool   `json:"offline"`
			Done    bool   `json:"done"`
			Error   string `json:"error"`
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			return fmt.Errorf("read the desk's answer: %w", err)
		}
		switch {
		case answer.Error != "":
			return errors.New(answer.Error)
		case answer.Offline:
			t.offline = true
		case answer.Done:
			whole = true
		default:
			t.visited(answer.Visited)
		}
		return nil
	})
	if err == nil && !whole {
		err = errors.New("the daemon stopped before the end of the pass")
	}
	return err
}

// progress prints visits as they happen, and a summary.
type progress struct {
	s       *shell
	live    bool // on a terminal: print a line that changes
	total   int  // sources; 0 when not known
	visits  int
	entries int
	counts  map[string]int

	offline   bool           // this machine may have no network
	unreached []poll.Visited // visits without a connection; printed at the end, when the cause is known
}

func (t *progress) visited(v poll.Visited) {
	t.visits++
	t.entries += v.Filed
	t.counts[v.Outcome]++
	if t.s.json {
		_ = t.s.printJSON(v) // the pass goes on even if nobody reads the output
		return
	}
	t.clearLine()
	switch {
	case v.Unreached != "":
		t.unreached = append(t.unreached, v)
	case v.Problem != "":
		t.printProblem(&v)
	}
	if !t.live {
		return
	}
	place := strconv.Itoa(t.visits)
	if t.total > 0 {
		place += "/" + strconv.Itoa(t.total)
	}
	fmt.Fprintf(t.s.err, "%s  %.50s  %s", place, v.Name, plural(t.entries, "entry"))
}

func (t *progress) printProblem(v *poll.Visited) { t.s.printf("%s: %s\n", v.Name, v.Problem) }

// printUnreached prints the problems of hosts that could not be reached: one line for all
// that failed because this machine has no network.
func (t *progress) printUnreached() {
	cause := poll.UnreachedHost
	for i := range t.unreached {
		if t.unreached[i].Unreached == poll.UnreachedOffline {
			cause = poll.UnreachedOffline
		}
	}
	example, n := "", 0
	for i := range t.unreached {
		if v := &t.unreached[i]; t.offline && v.Unreached == cause {
			example = v.Problem
			n++
		} else {
			t.printProblem(v)
		}
	}
	if n > 0 {
		t.s.printf("%s can't be reached; this machine may have no network (%s).\n", plural(n, "source"), example)
	}
}

func (t *progress) clearLine() {
	if t.live {
		fmt.Fprint(t.s.err, "\r\x1b[K")
	}
}

func (t *progress) printSummary() {
	t.clearLine()
	if t.s.json || t.visits == 0 {
		return
	}
	t.printUnreached()
	unread := t.counts[poll.Problem] + t.counts[poll.Blocked] + t.counts[poll.Gone]
	t.s.printf("%s visited: %s filed, %d with nothing new, %d with a problem.\n", plural(t.visits, "source"), plural(t.entries, "entry"),
		t.counts[poll.Same]+t.counts[poll.NotModified], unread)
}

// isTerminal reports whether w is a terminal that can rewrite a line.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
