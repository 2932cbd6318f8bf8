package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/site/export"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/tempfile"
	"github.com/slugline/slugline/internal/view"
)

type exportCommand struct {
	Dir     string `arg:"" optional:"" help:"Folder for the files; unchanged files are not written again."`
	OPML    string `name:"opml" placeholder:"FILE" help:"Write a list of the topic feeds to this file."`
	Replace bool   `help:"Also replace files in the way that no export wrote."`
}

// Validate is called by kong.
func (e *exportCommand) Validate() error {
	if e.Dir == "" && e.OPML == "" {
		return errors.New("name a folder for the files, or --opml FILE for the list of topic feeds")
	}
	return nil
}

// Run exports what feeds.yaml says now: nothing is written while the file has errors, or
// while a daemon has other rules.
func (e *exportCommand) Run(s *shell) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	st, err := openStore(c)
	if errors.Is(err, store.ErrInUse) {
		return e.fromCopy(s, c)
	}
	if err != nil {
		return err
	}
	return errors.Join(e.fromStore(s, c, st), st.Close())
}

// fromStore applies feeds.yaml as a daemon does when it starts, and exports.
func (e *exportCommand) fromStore(s *shell, c *config.Config, st *store.Store) error {
	err := s.withDesk(st, func(ctx context.Context, j *journal.Journal) error {
		rules := c.Rules()
		changes, err := j.Rules(ctx, &rules, j.Clock.Now())
		for _, line := range changes {
			s.printf("%s\n", line)
		}
		if err != nil {
			return err
		}
		return sweepDue(ctx, j, st)
	})
	if err != nil {
		return fmt.Errorf("export: apply %s: %w", s.path, err)
	}
	return e.write(s, c, &edition.Press{Store: st, NoHub: true})
}

// withDesk is onDesk for records of the present: their journal checks the clock.
func (s *shell) withDesk(st *store.Store, use func(context.Context, *journal.Journal) error) error {
	return onDesk(s, st, func(ctx context.Context, j *journal.Journal) (err error) {
		if j.Clock, err = openClock(st, s.wall, nil); err != nil {
			return err
		}
		return use(ctx, j)
	})
}

// The time that a running daemon has to apply a feeds.yaml that was just changed.
const (
	reloadTimeout = 5 * time.Second
	reloadPause   = 500 * time.Millisecond
)

// fromCopy exports from a copy that the running daemon makes once feeds.yaml is in force
// there. The feeds name its hub, which only a daemon has.
func (e *exportCommand) fromCopy(s *shell, c *config.Config) error {
	if err := waitForRules(s, c); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	f, err := tempfile.Create("", "export")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer os.Remove(f.Name())
	if err := errors.Join(s.copyTo(s.ctx, c, f), f.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	st, err := store.Open(f.Name(), store.Options{Temporary: true})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return errors.Join(e.write(s, c, &edition.Press{Store: st}), st.Close())
}

// waitForRules waits until feeds.yaml is in force in the running daemon, which applies a
// change within a second.
func waitForRules(s *shell, c *config.Config) error {
	d, err := connect(s.ctx, c)
	if err != nil {
		return err
	}
	wanted := c.Rules()
	for end := time.Now().Add(reloadTimeout); ; {
		var status view.Status
		if err := d.get("/api/status", nil, &status); err != nil {
			return err
		}
		filed := news.Rules{Hash: status.Rules.Hash, Fold: status.Rules.Fold, Lexicon: status.Rules.Lexicon}
		if same, err := journal.SameRules(&wanted, &filed); same || err != nil {
			return err
		}
		if time.Now().After(end) {
			return notInForce(s.path, status.Refused)
		}
		select {
		case <-time.After(reloadPause):
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// notInForce is the error of a daemon that runs with other rules than the file at path.
func notInForce(path, refused string) error {
	if refused != "" {
		return fmt.Errorf("the running daemon can't apply %s, so nothing was written: %s", path, refused)
	}
	return fmt.Errorf("%s is not in force in the running daemon, so nothing was written: name the daemon's feeds.yaml with --config, or reload it (SIGHUP)", path)
}

func (e *exportCommand) write(s *shell, c *config.Config, press *edition.Press) error {
	if err := e.list(press); err != nil || e.Dir == "" {
		return err
	}
	pages := &site.Site{Store: press.Store, Editions: press, Dir: filepath.Dir(c.Path), Log: s.log}
	r, err := export.Write(pages, e.Dir, export.Options{Replace: e.Replace})
	if err != nil {
		return err
	}
	var rules *news.Rules
	if err := press.Store.View(func(tx *store.Tx) (err error) {
		rules, err = tx.Rules()
		return err
	}); err != nil {
		return err
	}
	s.printf("%s has the public pages of %s: %s, %d written.\n", e.Dir, rules.Site.URL, plural(r.Files, "file"), r.Written)
	return e.foreign(s, r.Foreign)
}

// foreign reports files in the way. It is no error if they are files that a site may want
// to have of its own.
func (e *exportCommand) foreign(s *shell, names []string) error {
	own := func(name string) bool {
		return name == "robots.txt" || name == "404.html" || strings.HasPrefix(name, "icon.") && path.Dir(name) == "."
	}
	for _, name := range names {
		if own(name) {
			s.printf("%s is not from an export: it remains as it is.\n", filepath.Join(e.Dir, name))
		}
	}
	names = slices.DeleteFunc(names, own)
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("export: %s in the way in %s, such as %s, not from an export: left as they are; move them, or replace them with --replace",
		plural(len(names), "file"), e.Dir, names[0])
}

// list writes the OPML file of --opml, the same as /topics.opml.
func (e *exportCommand) list(press *edition.Press) error {
	if e.OPML == "" {
		return nil
	}
	all, err := press.OPML()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.WriteFile(e.OPML, all.Body, 0o644); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
