package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/tempfile"
	"github.com/slugline/slugline/internal/wire"
)

// clusterConfig reads feeds.yaml of a node of a cluster.
func (s *shell) clusterConfig(command string) (*config.Config, error) {
	c, err := s.config()
	if err == nil && c.Cluster == nil {
		err = usageError{fmt.Errorf("cluster %s: feeds.yaml has no `cluster:`: this node is alone", command)}
	}
	return c, err
}

// askCluster has the running daemon do a task.
func askCluster(ctx context.Context, c *config.Config, task string, answer any) error {
	d, err := connect(ctx, c)
	if err != nil {
		return err
	}
	return d.post("/api/cluster", map[string]string{"do": task}, answer)
}

// isRunning reports whether a daemon or another command has the database open.
func isRunning(c *config.Config) (bool, error) {
	held, err := store.Hold(c.Database)
	if errors.Is(err, store.ErrInUse) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, held.Release()
}

type clusterVerifyCommand struct{}

// Run compares digests. Nodes that differ, or do not answer, are a failure.
func (clusterVerifyCommand) Run(s *shell) error {
	c, err := s.clusterConfig("verify")
	if err != nil {
		return err
	}
	var found clusterDigests
	if err := askCluster(s.ctx, c, "verify", &found); err != nil {
		return fmt.Errorf("cluster verify: %w", err)
	}
	if s.json {
		err = s.printJSON(found)
	} else {
		t := s.table()
		fmt.Fprintln(t, "NODE\tDIGEST\tSAYS")
		for _, n := range found.Nodes {
			fmt.Fprintf(t, "%s\t%s\t%s\n", n.Node, orDash(n.Digest), n.Says)
		}
		err = t.Flush()
	}
	if err == nil && !found.Same {
		err = fmt.Errorf("cluster verify: not all nodes have the same after record %d of the log; `slugline cluster status` says what to do", found.Record)
	}
	return err
}

type clusterAdoptCommand struct {
	Yes bool `help:"Adopt the log. Without it, the command says what that means."`
}

// Run lets the database of this node go on with another log.
func (a *clusterAdoptCommand) Run(s *shell) error {
	c, err := s.clusterConfig("adopt")
	if err != nil {
		return err
	}
	switch running, err := isRunning(c); {
	case err != nil:
		return fmt.Errorf("cluster adopt: %w", err)
	case !running:
		return errors.New("cluster adopt: start Slugline first: the running daemon asks the cluster for its log")
	}
	task := "ask-adopt"
	if a.Yes {
		task = "adopt"
	}
	var found wire.Adoption
	if err := askCluster(s.ctx, c, task, &found); err != nil {
		return fmt.Errorf("cluster adopt: %w", err)
	}
	if s.json {
		return s.printJSON(found)
	}
	s.printf("This node's database has applied %s of the log %s.\nThe cluster has the log %s, with %s.\n", plural(int(found.Applied), "record"), found.Old, found.New, plural(int(found.Records), "record"))
	if a.Yes {
		s.printf("\nAdopted: this node applies the new log from its first record on. Run it on each node that had the old log, and then `slugline cluster verify`.\n")
		return nil
	}
	s.printf("\nTo adopt it means that this node keeps its stories, gives up the old log for ever and applies the new one from its first record on. Do so only if all nodes had applied the same records of the old log: a node that had not differs from the others from then on, says so within seconds, and needs `slugline cluster join`.\n")
	return errors.New("cluster adopt: nothing has changed; to adopt the log, use `slugline cluster adopt --yes`")
}

// peerFlags say where a copy of a database comes from.
type peerFlags struct {
	Token string `placeholder:"FILE" help:"A file with a token of that desk, if it asks for one: slugline token NAME makes it there."`
}

type clusterJoinCommand struct {
	From string `arg:"" name:"from" placeholder:"URL|FILE" help:"The desk of a node that is ready, such as http://10.1.0.1:8081, or a file that slugline backup made on it."`
	peerFlags
	Yes bool `help:"Also where this database is not of the same log: its own stories are no longer served then."`
}

// Run replaces this node's database by a copy of another node's.
func (j *clusterJoinCommand) Run(s *shell) error {
	c, err := s.clusterConfig("join")
	if err != nil {
		return err
	}
	done, err := replaceDatabase(s, c, j.From, j.Token, j.Yes)
	if err != nil {
		return fmt.Errorf("cluster join: %w", err)
	}
	return done.print(s)
}

type clusterRepairCommand struct {
	Node     string `arg:"" help:"The name of this node."`
	Database bool   `help:"Also replace the database by a copy of another node's, and keep it under another name. The daemon must not be running."`
	From     string `placeholder:"URL" help:"The desk of a node that is ready, such as http://10.1.0.1:8081. Not needed while the daemon runs."`
	peerFlags
}

// Run repairs this node's replica of the log, and its database.
func (r *clusterRepairCommand) Run(s *shell) error {
	c, err := s.clusterConfig("repair")
	if err != nil {
		return err
	}
	if r.Node != c.Cluster.Node {
		return usageError{fmt.Errorf("cluster repair: this is %s, and a repair deletes files of the node itself: run `slugline cluster repair %s` on %[2]s", c.Cluster.Node, r.Node)}
	}
	running, err := isRunning(c)
	switch {
	case err != nil:
	case c.Cluster.NATS != nil && !r.Database:
		err = errNoReplica
	case running && r.Database:
		err = fmt.Errorf("the daemon has %s open: stop it (`systemctl stop slugline` where systemd runs it), and try again", c.Database)
	case running:
		err = r.refill(s, c)
	default:
		err = r.repair(s, c)
	}
	if err != nil {
		return fmt.Errorf("cluster repair: %w", err)
	}
	return nil
}

// refill has the running daemon fill its replica again.
func (r *clusterRepairCommand) refill(s *shell, c *config.Config) error {
	var done refilled
	if err := askCluster(s.ctx, c, "refill", &done); err != nil {
		return err
	}
	if s.json {
		return s.printJSON(done)
	}
	s.printf("The replica of the log on %s was deleted and filled again: %s in %d s. The daemon goes on by itself.\n", done.Node, plural(int(done.Records), "record"), done.Seconds)
	return nil
}

// repair deletes the replica of a node whose daemon does not run, once it is known that the
// others have all of the log, and replaces its database if it is to.
func (r *clusterRepairCommand) repair(s *shell, c *config.Config) error {
	if r.From == "" {
		return usageError{errors.New("the daemon of this node does not run, so name a node that is ready: --from with the address of its desk, such as http://10.1.0.1:8081")}
	}
	if _, err := os.Stat(r.From); err == nil {
		return usageError{fmt.Errorf("%s is a file, which can't tell whether the other nodes have the whole log: name the desk of one, or use `slugline cluster join %[1]s` for the database alone", r.From)}
	}
	p, err := peerDesk(s.ctx, r.From, r.Token)
	if err != nil {
		return err
	}
	if err := p.awaitOthers(c.Cluster); err != nil {
		return err
	}
	if r.Database {
		done, err := replaceDatabase(s, c, r.From, r.Token, false)
		if err != nil {
			return err
		}
		if err := done.print(s); err != nil {
			return err
		}
	}
	if !c.Cluster.KeepsLog() {
		return nil
	}
	if err := os.RemoveAll(c.Cluster.Dir); err != nil {
		return err
	}
	if !s.json {
		s.printf("The replica of the log in %s is deleted. Start Slugline: the other nodes fill it again.\n", c.Cluster.Dir)
	}
	return nil
}

// A node that was repaired a moment ago is shown as well after some seconds.
const (
	askOthersFor   = 30 * time.Second
	askOthersEvery = time.Second
)

// awaitOthers asks another node whether the log is whole without this one's replica, for some
// seconds until it is.
func (c *client) awaitOthers(own *config.Cluster) error {
	for begun := time.Now(); ; pauseFor(c.ctx, askOthersEvery) {
		err := c.checkOthers(own)
		if err == nil || errors.As(err, new(usageError)) || c.ctx.Err() != nil || time.Since(begun) > askOthersFor {
			return err
		}
	}
}

func (c *client) checkOthers(own *config.Cluster) error {
	var state cluster.ClusterState
	if err := c.get("/api/cluster", nil, &state); err != nil {
		return fmt.Errorf("ask %s for the state of the cluster: %w", c.base, err)
	}
	if state.Node == own.Node {
		return usageError{fmt.Errorf("%s is the desk of %s itself: name that of another node", c.base, own.Node)}
	}
	if !own.KeepsLog() {
		return nil
	}
	return checkOthers(&state, own.Node)
}

// peerDesk returns the desk of another node. token names a file, or is empty.
func peerDesk(ctx context.Context, address, token string) (*client, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Port() == "" && u.Scheme == "http" {
		return nil, usageError{fmt.Errorf("%q is neither a file nor the address of a desk: name one such as http://10.1.0.1:8081; `slugline cluster status` on another node lists the nodes", address)}
	}
	c := &client{ctx: ctx, base: strings.TrimRight(u.String(), "/")}
	if token == "" {
		return c, nil
	}
	b, err := os.ReadFile(token)
	if err != nil {
		return nil, err
	}
	c.token = strings.TrimSpace(string(b))
	return c, nil
}

// joined says what replaceDatabase did.
type joined struct {
	Database string `json:"database"`
	From     string `json:"from"`
	Record   uint64 `json:"record"`          // the last one of the log that the copy has
	Aside    string `json:"aside,omitempty"` // where the database is that was there before
}

func (j *joined) print(s *shell) error {
	if s.json {
		return s.printJSON(j)
	}
	s.printf("%s is a copy of the database of %s, up to record %d of the log.\n", j.Database, j.From, j.Record)
	if j.Aside != "" {
		s.printf("The database that was there is kept as %s. Delete it when all is well.\n", j.Aside)
	}
	s.printf("Start Slugline: this node goes on with record %d.\n", j.Record+1)
	return nil
}

// replaceDatabase puts a copy of another node's database in place of this node's. It can be
// interrupted and repeated: until the copy is in place, nothing has changed.
func replaceDatabase(s *shell, c *config.Config, from, token string, anyLog bool) (*joined, error) {
	own := readOwn(c.Database)
	held, err := store.Hold(c.Database)
	if errors.Is(err, store.ErrInUse) {
		return nil, fmt.Errorf("%s is in use: stop the daemon first (`systemctl stop slugline` where systemd runs it)", c.Database)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = held.Release() }()
	dir := filepath.Dir(held.Path())
	if _, err := tempfile.RemoveLeft(dir); err != nil {
		return nil, err
	}
	next, err := fetchCopy(s.ctx, from, token, dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(next) }() // fails if it is in place
	p, err := makeOwn(next, from)
	if err != nil {
		return nil, err
	}
	done := &joined{Database: c.Database, From: from, Record: p.Seq}
	if held.Exists() {
		if err := own.checkLog(p.Stream); err != nil && !anyLog {
			return nil, err
		}
		done.Aside = asideNamed(held.Path(), ".before-join-", s.now())
	}
	if err := syncFile(next); err != nil {
		return nil, err
	}
	return done, held.Replace(next, done.Aside)
}

// now is the time of this machine.
func (s *shell) now() time.Time {
	if s.wall != nil {
		return s.wall()
	}
	return time.Now()
}

// fetchCopy copies the database of another node into a folder, checks the copy and returns its
// path. from is a file or the address of a desk.
func fetchCopy(ctx context.Context, from, token, dir string) (string, error) {
	if _, err := os.Stat(from); err == nil {
		return copyOf(ctx, from, dir)
	}
	p, err := peerDesk(ctx, from, token)
	if err != nil {
		return "", err
	}
	f, err := tempfile.Create(dir, "join")
	if err != nil {
		return "", err
	}
	if err = p.copyTo(f); err != nil && token == "" {
		err = fmt.Errorf("%w (--token names a file with a token of that desk, which `slugline token NAME` makes there)", err)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		_, err = verifyInChild(ctx, f.Name())
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("copy the database of %s: %w", from, err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// copyTo writes a desk's database to w.
func (c *client) copyTo(w io.Writer) error {
	resp, err := c.open(http.MethodGet, "/api/backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(w, resp.Body)
	return err
}

// makeOwn makes a copy of another node's database one of this node, and returns its position.
func makeOwn(path, from string) (p news.WirePosition, err error) {
	st, err := store.Open(path, store.Options{Temporary: true})
	if err != nil {
		return p, err
	}
	err = st.Update(func(tx *store.Tx) error {
		if p, err = tx.Wire(); err != nil {
			return err
		}
		if p.Stream == "" {
			return fmt.Errorf("%s has not read the log of a cluster: name a node that has `cluster:` in its feeds.yaml and is ready", from)
		}
		return tx.ForgetNode()
	})
	return p, errors.Join(err, st.Close())
}

// ownDatabase is what is known of a database that is to be replaced; zero if it is missing,
// empty or can't be read, which is no reason to keep it in its place.
type ownDatabase struct {
	seq    uint64 // of its last record
	stream string // the log that it is of
}

func readOwn(path string) (own ownDatabase) {
	if _, err := os.Stat(path); err != nil {
		return own
	}
	st, err := store.Open(path, store.Options{Temporary: true})
	if err != nil {
		return own
	}
	_ = st.View(func(tx *store.Tx) error {
		p, err := tx.Wire()
		if err == nil {
			own = ownDatabase{tx.Seq(), p.Stream}
		}
		return err
	})
	_ = st.Close() // it is read alone
	return own
}

// checkLog refuses to replace a database whose records a copy of another log would not have.
func (o ownDatabase) checkLog(stream string) error {
	switch {
	case o.stream == stream || o.stream == "" && o.seq == 0:
		return nil
	case o.stream == "":
		return fmt.Errorf("the database of this node has %s of its own, from before it had `cluster:`, which the copy does not have. To serve the copy instead, and keep this database under another name, use --yes", plural(int(o.seq), "record"))
	}
	return fmt.Errorf("the database of this node is of another log (%s) than the copy (%s): is it the right cluster? To serve the copy instead, and keep this database under another name, use --yes", o.stream, stream)
}
