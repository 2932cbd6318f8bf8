package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/story"
)

type foldCommand struct {
	Final bool   `help:"Write all lines at the end, with their final events."`
	File  string `arg:"" optional:"" default:"-" help:"Tab-separated lines in order of time, after a header that names the columns id, published, publisher, lang, title, url and summary; - or no file reads standard input."`
}

// Run writes tab-separated lines, even with --json.
func (c *foldCommand) Run(s *shell) error {
	in, err := s.open(c.File)
	if err != nil {
		return fmt.Errorf("fold: %w", err)
	}
	defer in.Close()
	if err := story.Filter(in, s.out, story.Reading{Final: c.Final, Page: canon.Page, Language: canon.Language, Untitled: canon.Untitled}); err != nil {
		return fmt.Errorf("fold %s: %w", c.File, err)
	}
	return nil
}

type simulateCommand struct {
	Trace  string        `arg:"" help:"One feed a line, tab-separated: name, host, number of items in its document, seconds between visits that its server asks for, publication times in Unix seconds; - reads standard input."`
	Budget float64       `required:"" placeholder:"VISITS_PER_DAY" help:"Visits a day, for all feeds of the trace together."`
	Floor  time.Duration `default:"60s" help:"Shortest time between two visits to a feed (${default})."`
	Warm   float64       `default:"0" placeholder:"DAYS" help:"Days at the beginning that are not measured, such as 0.5 (${default})."`
}

func (c *simulateCommand) Run(s *shell) error {
	warm := time.Duration(c.Warm * 24 * float64(time.Hour))
	switch {
	case !(c.Budget > 0 && c.Budget < 1e12):
		return usageError{fmt.Errorf("simulate: --budget must be a number of visits a day above 0")}
	case c.Floor < 0:
		return usageError{fmt.Errorf("simulate: --floor must be a duration such as 60s")}
	case !(c.Warm >= 0 && c.Warm < 1e5):
		return usageError{fmt.Errorf("simulate: --warm must be a number of days, 0 or more")}
	}
	tr, err := c.read(s)
	if err != nil {
		return fmt.Errorf("simulate %s: %w", c.Trace, err)
	}
	if span := tr.End.Sub(tr.Start); warm >= span {
		return usageError{fmt.Errorf("simulate: the trace spans %.3g days; with --warm %g nothing is left to measure", span.Hours()/24, c.Warm)}
	}
	f := pace.Simulate(tr, c.Budget, c.Floor, warm)
	if s.json {
		return s.printJSON(f)
	}
	days := func(d time.Duration) string { return fmt.Sprintf("%.3g days", d.Hours()/24) }
	s.printf("%s; %s, %s of them measured.\n", plural(len(tr.Feeds), "feed"), days(tr.End.Sub(tr.Start)), days(tr.End.Sub(tr.Start)-warm))
	s.printf("%.0f visits a day, %.1f %% of them found nothing new.\n", f.VisitsPerDay, 100*f.Useless)
	if f.MostPerDay > 0 {
		s.printf("After the first day, each day had %.1f to %.1f %% of the budget.\n", 100*float64(f.LeastPerDay)/c.Budget, 100*float64(f.MostPerDay)/c.Budget)
	}
	s.printf("An item is seen after %.1f minutes on average; half of them within %.1f, 95 %% within %.1f, 99 %% within %.1f.\n", f.Mean, f.Median, f.P95, f.P99)
	s.printf("%s left the feed before a visit saw them.\n", plural(f.Missed, "item"))
	return nil
}

func (c *simulateCommand) read(s *shell) (*pace.Trace, error) {
	in, err := s.open(c.Trace)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return pace.ReadTrace(in)
}

// open opens a file; - is standard input. When the command is interrupted, standard input
// ends, so that the command can finish with what it has read.
func (s *shell) open(name string) (io.ReadCloser, error) {
	if name != "-" {
		return os.Open(name)
	}
	r, w := io.Pipe()
	go func() { // a blocked read can't be interrupted: it ends with the process
		_, err := io.Copy(w, s.in)
		_ = w.CloseWithError(err)
	}()
	context.AfterFunc(s.ctx, func() { _ = w.Close() })
	return r, nil
}
