package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
)

type tokenCommand struct {
	Name   string `arg:"" optional:"" help:"The name of the person; decisions made with the token carry it. Without a name, tokens are listed."`
	Read   bool   `help:"The token allows reading only."`
	Revoke bool   `help:"Revoke the token of this name."`
}

func (c *tokenCommand) Run(s *shell) error {
	conf, err := s.findConfig()
	if err != nil {
		return err
	}
	if c.Name == "" {
		return s.listTokens(conf)
	}
	made, err := c.change(s, conf)
	switch {
	case err != nil:
		return err
	case s.json:
		return s.printJSON(made)
	case c.Revoke:
		s.printf("The token of %s was revoked. Its stars are kept: a new token of this name has them again.\n", c.Name)
	default:
		s.printf("%s\n", made.Secret)
		fmt.Fprintf(s.err, "This is the token of %s; it is not shown again. Send it as Authorization: Bearer TOKEN, or sign in at http://%s/login.\n", c.Name, dialAddress(conf.Desk))
	}
	return nil
}

// change makes or revokes a token, through the daemon if one has the database open.
func (c *tokenCommand) change(s *shell, conf *config.Config) (*newsroom.Token, error) {
	made := &newsroom.Token{Name: c.Name}
	st, err := openStore(conf)
	if errors.Is(err, store.ErrInUse) {
		d, err := connect(s.ctx, conf)
		if err != nil {
			return nil, err
		}
		return made, d.post("/api/tokens", &newsroom.TokenRequest{Name: c.Name, Read: c.Read, Revoke: c.Revoke}, made)
	}
	if err != nil {
		return nil, err
	}
	err = st.Update(func(tx *store.Tx) (err error) {
		if c.Revoke {
			return newsroom.DeleteToken(tx, c.Name)
		}
		made, err = newsroom.MakeToken(tx, c.Name, c.Read, time.Now())
		return err
	})
	return made, errors.Join(err, st.Close())
}

func (s *shell) listTokens(conf *config.Config) error {
	list, err := ask(s, conf, "/api/tokens", nil, newsroom.Tokens)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(list)
	}
	t := s.table()
	fmt.Fprintln(t, "TOKEN\tMAY\tMADE")
	for _, k := range list {
		may := "read and change"
		if k.Read {
			may = "read"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", k.Name, may, k.Made.In(zoneOf(conf)).Format("2006-01-02 15:04"))
	}
	return t.Flush()
}
