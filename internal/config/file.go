package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

// maxBytes is how large the file may be.
const maxBytes = 1 << 20

var topLevel = []string{
	"site", "listen", "desk", "desk_auth", "trusted_proxies", "database", "keep", "archive", "backup", "fetch",
	"sources", "topics", "alerts", "mail", "newsletters", "embeds",
}

// reader is one reading of the file.
type reader struct {
	env     func(string) (string, bool)
	lines   []string
	errs    []Error
	copied  int // nodes that aliases added
	weights map[*yaml.Node]int
	bomb    *yaml.Node // the alias that added too many
	dir     string     // the file's, for what is relative to it
	cfg     *Config
	sources []*source
	topics  []*topicNode
	letters []*letter
	mailed  []*yaml.Node // targets that need a mail server
}

// Read reads the file at path. env gives environment values, as os.LookupEnv
// does. What is wrong in the file comes as *Errors; a missing file is
// fs.ErrNotExist.
func Read(path string, env func(string) (string, bool)) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	return Parse(path, b, env)
}

// Parse reads file as if it stood at path.
func Parse(path string, file []byte, env func(string) (string, bool)) (*Config, error) {
	r := &reader{env: env, dir: filepath.Dir(path), cfg: &Config{Path: path}}
	r.lines = lines(file)
	root := r.tree(file)
	if root != nil {
		r.plain(root, 0)
	}
	if len(r.errs) == 0 {
		r.file(root)
		if r.bomb != nil {
			r.errs = nil // what is half read looks wrong everywhere
			r.fail(r.bomb, "the aliases of this file make it too large")
		} else {
			r.check(root)
		}
	}
	if err := r.failure(); err != nil {
		return nil, err
	}
	return r.cfg, nil
}

func lines(file []byte) []string {
	out := strings.Split(strings.TrimPrefix(string(file), bom), "\n")
	for i := range out {
		out[i] = strings.TrimSuffix(out[i], "\r")
	}
	return out
}

// plain refuses tags and deep nesting, so that nothing below meets them.
func (r *reader) plain(n *yaml.Node, depth int) {
	if n.Style&yaml.TaggedStyle != 0 {
		r.fail(n, "%s is a YAML tag, not a value: put the value in single quotes%s", n.Tag, r.quoteHint(n.Line))
	}
	if depth > 20 {
		r.fail(n, "nested too deeply")
		return
	}
	for _, c := range n.Content {
		r.plain(c, depth+1)
	}
}

func (r *reader) file(root *yaml.Node) {
	c := r.cfg
	r.defaults()
	database := "slugline.db"
	auth := "loopback"
	r.mapping(root, "feeds.yaml", fields{
		"site":            r.site,
		"listen":          r.listen(&c.Listen),
		"desk":            r.listen(&c.Desk),
		"desk_auth":       r.choice(&auth, "always", "loopback"),
		"trusted_proxies": r.proxies,
		"database":        r.text(&database),
		"keep":            r.span(&c.Keep, time.Minute),
		"archive":         r.archive,
		"backup":          r.backup,
		"fetch":           r.fetch,
		"sources":         func(n *yaml.Node) { r.each(n, r.source) },
		"topics":          func(n *yaml.Node) { r.each(n, r.topic) },
		"alerts":          func(n *yaml.Node) { r.each(n, r.alert) },
		"mail":            r.mail,
		"newsletters":     func(n *yaml.Node) { r.each(n, r.newsletter) },
		"embeds":          r.embeds,
	})
	c.DeskAuth = auth == "always"
	c.Database = r.beside(database)
}

func (r *reader) defaults() {
	c := r.cfg
	c.Listen, c.Desk = "127.0.0.1:8080", "127.0.0.1:8081"
	c.Keep = 30 * 24 * time.Hour
	c.Fetch = Fetch{Floor: 5 * time.Minute, PerHost: 1}
	c.Site = news.Site{Title: "Slugline", Language: "en", Zone: r.zone()}
}

// zone is the machine's, by its IANA name.
func (r *reader) zone() string {
	if tz, ok := r.env("TZ"); ok && tz != "" {
		if _, err := time.LoadLocation(tz); err == nil {
			return tz
		}
	}
	if to, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(filepath.ToSlash(to), "/zoneinfo/"); ok {
			if _, err := time.LoadLocation(name); err == nil {
				return name
			}
		}
	}
	return "UTC"
}

// beside resolves a path that is relative to the file.
func (r *reader) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.dir, path)
}

// tree is the one document of the file, or nil when something is wrong with it.
func (r *reader) tree(file []byte) (root *yaml.Node) {
	if len(file) > maxBytes {
		r.failAt(1, 1, "the file is larger than 1 MB")
		return nil
	}
	if line, column, what := unreadable(r.lines); what != "" {
		r.failAt(line, column, what)
		return nil
	}
	doc, err := document(file)
	var syntax *yaml.LoadError
	switch {
	case errors.As(err, &syntax):
		r.syntax(syntax)
	case err != nil:
		r.failAt(1, 1, "this is not YAML")
	case doc.second > 0:
		r.failAt(doc.second, 1, "a second document starts here; the file is one")
	case doc.root == nil:
		r.failAt(1, 1, "the file is empty: it needs at least `sources:` with an address")
	default:
		return doc.root
	}
	return nil
}
