package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
)

func (s *shell) table() *tabwriter.Writer {
	return tabwriter.NewWriter(printable{s.out}, 0, 4, 2, ' ', 0)
}

type sourcesCommand struct{}

func (sourcesCommand) Run(s *shell) error {
	c, err := s.findConfig()
	if err != nil {
		return err
	}
	list, err := ask(s, c, "/api/sources", nil, view.Sources)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(list)
	}
	now := time.Now()
	t := s.table()
	fmt.Fprintln(t, "SOURCE\tLAST VISIT\tNEXT\tENTRIES\tTODAY\tLAG\tP95\tGAPS\t")
	for i := range list {
		src := &list[i]
		if src.Removed {
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%d\t%s\n", src.Name, ago(now, src.Tried), nextVisit(now, src), src.Entries, src.Today(), formatLag(src.LagP50), formatLag(src.LagP95), src.Gaps, cmp.Or(src.Trouble(), src.Hub))
	}
	return t.Flush()
}

func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return formatDuration(max(now.Sub(t), 0)) + " ago"
}

func nextVisit(now time.Time, src *view.Source) string {
	switch {
	case src.NotVisited() != "":
		return "never: " + src.NotVisited()
	case src.Due.IsZero():
		return "now"
	case !src.Due.After(now):
		return "now: " + src.Why
	}
	return "in " + formatDuration(src.Due.Sub(now)) + ": " + src.Why
}

func formatLag(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return formatDuration(d)
}

type topicsCommand struct{}

func (topicsCommand) Run(s *shell) error {
	c, err := s.findConfig()
	if err != nil {
		return err
	}
	list, err := ask(s, c, "/api/topics", nil, view.Topics)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(list)
	}
	now := time.Now()
	t := s.table()
	fmt.Fprintln(t, "TOPIC\tSTORIES\tSUBSCRIBERS\tCHANGED\tTITLE")
	for i := range list {
		if tp := &list[i]; !tp.Removed && tp.Moved == "" {
			fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", tp.Name, tp.Stories, tp.Subscribers, ago(now, tp.Changed), tp.Title)
		}
	}
	return t.Flush()
}

type storiesCommand struct {
	Topic string `arg:"" optional:"" help:"Only stories of this topic."`
	Limit int    `short:"n" default:"50" help:"Print at most so many, up to 500 (${default})."`
}

func (c *storiesCommand) Run(s *shell) error {
	if c.Limit < 1 || c.Limit > 500 {
		return usageError{fmt.Errorf("stories: -n must be from 1 to 500, not %d", c.Limit)}
	}
	conf, err := s.findConfig()
	if err != nil {
		return err
	}
	q := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Topic != "" {
		q.Set("topic", c.Topic)
	}
	list, err := ask(s, conf, "/api/stories", q, func(tx *store.Tx) ([]view.Story, error) {
		return view.Stories(tx, view.StoryQuery{Topic: c.Topic, Limit: c.Limit})
	})
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(list)
	}
	zone := zoneOf(conf)
	for i := range list {
		s.printStory(&list[i], zone)
	}
	return nil
}

func zoneOf(c *config.Config) *time.Location {
	if z, err := time.LoadLocation(c.Site.Zone); err == nil {
		return z
	}
	return time.UTC
}

// printStory prints a story as one line: when it began, how many outlets have it, its
// headline with a mark when readers don't see it, and who leads it.
func (s *shell) printStory(st *view.Story, zone *time.Location) {
	count := ""
	if st.Voices > 1 {
		count = strconv.Itoa(st.Voices)
	}
	headline := st.Headline
	if headline == "" {
		headline = st.Link
	}
	if mark := markOf(st, zone); mark != "" {
		headline = mark + " " + headline
	}
	s.printf("%s  %s  %2s  %s (%s)\n", st.ID, st.First.In(zone).Format("2006-01-02 15:04"), count, headline, st.Title)
}

// markOf says why readers don't see a story; empty when they do.
func markOf(st *view.Story, zone *time.Location) string {
	switch {
	case !st.Killed.IsZero():
		return "KILLED"
	case slices.Contains(st.Hidden, news.Everywhere):
		return "HIDDEN"
	case len(st.Held) > 0:
		return describeHold(&st.Held[0], zone)
	case len(st.Hidden) > 0:
		return "HIDDEN in " + strings.Join(st.Hidden, ", ")
	case st.Muted:
		return "MUTED"
	}
	return ""
}

// describeHold says where a story is held, and until when.
func describeHold(h *news.Hold, zone *time.Location) string {
	text := "HELD"
	if h.Topic != "" {
		text += " in " + h.Topic
	}
	if !h.Until.IsZero() {
		text += " until " + h.Until.In(zone).Format("2006-01-02 15:04")
	}
	return text
}

type whyCommand struct {
	Entry string `arg:"" help:"The address of an article, or the id of an entry, or of a story or event for its lead. stories --json prints ids."`
	With  string `arg:"" optional:"" help:"Another article, entry or story: explain why the entry is not in that story. Without it, similar stories of the same event are compared."`
}

func (c *whyCommand) Run(s *shell) error {
	conf, err := s.findConfig()
	if err != nil {
		return err
	}
	why, err := ask(s, conf, "/api/why", url.Values{"entry": {c.Entry}, "with": {c.With}}, func(tx *store.Tx) (*view.Explanation, error) {
		return view.WhyNot(tx, locale.Of("en"), c.Entry, c.With)
	})
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(why)
	}
	s.printf("%s\n%s, %s\n%s\n\n%s\n", why.Headline, why.Title, why.At.In(zoneOf(conf)).Format("2006-01-02 15:04 MST"), why.Link, why.Text)
	if why.Compared != nil {
		s.printf("Compared with entry %s: %s\n", why.Compared.With, why.Compared.Text)
	}
	if why.InEvent != nil {
		s.printf("%s\n", why.InEvent.Text)
	}
	if why.Story != nil {
		s.printf("\n")
		s.printStory(why.Story, zoneOf(conf))
		for i := range why.Story.Outlets {
			o := &why.Story.Outlets[i]
			s.printf("    %s  %-6s  %s (%s)\n", o.Entry, o.Level, o.Headline, o.Title)
		}
	}
	for _, e := range why.Also {
		s.printf("\nThe same address: entry %s, story %s: %s (%s)\n", e.Entry, cmp.Or(e.Story, "none"), e.Headline, e.Title)
	}
	for _, n := range why.Similar {
		s.printf("\nNot in story %s: %s (%s)\n    %s\n", n.Story, n.Headline, n.Title, n.Compared.Text)
	}
	return nil
}

type previewCommand struct {
	What string `arg:"" name:"topic|query" help:"The name of a topic in feeds.yaml, to compare with the topic in force; or a query, in single quotes."`
}

func (c *previewCommand) Run(s *shell) error {
	conf, err := s.config()
	if err != nil {
		return err
	}
	rule, err := c.topic(conf)
	if err != nil {
		return err
	}
	q := url.Values{"topic": {rule.Name}, "from": rule.From, "not": rule.Not, "q": rule.Match}
	f, err := ask(s, conf, "/api/preview", q, func(tx *store.Tx) (*view.TopicPreview, error) { return view.Preview(s.ctx, tx, rule) })
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(f)
	}
	s.printPreview(f, zoneOf(conf))
	if f.Carries == 0 {
		for _, n := range queryNotes(conf, placed(rule.Match, "the query")) {
			s.printf("\nNote: %s\n", sentence(n))
		}
	}
	return nil
}

func (c *previewCommand) topic(conf *config.Config) (news.Topic, error) {
	for i := range conf.Topics {
		if conf.Topics[i].Name == c.What {
			return conf.Topics[i].Topic, nil
		}
	}
	if _, err := topic.Searching(time.Now(), nil).Parse(c.What); err != nil {
		return news.Topic{}, usageError{fmt.Errorf("%q is not a topic, and not a valid query: %w", c.What, err)}
	}
	return news.Topic{Match: []string{c.What}}, nil
}

func (s *shell) printPreview(f *view.TopicPreview, zone *time.Location) {
	s.printf("Matches %d of the newest %d stories.\n", f.Carries, f.Looked)
	if f.Cut {
		s.printf("Older stories were left out: this query takes too much work.\n")
	}
	if f.Topic != "" {
		s.printf("Compared with topic %s in force: +%d -%d stories.\n", f.Topic, f.Added, f.Removed)
	}
	for _, part := range []struct {
		title string
		list  []view.Story
	}{{"Matches", f.Stories}, {"Added", f.AddedStories}, {"Removed", f.RemovedStories}} {
		if len(part.list) == 0 {
			continue
		}
		s.printf("\n%s:\n", part.title)
		for i := range part.list {
			s.printStory(&part.list[i], zone)
			for _, r := range part.list[i].Why {
				s.printf("    %s\n", r)
			}
		}
	}
}

type watchCommand struct {
	Topic string `arg:"" optional:"" help:"Only stories of this topic."`
}

// Run prints stories from the daemon's live stream until it is interrupted.
func (c *watchCommand) Run(s *shell) error {
	conf, err := s.findConfig()
	if err != nil {
		return err
	}
	if st, err := openStore(conf); err == nil {
		return errors.Join(errors.New("no daemon is running; start one with `slugline`"), st.Close())
	} else if !errors.Is(err, store.ErrInUse) {
		return err
	}
	d, err := connect(s.ctx, conf)
	if err != nil {
		return err
	}
	if c.Topic != "" { // fails if there is no such topic
		if err := d.get("/api/stories", url.Values{"topic": {c.Topic}, "limit": {"1"}}, new([]view.Story)); err != nil {
			return err
		}
	}
	zone := zoneOf(conf)
	err = d.lines(http.MethodGet, "/live", nil, func(line []byte) error {
		if string(line) == "event: gap" {
			fmt.Fprintln(s.err, "Too many stories changed at once to print each; `slugline stories` lists the newest.")
		}
		data, ok := strings.CutPrefix(string(line), "data: ")
		var st view.Story
		if !ok || json.Unmarshal([]byte(data), &st) != nil || st.ID == "" || c.Topic != "" && !slices.Contains(st.Topics, c.Topic) {
			return nil
		}
		if s.json {
			return s.printJSON(st)
		}
		s.printStory(&st, zone)
		return s.out.err
	})
	if s.ctx.Err() != nil {
		return nil // interrupted by the user
	}
	if s.out.err != nil {
		return s.out.err
	}
	return errors.Join(err, errors.New("the daemon has ended the stream"))
}
