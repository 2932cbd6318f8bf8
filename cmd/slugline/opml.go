package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
// an existing file it inserts the sources and changes nothing else.
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
	sources := s.visitable(found)
	switch {
	case len(found) == 0:
		return fmt.Errorf("import %s: the file has no feeds", c.File)
	case len(sources) == 0:
		return fmt.Errorf("import %s: none of its feeds can be visited", c.File)
	}
	if !isComplete(body) {
		fmt.Fprintf(s.err, "slugline: import %s: the file is truncated; importing the feeds before the end\n", c.File)
	}
	old, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.writeNewFile(sources)
	case err != nil:
		return fmt.Errorf("import: %w", err)
	}
	return s.insertSources(old, sources)
}

// visitable returns the sources that feeds.yaml accepts, and prints why others are left
// out.
func (s *shell) visitable(found []config.NewSource) []config.NewSource {
	var good []config.NewSource
	for _, src := range found {
		_, err := config.Parse(s.path, config.NewFile([]config.NewSource{{Address: src.Address}}), os.LookupEnv)
		var wrong *config.Errors
		if errors.As(err, &wrong) {
			fmt.Fprintf(s.err, "slugline: left out: %s, %s: %s\n", cmp.Or(src.Title, "without a title"), src.Address, wrong.List[0].Text)
			continue
		}
		good = append(good, src)
	}
	return good
}

// isComplete reports whether the file has its end tag, in any Unicode encoding.
func isComplete(opml []byte) bool {
	ascii := bytes.ToLower(bytes.ReplaceAll(opml, []byte{0}, nil))
	return bytes.Contains(ascii, []byte("</opml"))
}

func (s *shell) writeNewFile(sources []config.NewSource) error {
	file := config.NewFile(sources)
	c, err := config.Parse(s.path, file, os.LookupEnv)
	if err != nil {
		return fmt.Errorf("import: the new file would have errors, so it was not written:\n%w", err)
	}
	if err := os.WriteFile(s.path, file, 0o644); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	s.printf("%s written: %s, %s. `slugline` starts the daemon.\n", s.path, plural(len(c.Sources), "source"), plural(len(c.Topics), "topic"))
	return nil
}

func (s *shell) insertSources(old []byte, sources []config.NewSource) error {
	file, err := config.Insert(old, sources)
	if err != nil {
		return fmt.Errorf("import into %s: %w", s.path, err)
	}
	before, wrongBefore := config.Parse(s.path, old, os.LookupEnv)
	after, err := config.Parse(s.path, file, os.LookupEnv)
	if err != nil && wrongBefore == nil {
		return fmt.Errorf("import: with these sources the file would have errors, so it was not changed:\n%w", err)
	}
	if err := replaceFile(s.path, file); err != nil {
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
	s.printf("%s added to %s; %d already there.\n", plural(added, "source"), s.path, max(len(sources)-added, 0))
	return nil
}

// flatten returns the feeds of all folders; a feed in two folders is one source with both.
func flatten(lines []feed.Outline) []config.NewSource {
	var out []config.NewSource
	at := map[string]int{}
	var walk func(lines []feed.Outline, folders []string)
	walk = func(lines []feed.Outline, folders []string) {
		for _, l := range lines {
			if l.Address == "" {
				walk(l.Children, append(folders[:len(folders):len(folders)], l.Title))
				continue
			}
			i, known := at[l.Address]
			if !known {
				i = len(out)
				at[l.Address] = i
				out = append(out, config.NewSource{Address: l.Address, Title: l.Title})
			}
			if n := len(folders); n > 0 && strings.TrimSpace(folders[n-1]) != "" {
				out[i].Folders = append(out[i].Folders, folders[n-1])
			}
			walk(l.Children, folders)
		}
	}
	walk(lines, nil)
	return out
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

// replaceFile replaces the content of path atomically. If path is a symbolic link, it
// replaces the target.
func replaceFile(path string, content []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	fi, err := os.Stat(target)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".slugline-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(fi.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}
