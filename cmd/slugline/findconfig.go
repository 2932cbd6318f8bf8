package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/view"
)

// findConfig reads feeds.yaml for a command that only needs the database or the daemon.
// If the file has errors but a daemon is running, it uses the daemon, which still has the
// previous version.
func (s *shell) findConfig() (*config.Config, error) {
	c, err := s.config()
	var file *config.Errors
	if !errors.As(err, &file) {
		return c, err
	}
	c = s.partialConfig()
	if c == nil {
		return nil, err
	}
	d, unreached := connect(s.ctx, c)
	if unreached != nil {
		return nil, err
	}
	var list []view.Source
	if d.get("/api/sources", nil, &list) != nil {
		return nil, err
	}
	fmt.Fprintf(s.err, "slugline: %s has errors, see `slugline check`; asking the daemon, which still uses the previous version\n", s.path)
	c.Sources = sourceConfigs(list)
	return c, nil
}

// locationKeys matches the keys that say where daemon and database are.
var locationKeys = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^(desk|database):.*$`) })

// partialConfig reads only desk and database from a file that has errors. A key that is invalid
// itself has its default. It returns nil if there is no such file.
func (s *shell) partialConfig() *config.Config {
	b, err := os.ReadFile(s.path)
	if err != nil {
		return nil
	}
	const least = "sources: [https://none.invalid/]\n"
	good := least
	for _, line := range locationKeys().FindAllString(strings.ReplaceAll(string(b), "\r", ""), -1) {
		if _, err := config.Parse(s.path, []byte(good+line+"\n"), os.LookupEnv); err == nil {
			good += line + "\n"
		}
	}
	c, err := config.Parse(s.path, []byte(good), os.LookupEnv)
	if err != nil {
		return nil
	}
	return c
}

func sourceConfigs(list []view.Source) []news.SourceConfig {
	var out []news.SourceConfig
	for i := range list {
		if src := &list[i]; !src.Removed {
			var known news.SourceConfig
			known.Name, known.Title, known.Address = src.Name, src.Title, src.Address
			known.Tags, known.Language = src.Tags, src.Language
			out = append(out, known)
		}
	}
	return out
}
