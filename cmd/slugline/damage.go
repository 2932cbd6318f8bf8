package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
)

// maxBackupCheck bounds how long backups are checked to name one in an error.
const maxBackupCheck = time.Minute

// wayOut names the command that restores the newest good scheduled backup, when it is first
// asked.
type wayOut struct {
	path    string // of feeds.yaml
	once    sync.Once
	command string // empty when there is no such backup
}

func (w *wayOut) restoreCommand() string {
	w.once.Do(func() {
		c, err := config.Read(w.path, os.LookupEnv)
		if err != nil || c.Backup == nil {
			return
		}
		if path := newestGood(c.Backup.To); path != "" {
			w.command = commandLine(w.path, "restore", path)
		}
	})
	return w.command
}

// newestGood returns the newest scheduled copy in a folder that is not damaged; empty when
// there is none. The newest one has to do when there is no time to check more.
func newestGood(dir string) string {
	copies, err := scheduledCopies(dir, time.Now())
	if err != nil || len(copies) == 0 {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxBackupCheck)
	defer cancel()
	for _, path := range slices.Backward(copies) {
		if _, err := verifyFile(ctx, path, nil); err == nil {
			return path
		}
		if ctx.Err() != nil {
			return copies[len(copies)-1]
		}
	}
	return ""
}

// explain adds to an error of damage what to do, and to one of a file that may have lost its
// beginning.
func (w *wayOut) explain(err error) error {
	if !errors.Is(err, store.ErrDamaged) && !(errors.Is(err, store.ErrForeign) && strings.HasSuffix(err.Error(), "restore the last backup")) {
		return err
	}
	if command := w.restoreCommand(); command != "" {
		return fmt.Errorf("%w: `%s`", err, command)
	}
	return fmt.Errorf("%w with `%s`", err, commandLine(w.path, "restore", "FILE"))
}

// damageEvery is the time between two lines of a log about the same damage, which every
// request may meet.
const damageEvery = 10 * time.Minute

// damageHandler adds to each line of a log about damage what to do, and drops the lines that
// say the same again soon.
type damageHandler struct {
	slog.Handler
	wayOut *wayOut
	said   *saidLines
}

// newDamageHandler returns a handler that passes lines on to h.
func newDamageHandler(h slog.Handler, w *wayOut) damageHandler {
	return damageHandler{h, w, &saidLines{at: map[string]time.Time{}}}
}

// saidLines are the errors that were logged lately.
type saidLines struct {
	mu sync.Mutex // guards the field below
	at map[string]time.Time
}

// again reports whether an error was logged less than damageEvery before now, and notes it
// otherwise.
func (s *saidLines) again(err error, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.at, func(_ string, at time.Time) bool { return now.Sub(at) >= damageEvery })
	if _, ok := s.at[err.Error()]; ok {
		return true
	}
	s.at[err.Error()] = now
	return false
}

func (h damageHandler) Handle(ctx context.Context, r slog.Record) error {
	var damage error
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok && errors.Is(err, store.ErrDamaged) {
			damage = err
		}
		return damage == nil
	})
	if damage != nil && h.said.again(damage, r.Time) {
		return nil
	}
	if damage != nil {
		command := h.wayOut.restoreCommand()
		if command == "" {
			command = commandLine(h.wayOut.path, "restore", "FILE")
		}
		r.AddAttrs(slog.String("repair", command))
	}
	return h.Handler.Handle(ctx, r)
}

func (h damageHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return damageHandler{h.Handler.WithAttrs(attrs), h.wayOut, h.said}
}

func (h damageHandler) WithGroup(name string) slog.Handler {
	return damageHandler{h.Handler.WithGroup(name), h.wayOut, h.said}
}

// commandLine returns what to type for a command that uses a feeds.yaml, quoted for a shell.
func commandLine(config string, words ...string) string {
	line := []string{"slugline"}
	if config != "feeds.yaml" {
		line = append(line, "--config", shellQuoted(config))
	}
	for _, word := range words {
		line = append(line, shellQuoted(word))
	}
	return strings.Join(line, " ")
}

func shellQuoted(word string) string {
	if !strings.ContainsAny(word, " \t'\"\\$&;()<>|*?[]#~`!") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
