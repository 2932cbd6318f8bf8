package main

import (
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/topic"
)

type helpCommand struct {
	Page string `arg:"" optional:"" placeholder:"feeds.yaml|queries" help:"feeds.yaml explains every key of the file, queries the query language; without it, the commands are listed."`
}

// Run prints the usage, or every key of feeds.yaml.
func (c *helpCommand) Run(s *shell, k *kong.Context) error {
	switch c.Page {
	case "":
		root := *k
		root.Path = k.Path[:1]
		return root.PrintUsage(false)
	case "feeds.yaml":
		return config.WriteHelp(s.out)
	case "queries":
		return s.printQueryHelp()
	}
	return usageError{fmt.Errorf("there is no help about %q; see `slugline help feeds.yaml` for the file, `slugline help queries` for its queries and `slugline COMMAND --help` for a command", c.Page)}
}

// printQueryHelp explains the query language of topics, alerts and searches.
func (s *shell) printQueryHelp() error {
	s.printf("Topics, alerts, searches and `slugline preview` have one query language:\n\n")
	for _, e := range topic.Syntax {
		s.printf("  %-26s %s\n", e.Query, e.Finds)
	}
	s.printf("\nFields:\n\n")
	for _, f := range topic.Fields {
		s.printf("  %-26s %s\n", f.Example, f.Matches)
	}
	s.printf("\nIn feeds.yaml, put the whole query in single quotes.\n")
	return s.out.err
}

type schemaCommand struct{}

// Run prints feeds.yaml as JSON Schema.
func (schemaCommand) Run(s *shell) error {
	b, err := config.Schema()
	if err != nil {
		return err
	}
	_, err = s.out.Write(b)
	return err
}
