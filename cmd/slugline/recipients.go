package main

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

type recipientsCommand struct {
	Newsletter string `arg:"" optional:"" help:"Only subscribers of this newsletter."`
	Remove     string `placeholder:"ADDRESS" help:"Delete this address and its unsent mails, for the named newsletter or for all."`
}

func (c *recipientsCommand) Run(s *shell) error {
	conf, err := s.findConfig()
	if err != nil {
		return err
	}
	if c.Remove != "" {
		return c.remove(s, conf)
	}
	list, err := ask(s, conf, "/api/recipients", url.Values{"newsletter": {c.Newsletter}}, func(tx *store.Tx) ([]view.Recipient, error) {
		return view.Recipients(tx, c.Newsletter)
	})
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(list)
	}
	for _, r := range list { // tab-separated, for other programs
		confirmed := "-"
		if !r.Confirmed.IsZero() {
			confirmed = r.Confirmed.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(printable{s.out}, "%s\t%s\t%s\t%s\n", r.Address, r.Newsletter, confirmed, r.Language)
	}
	return nil
}

// remove deletes an address, through the daemon if one has the database open.
func (c *recipientsCommand) remove(s *shell, conf *config.Config) error {
	done, err := c.delete(s, conf)
	switch {
	case err != nil:
		return err
	case s.json:
		return s.printJSON(done)
	case done.From == 0:
		return fmt.Errorf("%s is not subscribed", c.Remove)
	}
	s.printf("%s was deleted.\n", c.Remove)
	return nil
}

func (c *recipientsCommand) delete(s *shell, conf *config.Config) (done view.RecipientResult, err error) {
	st, err := openStore(conf)
	if errors.Is(err, store.ErrInUse) {
		d, err := connect(s.ctx, conf)
		if err != nil {
			return done, err
		}
		return done, d.post("/api/recipients", &view.RecipientRequest{Address: c.Remove, Newsletter: c.Newsletter}, &done)
	}
	if err != nil {
		return done, err
	}
	err = st.Update(func(tx *store.Tx) (err error) {
		done.From, err = notify.DeleteAddress(tx, c.Remove, c.Newsletter)
		return err
	})
	return done, errors.Join(err, st.Close())
}
