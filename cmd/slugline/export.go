package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/site/export"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/tempfile"
)

type exportCommand struct {
	Dir  string `arg:"" optional:"" help:"Folder for the files; unchanged files are not written again."`
	OPML string `name:"opml" placeholder:"FILE" help:"Write a list of the topic feeds to this file."`
}

// Validate is called by kong.
func (e *exportCommand) Validate() error {
	if e.Dir == "" && e.OPML == "" {
		return errors.New("name a folder for the files, or --opml FILE for the list of topic feeds")
	}
	return nil
}

func (e *exportCommand) Run(s *shell) error {
	c, err := s.findConfig()
	if err != nil {
		return err
	}
	st, err := openStore(c)
	if errors.Is(err, store.ErrInUse) {
		return e.fromCopy(s, c)
	}
	if err != nil {
		return err
	}
	return errors.Join(e.write(s, c, &edition.Press{Store: st, NoHub: true}), st.Close())
}

// fromCopy exports from a copy that the running daemon makes. The feeds name its hub,
// which only a daemon has.
func (e *exportCommand) fromCopy(s *shell, c *config.Config) error {
	f, err := tempfile.Create("", "export")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer os.Remove(f.Name())
	if err := errors.Join(s.copyTo(s.ctx, c, f), f.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	st, err := store.Open(f.Name(), store.Options{Temporary: true})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return errors.Join(e.write(s, c, &edition.Press{Store: st}), st.Close())
}

func (e *exportCommand) write(s *shell, c *config.Config, press *edition.Press) error {
	st := press.Store
	if err := e.list(press); err != nil || e.Dir == "" {
		return err
	}
	site := &site.Site{Store: st, Editions: press, Keys: func(string) string { return "" }, Dir: filepath.Dir(c.Path), Log: s.log}
	if err := export.Write(site, e.Dir); err != nil {
		return err
	}
	var shown *news.Rules
	if err := st.View(func(tx *store.Tx) (err error) {
		shown, err = tx.Rules()
		return err
	}); err != nil {
		return err
	}
	address := c.Site.URL
	if shown != nil {
		address = shown.Site.URL
	}
	s.printf("%s has the public pages of %s.\n", e.Dir, address)
	return nil
}

// list writes the OPML file of --opml, the same as /topics.opml.
func (e *exportCommand) list(press *edition.Press) error {
	if e.OPML == "" {
		return nil
	}
	all, err := press.OPML()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.WriteFile(e.OPML, all.Body, 0o644); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
