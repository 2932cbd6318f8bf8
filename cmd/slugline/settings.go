package main

import (
	"context"
	"os"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/trial"
)

// settings lets the desk change feeds.yaml.
func (d *daemon) settings() *newsroom.Settings {
	return &newsroom.Settings{
		Load: func() (*config.File, error) {
			b, err := os.ReadFile(d.path)
			if err != nil {
				return nil, err
			}
			return config.Load(d.path, b, d.env)
		},
		Writable: func() error { return config.Writable(d.path) },
		Write:    d.writeSettings,
		Try: func(ctx context.Context, address string) (*trial.Found, error) {
			return trial.Find(ctx, d.visits.client.Load(), fetch.Request{URL: address}, time.Now())
		},
	}
}

// writeSettings replaces feeds.yaml and returns when it is in force.
func (d *daemon) writeSettings(ctx context.Context, before, after []byte) error {
	d.writing.Lock()
	err := config.Replace(d.path, before, after)
	d.writing.Unlock()
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	select {
	case d.reloads <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
