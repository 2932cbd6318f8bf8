package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxBytes is the size limit of the file.
const maxBytes = 1 << 20

// maxDepth is how deeply the file may be nested.
const maxDepth = 20

// reader reads the values of one file and collects what is wrong with them.
type reader struct {
	path  string
	env   func(string) (string, bool)
	lines []string
	errs  []Error

	copied  int // nodes that aliases have added so far
	weights map[*yaml.Node]int
	bomb    *yaml.Node // the alias that added too many
}

// Read reads the file at path. env looks up environment values, as os.LookupEnv does. The
// error is *Errors if something is wrong in the file, and matches fs.ErrNotExist if there
// is no file.
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

// Parse reads the bytes of a file as Read would read them from path.
func Parse(path string, file []byte, env func(string) (string, bool)) (*Config, error) {
	f, err := Load(path, file, env)
	if err != nil {
		return nil, err
	}
	return f.Config, nil
}

func lines(file []byte) []string {
	out := strings.Split(strings.TrimPrefix(string(file), bom), "\n")
	for i := range out {
		out[i] = strings.TrimSuffix(out[i], "\r")
	}
	return out
}

// checkPlain refuses tags and deep nesting, so that the code below never sees them.
func (r *reader) checkPlain(n *yaml.Node, depth int) {
	if n.Style&yaml.TaggedStyle != 0 {
		r.fail(n, "%s is a YAML tag, not a value: put the value in single quotes%s", n.Tag, r.quoteHint(n.Line))
	}
	if depth > maxDepth {
		r.fail(n, "nested too deeply: the file has at most %d levels", maxDepth)
		return
	}
	for _, c := range n.Content {
		r.checkPlain(c, depth+1)
	}
}

// resolve returns a path that is relative to the file's folder as one relative to the
// working directory.
func (r *reader) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(r.path), path)
}

// tree returns the root of the one document in the file, or nil if the file can't be
// parsed.
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
		r.failAt(1, 1, "the file is not YAML: look at the quotes and the indentation")
	case doc.second > 0:
		r.failAt(doc.second, 1, "a second document starts here, and the file may have only one: remove this line")
	case doc.root == nil:
		r.failAt(1, 1, "the file is empty: it needs at least `sources:` with an address")
	default:
		return doc.root
	}
	return nil
}
