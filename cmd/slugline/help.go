package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/topic"
)

type helpCommand struct {
	Page string `arg:"" optional:"" placeholder:"feeds.yaml|queries|KEY|COMMAND" help:"feeds.yaml explains every key of the file, the name of a key only that one, queries the query language; without it, the commands are listed."`
}

// Run prints the usage, the keys of feeds.yaml, the query language, or the usage of a command.
func (c *helpCommand) Run(s *shell, k *kong.Context) error {
	switch c.Page {
	case "":
		return printUsage(k, nil)
	case "feeds.yaml":
		return config.WriteHelp(s.out)
	case "queries":
		return s.printQueryHelp()
	}
	command := commandNamed(k, c.Page)
	text := config.KeyHelp(c.Page) + fieldHelp(c.Page)
	if text != "" && command != nil {
		text += fmt.Sprintf("\n`slugline %s --help` explains the command.\n", command.Name)
	}
	if text == "" && command != nil {
		return printUsage(k, command)
	}
	if text = cmp.Or(text, config.SimilarKeyHelp(c.Page)); text != "" {
		s.printf("%s", strings.TrimPrefix(text, "\n"))
		return s.out.err
	}
	return usageError{fmt.Errorf("there is no help about %q; name a key of feeds.yaml or a command, or see `slugline help feeds.yaml` for all keys and `slugline help queries` for queries", c.Page)}
}

// fieldHelp explains the field of the query language with a name. It is empty if there is none.
func fieldHelp(name string) string {
	for _, f := range topic.Fields {
		if f.Name == strings.TrimSuffix(name, ":") {
			return fmt.Sprintf("\nIN QUERIES\n\n  %-16s %s\n", f.Example, f.Matches)
		}
	}
	return ""
}

// printUsage prints the usage of a command; nil: the list of the commands.
func printUsage(k *kong.Context, command *kong.Node) error {
	root := *k
	root.Path = slices.Clone(k.Path[:1])
	if command != nil {
		root.Path = append(root.Path, &kong.Path{Command: command})
	}
	return root.PrintUsage(false)
}

// commandNamed returns the command with a name, or nil.
func commandNamed(k *kong.Context, name string) *kong.Node {
	for _, n := range k.Model.Children {
		if n.Name == name && !n.Hidden {
			return n
		}
	}
	return nil
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
