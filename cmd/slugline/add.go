package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/trial"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/weburl"
)

type addCommand struct {
	Address string   `arg:"" name:"url" help:"The address of a feed, or of a web page that offers one."`
	Name    string   `placeholder:"NAME" help:"The source's name: a-z, 0-9 and -. Without it, the name is made from the address."`
	Title   string   `placeholder:"TITLE" help:"The source's title. Without it, the feed's own is used."`
	Tag     []string `placeholder:"TAG" sep:"none" help:"A tag by which topics select sources; may be repeated."`
}

// added is the JSON output of add.
type added struct {
	Source  string        `json:"source"` // the name in feeds.yaml
	Address string        `json:"address"`
	Added   bool          `json:"added"`    // false: it was a source already
	InForce bool          `json:"in_force"` // a running daemon has read it
	Topics  []string      `json:"topics"`   // that accept its entries, match aside
	Feed    *trial.Report `json:"feed,omitempty"`
}

// Run tries the address and writes its feed into feeds.yaml. A feed that is a source
// already is no error.
func (c *addCommand) Run(s *shell) error {
	address := c.Address
	if !isWebAddress(address) && !strings.Contains(address, "://") && weburl.Absolute("https://"+address) != "" {
		address = "https://" + address
	}
	if trial.WithoutUser(address) != address {
		return fmt.Errorf("add %s: an address with a password is written by hand, with the password in an environment variable: see `slugline help headers`", trial.WithoutUser(address))
	}
	file, err := config.ReadFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("add: %s has errors, so nothing is added; see `slugline check`\n%w", s.path, err)
	}
	if file != nil {
		if src := file.Known(weburl.Absolute(address)); src != nil {
			return s.printAdded(file.Config, src, added{})
		}
	}
	t, err := s.tryFeed(address)
	if t != nil {
		defer t.close()
	}
	if err != nil {
		return err
	}
	return c.write(s, file, t.Report(time.Now()))
}

// tryFeed reads the feed at an address, or the only one that a web page there offers.
func (s *shell) tryFeed(address string) (*tryRun, error) {
	t := &tryRun{shell: s, Trial: trial.Trial{Name: address}}
	if err := t.read(); err != nil {
		return t, t.failed("add", err)
	}
	articles := slices.DeleteFunc(slices.Clone(t.Offers), func(o trial.Offer) bool { return o.Comments })
	switch {
	case t.Document != nil:
		return t, nil
	case len(articles) != 1:
		fmt.Fprintf(printable{t.err}, "slugline: add %s: this is a web page; %s:\n", t.shown(), t.Said)
		for _, f := range t.Offers[:min(len(t.Offers), trial.MaxOffers)] {
			fmt.Fprintf(printable{t.err}, "  %s  %s\n", f.URL, f.Title)
		}
		if len(t.Offers) > trial.MaxOffers { // of hundreds, the page's reader keeps some
			fmt.Fprintf(t.err, "  and more; the first %d are listed\n", trial.MaxOffers)
		}
		fmt.Fprintf(t.err, "Add one of them by its address.\n")
		return t, &printedError{errors.New("a web page")}
	}
	next, err := t.Follow(s.ctx, articles[0])
	if err == nil && next.Document == nil {
		err = errors.New("the page names this as its feed, but it is a web page too")
	}
	if err != nil {
		return t, (&tryRun{shell: s, Trial: trial.Trial{Name: articles[0].URL}}).failed("add", err)
	}
	t.Close()
	t.Trial = *next
	return t, nil
}

// write adds the feed to the file, or creates the file.
func (c *addCommand) write(s *shell, file *config.File, feed *trial.Report) error {
	src := config.NewSource{Address: feed.URL, Name: c.Name, Title: c.Title, Tags: c.Tag}
	var after []byte
	var err error
	if file == nil {
		after = config.NewFile([]config.NewSource{src})
		if err := config.Check(s.path, []config.NewSource{src}); err != nil {
			return fmt.Errorf("add %s: %w", feed.URL, err)
		}
		err = writeNew(s.path, after)
	} else {
		if known := file.Known(feed.URL); known != nil {
			return s.printAdded(file.Config, known, added{Feed: feed})
		}
		after, err = file.Add(src)
		byHand := errors.Is(err, config.ErrKeep)
		if err == nil {
			err = config.Replace(s.path, file.Bytes, after)
			byHand = err != nil
		}
		if byHand {
			fmt.Fprintf(printable{s.err}, "slugline: add %s: %v. To add it yourself, write this below `sources:` in %s:\n\n%s", feed.URL, err, s.path, src.Snippet())
			return &printedError{err}
		}
	}
	if err != nil {
		return fmt.Errorf("add %s: %w; nothing was added", feed.URL, err)
	}
	now, err := config.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("add: %w", err)
	}
	known := now.Known(feed.URL)
	if known == nil {
		return fmt.Errorf("add %s: somebody else has changed %s just now, and it is not in it", feed.URL, s.path)
	}
	inForce, err := s.waitForSource(now.Config, known.Name)
	if err != nil {
		return fmt.Errorf("add: %s is in %s, but %w", feed.URL, s.path, err)
	}
	return s.printAdded(now.Config, known, added{Added: true, InForce: inForce, Feed: feed})
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

const (
	inForceTimeout = 15 * time.Second       // how long a command waits until the daemon has read feeds.yaml
	inForceEvery   = 100 * time.Millisecond // how often it asks
)

// waitForSource waits until a running daemon has a source. It returns false if no daemon
// runs.
func (s *shell) waitForSource(c *config.Config, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(s.ctx, inForceTimeout)
	defer cancel()
	d, err := connect(ctx, c)
	if err != nil {
		return false, nil
	}
	for {
		var list []view.Source
		var status view.Status
		if err := errors.Join(d.get("/api/sources", nil, &list), d.get("/api/status", nil, &status)); err != nil {
			return false, fmt.Errorf("the daemon does not answer any more: %w", err)
		}
		if slices.ContainsFunc(list, func(l view.Source) bool { return l.Name == name && !l.Removed }) {
			return true, nil
		}
		if status.Refused != "" {
			return false, fmt.Errorf("the daemon can't use the file:\n%s", status.Refused)
		}
		select {
		case <-time.After(inForceEvery):
		case <-ctx.Done():
			return false, fmt.Errorf("the daemon has not read it within %s; see its log", inForceTimeout)
		}
	}
}

// printAdded says what was added.
func (s *shell) printAdded(c *config.Config, src *news.SourceConfig, a added) error {
	a.Source, a.Address, a.Topics = src.Name, trial.WithoutUser(src.Address), []string{}
	for i := range c.Topics {
		if c.Topics[i].Carries(src) {
			a.Topics = append(a.Topics, c.Topics[i].Name)
		}
	}
	if s.json {
		return s.printJSON(a)
	}
	if !a.Added {
		s.printf("%s is the source %s already. Nothing was changed.\n", a.Address, a.Source)
		return nil
	}
	s.printf("Added to %s: %s, the source %s, %s.\n", s.path, cmp.Or(a.Feed.Title, a.Address), a.Source, plural(a.Feed.Entries, "entry"))
	for _, p := range a.Feed.Problems {
		s.printf("Note: %s.\n", p)
	}
	switch {
	case len(a.Topics) == 0:
		s.printf("No topic has it: none has one of its tags in `from`.\n")
	default:
		s.printf("In the topics: %s.\n", strings.Join(a.Topics, ", "))
	}
	if a.InForce {
		s.printf("The daemon has read the file and visits the source now.\n")
	} else {
		s.printf("`slugline` starts the daemon.\n")
	}
	return nil
}
