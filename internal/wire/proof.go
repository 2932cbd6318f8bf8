package wire

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Servers that run elsewhere tell nobody in the protocol of clients whether they sync the
// disk before they acknowledge a message. Their monitoring does: /jsz has the configuration
// that is in use. (That in /varz is the one that JetStream had when /varz was first asked for.)

// monitorTimeout bounds one look at the monitoring of a server.
const monitorTimeout = 3 * time.Second

// provenFor is for how long a server counts as proven whose monitoring does not answer.
const provenFor = 30 * time.Second

// maxMonitored bounds an answer of the monitoring, in bytes.
const maxMonitored = 4 << 20

// oldestServer is the oldest version of a server that loses nothing it acknowledged.
var oldestServer = [3]int{2, 15, 3}

// unfit says why servers can't keep the log, and what to do.
type unfit struct{ text string }

func (u *unfit) Error() string { return u.text }

func unfitf(format string, args ...any) error { return &unfit{fmt.Sprintf(format, args...)} }

// prover knows what servers that run elsewhere show of themselves.
type prover struct {
	addresses []string
	client    *http.Client
	shown     map[string]shown // by the name of the server
	looked    time.Time        // when the servers were last asked
}

// shown is what a server last showed. It was fit.
type shown struct {
	id, cluster string
	at          time.Time
}

func newProver(addresses []string, config *tls.Config) *prover {
	return &prover{addresses: addresses, shown: map[string]shown{}, client: &http.Client{
		Timeout: monitorTimeout, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// monitored is what the monitoring of a server says of it.
type monitored struct {
	about struct {
		ID         string `json:"server_id"`
		Name       string `json:"server_name"`
		Version    string `json:"version"`
		MaxPayload int64  `json:"max_payload"`
		Cluster    struct {
			Name string `json:"name"`
		} `json:"cluster"`
	}
	jetStream struct {
		ID       string `json:"server_id"`
		Disabled bool   `json:"disabled"`
		Config   struct {
			SyncAlways bool `json:"sync_always"`
		} `json:"config"`
	}
}

// look asks all servers. An error means that one of them is not fit; one that does not answer
// is no error.
func (p *prover) look(ctx context.Context) error {
	p.looked = time.Now()
	answers, failed := make([]monitored, len(p.addresses)), make([]error, len(p.addresses))
	var asked sync.WaitGroup
	for i, address := range p.addresses {
		asked.Go(func() { failed[i] = p.ask(ctx, address, &answers[i]) })
	}
	asked.Wait()
	for i := range answers {
		if failed[i] != nil {
			continue
		}
		a := &answers[i].about
		if err := answers[i].check(); err != nil {
			delete(p.shown, a.Name)
			return err
		}
		p.shown[a.Name] = shown{a.ID, a.Cluster.Name, p.looked}
	}
	if !slices.Contains(failed, nil) {
		return fmt.Errorf("the monitoring of no NATS server answers: %w", failed[0])
	}
	return nil
}

func (p *prover) ask(ctx context.Context, address string, m *monitored) error {
	if err := p.get(ctx, address, "varz", &m.about); err != nil {
		return err
	}
	if err := p.get(ctx, address, "jsz", &m.jetStream); err != nil {
		return err
	}
	if m.about.Name == "" || m.about.ID != m.jetStream.ID {
		u, _ := url.Parse(address) // get has read it
		return fmt.Errorf("%s is not the monitoring of one NATS server", withoutUser(u))
	}
	return nil
}

func (p *prover) get(ctx context.Context, address, page string, to any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/"+page, nil)
	if err != nil {
		return errors.New("an address of `monitor` can't be read")
	}
	resp, err := p.client.Do(r)
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // u has the user in its address
	}
	if err != nil {
		return fmt.Errorf("get %s: %w", withoutUser(r.URL), err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: %s", withoutUser(r.URL), resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxMonitored)).Decode(to); err != nil {
		return fmt.Errorf("get %s: %w", withoutUser(r.URL), err)
	}
	return nil
}

// check refuses a server that could lose records, or does not take large ones.
func (m *monitored) check() error {
	switch a := &m.about; {
	case !isRecent(a.Version):
		return unfitf("the NATS server %s has version %s, which can lose what it has acknowledged: install %d.%d.%d or later", a.Name, a.Version, oldestServer[0], oldestServer[1], oldestServer[2])
	case m.jetStream.Disabled:
		return unfitf("the NATS server %s has no JetStream: write `jetstream { store_dir: \"/var/lib/nats\", sync_interval: always }` in its nats-server.conf, and restart it", a.Name)
	case !m.jetStream.Config.SyncAlways:
		return unfitf("the NATS server %s acknowledges records before they are on its disk, so that a power cut can lose them: write `sync_interval: always` in the section jetstream of its nats-server.conf, and restart it", a.Name)
	case a.MaxPayload < maxPayload:
		return unfitf("the NATS server %s takes messages of up to %d bytes, and records may have 8 MB: write `max_payload: 8MB` in its nats-server.conf, and restart it", a.Name, a.MaxPayload)
	}
	return nil
}

// isRecent reports whether a version is not older than oldestServer. Of a pre-release, the
// numbers count.
func isRecent(version string) bool {
	numbers, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), "-")
	var have [3]int
	for i, part := range strings.SplitN(numbers, ".", len(have)) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return false
		}
		have[i] = n
	}
	return slices.Compare(have[:], oldestServer[:]) >= 0
}

// checkConnected refuses a connection to other servers than the monitoring is of.
func (p *prover) checkConnected(name, id, cluster string) error {
	if s, ok := p.shown[name]; ok {
		switch {
		case s.id == id:
			return nil
		case s.at.Equal(p.looked):
			return unfitf("`servers` and `monitor` of cluster.nats show different NATS servers with the name %s: do they belong to the same system?", name)
		}
		return fmt.Errorf("the NATS server %s was started again, and its monitoring does not answer yet", name)
	}
	for _, s := range p.shown {
		if s.cluster != cluster {
			return unfitf("`servers` of cluster.nats are of the NATS cluster %q, and `monitor` of %q: write the addresses of the same servers", cluster, s.cluster)
		}
	}
	return nil
}

// checkReplicas refuses servers that keep a stream and have not shown how. Those that do not run
// acknowledge nothing.
func (p *prover) checkReplicas(info *jetstream.StreamInfo) error {
	c := info.Cluster
	if c == nil || c.Leader == "" {
		return fmt.Errorf("the stream %s has no leader at the moment", info.Config.Name)
	}
	names := []string{c.Leader}
	for _, r := range c.Replicas {
		if !r.Offline {
			names = append(names, r.Name)
		}
	}
	for _, name := range names {
		s, ok := p.shown[name]
		switch {
		case !ok:
			return unfitf("the NATS server %s keeps a part of the log and does not show how it writes it: add the address of its monitoring to `monitor` of cluster.nats", name)
		case time.Since(s.at) > provenFor:
			return unfitf("the monitoring of the NATS server %s, which keeps a part of the log, does not answer: it must be reached at its address in `monitor` of cluster.nats", name)
		}
	}
	return nil
}

// isUnfit reports whether servers can't keep the log until somebody changes them.
func isUnfit(err error) bool { return errors.As(err, new(*unfit)) }
