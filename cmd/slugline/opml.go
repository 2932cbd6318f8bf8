package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/view"
)

// maxOPML is the largest OPML file that is read, in bytes.
const maxOPML = 8 << 20

type importCommand struct {
	File string `arg:"" help:"An OPML file, as feed readers export it; - reads standard input."`
}

// Run creates feeds.yaml if it does not exist, with a tag and a topic for each folder. Into
// an existing file it inserts the sources and changes nothing else. It says what it leaves
// out, merges, or puts into no topic.
func (c *importCommand) Run(s *shell) error {
	body, err := s.readFile(c.File, maxOPML)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	_, lines, err := feed.ReadOPML(body)
	if err != nil {
		return fmt.Errorf("import %s: %w", c.File, err)
	}
	found := flatten(lines)
	found.leaveOut(s.path)
	switch {
	case len(found.sources)+len(found.left) == 0:
		return fmt.Errorf("import %s: the file has no feeds", c.File)
	case len(found.sources) == 0:
		s.printLeftOut(found.left)
		return fmt.Errorf("import %s: none of its feeds can be visited", c.File)
	}
	s.printLeftOut(found.left)
	if !isComplete(body) {
		fmt.Fprintf(s.err, "slugline: import %s: the file is truncated; importing the feeds before the end\n", c.File)
	}
	old, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.writeNewFile(found)
	case err != nil:
		return fmt.Errorf("import: %w", err)
	}
	return s.insertSources(old, found)
}

// imported is what a list of feeds has.
type imported struct {
	sources []config.NewSource
	merged  []string // sources that the list has more than once, with their titles
	left    []string // feeds that are no sources, each with the reason
}

// leaveOut moves the sources that feeds.yaml does not accept to those left out.
func (f *imported) leaveOut(path string) {
	if config.Check(path, f.sources) == nil {
		return
	}
	var good []config.NewSource
	for _, src := range f.sources {
		if err := config.Check(path, []config.NewSource{{Address: src.Address}}); err != nil {
			f.left = append(f.left, titled(src)+": "+err.Error())
			continue
		}
		good = append(good, src)
	}
	f.sources = good
}

// titled returns the title and the address of a source.
func titled(src config.NewSource) string {
	return cmp.Or(src.Title, "without a title") + ", " + src.Address
}

// maxNamed is how many sources a message of import names.
const maxNamed = 10

func (s *shell) printLeftOut(left []string) {
	for _, l := range left[:min(len(left), maxNamed)] {
		fmt.Fprintf(s.err, "slugline: left out: %s\n", l)
	}
	if n := len(left) - maxNamed; n > 0 {
		fmt.Fprintf(s.err, "slugline: left out: %d more\n", n)
	}
}

// printSources prints a heading and the sources below it, if there are any.
func (s *shell) printSources(heading string, list []string) {
	if len(list) == 0 {
		return
	}
	s.printf("%s\n", heading)
	for _, l := range list[:min(len(list), maxNamed)] {
		s.printf("  %s\n", l)
	}
	if n := len(list) - maxNamed; n > 0 {
		s.printf("  and %d more\n", n)
	}
}

// printReport says which sources were merged, and which of those added no topic carries.
func (s *shell) printReport(found imported, c *config.Config) {
	s.printSources("Listed more than once, and merged with the tags of all places:", found.merged)
	added := map[string]bool{}
	for _, src := range found.sources {
		added[src.Key()] = true
	}
	var none []string
	for i := range c.Sources {
		src := &c.Sources[i]
		carries := func(t config.Topic) bool { return t.Carries(src) }
		if key := (config.NewSource{Address: src.Address}).Key(); added[key] && !slices.ContainsFunc(c.Topics, carries) {
			none = append(none, cmp.Or(src.Title, src.Name)+", "+src.Address)
		}
	}
	s.printSources("In no topic, because no topic has one of their tags in `from`:", none)
}

// isComplete reports whether the file has its end tag, in any Unicode encoding.
func isComplete(opml []byte) bool {
	ascii := bytes.ToLower(bytes.ReplaceAll(opml, []byte{0}, nil))
	return bytes.Contains(ascii, []byte("</opml"))
}

func (s *shell) writeNewFile(found imported) error {
	file := config.NewFile(found.sources)
	c, err := config.Parse(s.path, file, os.LookupEnv)
	if err != nil {
		return fmt.Errorf("import: the new file would have errors, so it was not written:\n%w", err)
	}
	if err := os.WriteFile(s.path, file, 0o644); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	s.printf("%s written: %s, %s. `slugline` starts the daemon.\n", s.path, plural(len(c.Sources), "source"), plural(len(c.Topics), "topic"))
	s.printReport(found, c)
	return nil
}

func (s *shell) insertSources(old []byte, found imported) error {
	file, err := config.Insert(old, found.sources)
	if err != nil {
		return fmt.Errorf("import into %s: %w", s.path, err)
	}
	before, wrongBefore := config.Parse(s.path, old, os.LookupEnv)
	after, err := config.Parse(s.path, file, os.LookupEnv)
	if err != nil && wrongBefore == nil {
		return fmt.Errorf("import: with these sources the file would have errors, so it was not changed:\n%w", err)
	}
	if err := config.Replace(s.path, old, file); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if err != nil {
		s.printf("The sources were added to %s. The file still has the errors that it had before; see `slugline check`.\n", s.path)
		return nil
	}
	added := len(after.Sources)
	if before != nil {
		added -= len(before.Sources)
	}
	s.printf("%s added to %s; %d already there.\n", plural(added, "source"), s.path, max(len(found.sources)-added, 0))
	s.printReport(found, after)
	return nil
}

// flatten returns the feeds of all folders. A feed in two folders is one source with both;
// a folder in another gives its feeds the tags of both.
func flatten(lines []feed.Outline) imported {
	var all imported
	at := map[string]int{}
	times := map[int]int{}
	var walk func(lines []feed.Outline, folders []string)
	walk = func(lines []feed.Outline, folders []string) {
		for _, l := range lines {
			src := config.NewSource{Address: l.Address, Title: l.Title, Folders: folders, Tags: l.Categories}
			switch {
			case l.Fault != "":
				all.left = append(all.left, cmp.Or(l.Title, "without a title")+": "+l.Fault)
			case l.Address == "" && strings.TrimSpace(l.Title) == "":
				walk(l.Children, folders)
			case l.Address == "":
				walk(l.Children, append(folders[:len(folders):len(folders)], l.Title))
			default:
				key := src.Key()
				if i, known := at[key]; known {
					all.sources[i].Merge(src)
					times[i]++
					continue
				}
				at[key] = len(all.sources)
				all.sources = append(all.sources, src)
			}
		}
	}
	walk(lines, nil)
	for i, src := range all.sources {
		if times[i] > 0 {
			all.merged = append(all.merged, titled(src))
		}
	}
	return all
}

type opmlCommand struct{}

func (opmlCommand) Run(s *shell) error {
	c, err := s.findConfig()
	if err != nil {
		return err
	}
	b, err := feed.WriteOPML(c.Site.Title, outlines(c, s.titles(c)))
	if err != nil {
		return fmt.Errorf("write opml: %w", err)
	}
	_, err = s.out.Write(b)
	return err
}

// titles returns the feeds' own titles by source name, for sources that were visited.
func (s *shell) titles(c *config.Config) map[string]string {
	list, err := ask(s, c, "/api/sources", nil, view.Sources)
	if err != nil {
		s.log.Debug("read titles", "error", err)
	}
	known := map[string]string{}
	for i := range list {
		known[list[i].Name] = list[i].Title
	}
	return known
}

// outlines returns the sources in folders, one for each tag.
func outlines(c *config.Config, titles map[string]string) []feed.Outline {
	var top, folders []feed.Outline
	at := map[string]int{}
	for i := range c.Sources {
		src := &c.Sources[i]
		line := feed.Outline{Title: cmp.Or(src.Title, titles[src.Name], src.Name), Address: src.Address, Language: src.Language}
		if len(src.Tags) == 0 {
			top = append(top, line)
		}
		for _, tag := range src.Tags {
			i, ok := at[tag]
			if !ok {
				i = len(folders)
				at[tag] = i
				folders = append(folders, feed.Outline{Title: tag})
			}
			folders[i].Children = append(folders[i].Children, line)
		}
	}
	return append(top, folders...)
}

// readFile reads a file, or standard input if name is -, of at most limit bytes.
func (s *shell) readFile(name string, limit int64) ([]byte, error) {
	in, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d MB", name, limit>>20)
	}
	return b, err
}
