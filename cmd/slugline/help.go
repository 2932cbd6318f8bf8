package main

import (
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/slugline/slugline/internal/config"
)

type helpCommand struct {
	Page string `arg:"" optional:"" placeholder:"feeds.yaml" help:"feeds.yaml explains every key of the file; without it, the commands are listed."`
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
	}
	return usageError{fmt.Errorf("there is no help about %q; see `slugline help feeds.yaml` for the file and `slugline COMMAND --help` for a command", c.Page)}
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
