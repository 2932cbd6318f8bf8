package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// simMessage is what the follower of a simulation is told; one of the fields is set.
type simMessage struct {
	Record  *news.Record `json:",omitempty"` // to be applied; Seq is the one that the first node gave it
	Reopen  bool         `json:",omitempty"` // as a restart would
	Compare string       `json:",omitempty"` // path of a copy of the first node's database, with which the own one is compared
	Verify  string       `json:",omitempty"` // path of one that is to be verified
}

// simAnswer is the follower's answer to a file of messages.
type simAnswer struct{ Faults []string }

// followerMain is the process of a follower: follower DATABASE CREATED, with CREATED as in RFC
// 3339. It reads paths of files of messages, one a line. It deletes each file, and each copy that
// a message names, when it has done what it says, and then writes an answer.
func followerMain() {
	if err := follow(os.Args[1], os.Args[2], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "the follower of the simulation:", err)
		os.Exit(1)
	}
}

func follow(path, created string, in io.Reader, out io.Writer) error {
	at, err := time.Parse(time.RFC3339Nano, created)
	if err != nil {
		return err
	}
	n := &followerNode{path: path, created: at}
	if err := n.open(); err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		n.faults = nil
		if err := n.obey(lines.Text()); err != nil {
			return err
		}
		if err := answers.Encode(simAnswer{n.faults}); err != nil {
			return err
		}
	}
	return errors.Join(lines.Err(), n.close())
}

// followerNode is the store and the desk of a follower.
type followerNode struct {
	path    string
	created time.Time
	store   *store.Store
	desk    *desk.Desk
	end     context.CancelFunc
	stopped chan error
	faults  []string
}

func (n *followerNode) fault(format string, args ...any) {
	n.faults = append(n.faults, fmt.Sprintf(format, args...))
}

func (n *followerNode) open() (err error) {
	if n.store, err = store.Open(n.path, store.Options{Created: n.created}); err != nil {
		return err
	}
	if n.desk, err = desk.Open(n.store, nil, nil, nil); err != nil {
		return err
	}
	var ctx context.Context
	ctx, n.end = context.WithCancel(context.Background())
	n.stopped = make(chan error, 1)
	go func() { n.stopped <- n.desk.Run(ctx) }()
	return nil
}

func (n *followerNode) close() error {
	n.end()
	return errors.Join(<-n.stopped, n.store.Close())
}

// obey does what a file says.
func (n *followerNode) obey(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	d := json.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	for {
		var m simMessage
		if err := d.Decode(&m); err == io.EOF {
			return os.Remove(path)
		} else if err != nil {
			return err
		}
		if err := n.do(m); err != nil {
			return err
		}
	}
}

func (n *followerNode) do(m simMessage) error {
	switch {
	case m.Record != nil:
		return n.apply(*m.Record)
	case m.Reopen:
		if err := n.close(); err != nil {
			return err
		}
		return n.open()
	case m.Compare != "":
		return errors.Join(n.compare(m.Compare), os.Remove(m.Compare))
	default:
		if err := store.Verify(m.Verify); err != nil {
			n.fault("the database of the first node: %v", err)
		}
		return os.Remove(m.Verify)
	}
}

func (n *followerNode) apply(r news.Record) error {
	if r.Seq != n.store.Seq()+1 {
		n.fault("record %d follows %d", r.Seq, n.store.Seq())
	}
	r.Seq = 0 // each desk gives its own
	return n.desk.File(context.Background(), r)
}

// compare compares the own state with that of the first node.
func (n *followerNode) compare(path string) error {
	first, err := store.Open(path, store.Options{Temporary: true})
	if err != nil {
		return err
	}
	want, err := first.Digest()
	if err != nil {
		return err
	}
	own, err := n.store.Digest()
	if err != nil {
		return err
	}
	if own != want {
		n.fault("the same records gave another state: record %d here, %d there", n.store.Seq(), first.Seq())
		for _, b := range simBuckets {
			n.compareBucket(first, b)
		}
	}
	return first.Close()
}

// simBuckets are the buckets of the shared half.
var simBuckets = []string{"state", "applied", "filed", "sources", "topics", "born", "entries", "bodies", "keys", "texts", "fading", "stories", "timeline", "places", "claims", "changes", "signatures", "orders", "events", "archives", "notices", "rung", "held", "restored", "restored-keys"}

// compareBucket says where a bucket differs first from that of the first node.
func (n *followerNode) compareBucket(first *store.Store, bucket string) {
	var own, want strings.Builder
	if err := errors.Join(n.store.Dump(bucket, &own), first.Dump(bucket, &want)); err != nil {
		n.fault("%s: %v", bucket, err)
	}
	there, here := strings.Split(want.String(), "\n"), strings.Split(own.String(), "\n")
	for i := range min(len(here), len(there)) {
		if here[i] != there[i] {
			n.fault("%s: %s, and of the first node %s", bucket, here[i], there[i])
			return
		}
	}
}
