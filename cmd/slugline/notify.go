package main

import (
	"fmt"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/site"
)

// newNotifier returns the notifier, which follows the feeds.yaml in force.
func (d *daemon) newNotifier() *notify.Notifier {
	return &notify.Notifier{
		Store: d.store, Live: &d.live, File: d.journal.File, Transport: &d.visits.targets, Now: d.clock.Now, Log: d.log,
		Settings: d.notifySettings, Items: site.NewsletterIssue, Offline: d.visits.Offline,
	}
}

// notifySettings returns the settings of the notifier from the configuration in force. It
// computes them once for each configuration.
func (d *daemon) notifySettings() *notify.Settings {
	cfg := d.cfg.Load()
	if s := d.cachedSending.Load(); s != nil && s.config == cfg {
		return s.Settings
	}
	s := cachedSettings{cfg, notifySettings(cfg)}
	d.cachedSending.Store(&s)
	return s.Settings
}

type cachedSettings struct {
	config *config.Config
	*notify.Settings
}

// notifySettings returns the settings of the notifier from a configuration.
func notifySettings(c *config.Config) *notify.Settings {
	s := &notify.Settings{Site: c.Site, Alerts: c.Rules().Alerts, Targets: map[string]notify.Target{}, Titles: map[string]string{}}
	add := func(t *config.Target) {
		s.Targets[t.ID] = notify.Target{
			Target: t.Target, Address: t.Address, Recipient: t.Recipient, Token: t.Token, Secret: t.Secret, Header: t.Header, Template: t.Template,
		}
	}
	for _, a := range c.Alerts {
		for i := range a.To {
			add(&a.To[i])
		}
	}
	for i := range c.Targets {
		add(&c.Targets[i].Target)
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
