package main

import (
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/site"
)

// newNotifier sends what feeds.yaml in force says.
func (h *house) newNotifier() *notify.Notifier {
	return &notify.Notifier{
		Store: h.store, Live: &h.live, File: h.journal.File, Transport: h.visits, Now: time.Now, Log: h.log,
		Settings: h.sending, Items: site.NewsletterIssue, Offline: h.visits.Offline,
	}
}

// sending is what the file in force says of sending. It is made once for each.
func (h *house) sending() *notify.Settings {
	cfg := h.cfg.Load()
	if s := h.sends.Load(); s != nil && s.of == cfg {
		return s.Settings
	}
	s := sendingOf{cfg, sending(cfg)}
	h.sends.Store(&s)
	return s.Settings
}

type sendingOf struct {
	of *config.Config
	*notify.Settings
}

// sending is what a file says of sending.
func sending(c *config.Config) *notify.Settings {
	s := &notify.Settings{Site: c.Site, Alerts: c.Rules().Alerts, Targets: map[string]notify.Target{}, Titles: map[string]string{}}
	for _, a := range c.Alerts {
		for _, t := range a.To {
			s.Targets[t.ID] = notify.Target{Target: t.Target, Address: t.Address, Secret: t.Secret}
		}
	}
	if c.Mail != nil {
		s.Mail = &notify.Mail{SMTP: c.Mail.SMTP, From: c.Mail.From}
	}
	for _, l := range c.Newsletters {
		s.Newsletters = append(s.Newsletters, notify.Newsletter{Name: l.Name, Topic: l.Topic, At: l.At, Days: l.Days})
		for _, t := range c.Topics {
			if t.Name == l.Topic {
				s.Titles[l.Name] = t.Title
			}
		}
	}
	s.NewslettersHash = fmt.Sprint(s.Newsletters)
	return s
}
