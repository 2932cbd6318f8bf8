package newsroom

import (
	"context"
	"errors"
	"net/http"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/trial"
)

// Settings is feeds.yaml as the desk changes it. All its functions must be set.
type Settings struct {
	// Load reads the file as it is now.
	Load func() (*config.File, error)

	// Writable returns nil if the file can be replaced, or why it can't, for readers.
	Writable func() error

	// Write replaces the file if it still has the bytes of before, and returns when its rules
	// are in force. The error is config.ErrChanged if it has others.
	Write func(ctx context.Context, before, after []byte) error

	// Try reads the feed at an address, or those that a web page there offers, as a visit of
	// a source would. The error says in plain words why there is none.
	Try func(ctx context.Context, address string) (*trial.Found, error)
}

var (
	errNoSettings = reply.Faultf(http.StatusNotFound, "This desk can't change feeds.yaml.")
	errConflict   = errors.New("feeds.yaml has been changed since this form was made, and nothing was written; look whether your change is still right, and send it again")
)

// settingsFile is feeds.yaml while a request works with it.
type settingsFile struct {
	*config.File
	byHand string // why it can't be written here; empty: it can
}

// openSettings reads feeds.yaml. A file with errors can't be changed.
func (d *Desk) openSettings() (*settingsFile, error) {
	if d.Settings == nil {
		return nil, errNoSettings
	}
	f, err := d.Settings.Load()
	if err != nil {
		return nil, reply.Faultf(http.StatusConflict, "feeds.yaml has errors, so nothing can be changed here. Correct it first.")
	}
	s := &settingsFile{File: f}
	if err := d.Settings.Writable(); err != nil {
		s.byHand = err.Error()
	}
	return s, nil
}

// version stands for the bytes of the file in forms.
func (f *settingsFile) version() string { return config.VersionOf(f.Bytes) }

// writeSettings writes a change of feeds.yaml that was made for a version of it, and waits
// until it is in force.
func (d *Desk) writeSettings(ctx context.Context, f *settingsFile, version string, after []byte) error {
	if version != f.version() {
		return errConflict
	}
	err := d.Settings.Write(ctx, f.Bytes, after)
	if errors.Is(err, config.ErrChanged) {
		return errConflict
	}
	return err
}
