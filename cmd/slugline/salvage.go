package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/store"
)

type salvageCommand struct {
	File  string `arg:""`
	After uint64 `arg:""`
}

// Run writes what can be read of a database as JSON, one row a line.
func (c *salvageCommand) Run(s *shell) error {
	out := bufio.NewWriterSize(s.out, 1<<16)
	e := json.NewEncoder(out)
	err := store.Salvage(c.File, c.After, func(row store.Salvaged) error { return e.Encode(row) })
	return errors.Join(err, out.Flush())
}

// salvageInChild calls fn for what can be read of a database that may be damaged. It does so
// in a child process, because a damaged file can crash the process that reads it. read tells
// an error of reading, after which fn has what could be read, from one of fn.
func salvageInChild(ctx context.Context, path string, after uint64, fn func(store.Salvaged) error) (read, err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = []string{"slugline", "salvage", path, strconv.FormatUint(after, 10)}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	err = readSalvaged(out, fn)
	cancelled := ctx.Err()
	if err != nil {
		cancel()
	}
	read = cmd.Wait()
	if err = errors.Join(cancelled, err); err != nil {
		return nil, err
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n"); read != nil && first != "" {
		read = errors.New(strings.TrimPrefix(first, "slugline: "))
	}
	return read, nil
}

// readSalvaged calls fn for each line. A line that is cut off ends it.
func readSalvaged(in io.Reader, fn func(store.Salvaged) error) error {
	d := json.NewDecoder(in)
	for {
		var row store.Salvaged
		err := d.Decode(&row)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the present database: %w", err)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}
