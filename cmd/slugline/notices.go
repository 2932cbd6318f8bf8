package main

import (
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/notify"
)

// newNotifier sends what feeds.yaml in force says.
func (h *house) newNotifier() *notify.Notifier {
	return &notify.Notifier{
		Store: h.store, Live: &h.live, File: h.desk.File, Transport: h.visits, Now: time.Now, Log: h.log,
		Settings: func() *notify.Settings { return sending(h.cfg.Load()) },
	}
}

// sending is what a file says of sending.
func sending(c *config.Config) *notify.Settings {
	s := &notify.Settings{Site: c.Site, Alerts: c.Rules().Alerts, Targets: map[string]notify.Target{}}
	for _, a := range c.Alerts {
		for _, t := range a.To {
			s.Targets[t.ID] = notify.Target{Target: t.Target, Address: t.Address, Secret: t.Secret}
		}
	}
	if c.Mail != nil {
		s.Mail = &notify.Mail{SMTP: c.Mail.SMTP, From: c.Mail.From}
	}
	return s
}
