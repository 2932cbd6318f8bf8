package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/view"
)

// findConfig reads feeds.yaml for a command that only needs to find the database or
// the daemon that holds it. While the file is wrong a running daemon is asked, which
// goes by the last good one.
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
	fmt.Fprintf(s.err, "slugline: %s is wrong, see `slugline check`; asking the daemon, which goes by the last good one\n", s.path)
	c.Sources = sourceConfigs(list)
	return c, nil
}

// locationKeys finds the keys that say where the daemon is.
var locationKeys = regexp.MustCompile(`(?m)^(desk|database):.*$`)

// partialConfig reads desk and database of a wrong file, as far as they can be read by
// themselves; else they have their defaults.
func (s *shell) partialConfig() *config.Config {
	b, err := os.ReadFile(s.path)
	if err != nil {
		return nil
	}
	const least = "sources: [https://none.invalid/]\n"
	good := least
	for _, line := range locationKeys.FindAllString(strings.ReplaceAll(string(b), "\r", ""), -1) {
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
