package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// lockTimeout is how long a command waits for the database before it asks the daemon.
const lockTimeout = 100 * time.Millisecond

// answerTimeout is how long a command that finds no database waits for the answer of a
// daemon that may use it.
const answerTimeout = 2 * time.Second

// tokenFile returns the file with the daemon's own token for the desk.
func tokenFile(database string) string { return database + ".token" }

// openStore opens the database of feeds.yaml. It fails if there is none, and with
// store.ErrInUse while a daemon has it open.
func openStore(c *config.Config) (*store.Store, error) {
	if err := checkRemoved(c); err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.Database); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database %s yet: start the daemon with `slugline`, or visit the sources once with `slugline poll`", c.Database)
	}
	st, err := store.Open(c.Database, store.Options{Timeout: lockTimeout})
	if err == nil && c.Cluster != nil {
		st.ShareLocal(nil) // the daemon tells the other nodes when it runs
	}
	return st, err
}

// checkRemoved returns an error if there is no database, but a daemon uses it: a new one in
// its place would take what the daemon's readers never see.
func checkRemoved(c *config.Config) error {
	if _, err := os.Stat(c.Database); !errors.Is(err, fs.ErrNotExist) {
		return nil // the lock tells
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	if _, err := connect(ctx, c); err != nil {
		return nil // no daemon, or that of another database
	}
	return fmt.Errorf("%s was removed or renamed while a daemon uses it: put the file back, or stop the daemon, restore a backup and start it again", c.Database)
}

// ask reads from the database, or asks the daemon if that has it open.
func ask[T any](s *shell, c *config.Config, path string, q url.Values, read func(*store.Tx) (T, error)) (v T, err error) {
	st, err := openStore(c)
	if errors.Is(err, store.ErrInUse) {
		d, err := connect(s.ctx, c)
		if err != nil {
			return v, err
		}
		err = d.get(path, q, &v)
		return v, err
	}
	if err != nil {
		return v, err
	}
	err = st.View(func(tx *store.Tx) (err error) {
		v, err = read(tx)
		return err
	})
	return v, errors.Join(err, st.Close())
}

// client sends requests to the desk of the running daemon.
type client struct {
	ctx   context.Context
	base  string
	token string
}

// connect finds the daemon that has the database of feeds.yaml open.
func connect(ctx context.Context, c *config.Config) (*client, error) {
	d := &client{ctx: ctx, base: "http://" + dialAddress(c.Desk)}
	b, err := os.ReadFile(tokenFile(c.Database))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("read the token for the desk: %w", err)
	}
	var status view.Status
	err = d.get("/api/status", nil, &status) // without the token: it may be another daemon's desk
	d.token = strings.TrimSpace(string(b))
	if err != nil && d.token != "" {
		err = d.get("/api/status", nil, &status)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is in use, but the desk of the daemon that uses it does not answer: %w", c.Database, err)
	}
	ours, err := filepath.Abs(c.Database)
	if err != nil {
		return nil, err
	}
	if !sameFile(ours, status.Database) {
		return nil, fmt.Errorf("the daemon at %s has the database %s, not %s: name its feeds.yaml with --config", d.base, status.Database, ours)
	}
	return d, nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return a == b
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// dialAddress returns the address at which programs on this machine reach a listen address.
func dialAddress(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// open sends a request without a body. The caller closes the body of the response.
func (c *client) open(method, path string, q url.Values) (*http.Response, error) {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return c.send(method, path, nil)
}

func (c *client) send(method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(c.ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the desk: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var answer struct{ Error string }
	if json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer) != nil || answer.Error == "" {
		answer.Error = resp.Status
	}
	return nil, errors.New(answer.Error)
}

// post sends in as JSON and reads the answer into out.
func (c *client) post(path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	resp, err := c.send(http.MethodPost, path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	return nil
}

func (c *client) get(path string, q url.Values, v any) error {
	resp, err := c.open(http.MethodGet, path, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	return nil
}

// lines calls fn for each line of a response as it arrives.
func (c *client) lines(method, path string, q url.Values, fn func(line []byte) error) error {
	resp, err := c.open(method, path, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	in := bufio.NewScanner(resp.Body)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		if err := fn(in.Bytes()); err != nil {
			return err
		}
	}
	return in.Err()
}
