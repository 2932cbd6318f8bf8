package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const onePeers = one + "cluster:\n  peers: ['127.0.0.1:6222', '127.0.0.1:6223', '127.0.0.1:6224']\n"

const monitors = "monitor: ['http://10.2.0.1:8222', 'http://10.2.0.2:8222', 'https://10.2.0.3:8222/nats']"

func TestCluster(t *testing.T) {
	t.Chdir("testdata")
	three := []string{"http://10.2.0.1:8222", "http://10.2.0.2:8222", "https://10.2.0.3:8222/nats"}
	peers := []string{"127.0.0.1:6222", "127.0.0.1:6223", "127.0.0.1:6224"}
	far := []string{"10.1.0.1:6222", "10.1.0.2:6222", "n3.press.example:6222"}
	for _, c := range []struct {
		name, cluster string
		want          Cluster
	}{
		{"on one machine", "{node: n1, listen: '127.0.0.1:6222', peers: ['127.0.0.1:6222', '127.0.0.1:6223', '127.0.0.1:6224']}",
			Cluster{Name: "slugline", Node: "n1", Listen: "127.0.0.1:6222", Peers: peers, Dir: "slugline.wire", Keep: 7 * 24 * time.Hour, Visits: true}},
		{"as the README has it", "{name: press, node: '${NODE}', listen: 10.1.0.2:6222, peers: [10.1.0.1:6222, 10.1.0.2:6222, n3.press.example:6222], dir: wire, keep: 2d, visits: no, tls: {cert: n1.pem, key: n1.key, ca: ca.pem}}",
			Cluster{Name: "press", Node: "n2", Listen: "10.1.0.2:6222", Peers: far, Dir: "wire", Keep: 48 * time.Hour, TLS: &ClusterTLS{"n1.pem", "n1.key", "ca.pem"}}},
		{"a reader", "{node: r1, role: reader, peers: ['127.0.0.1:6222', '127.0.0.1:6223', '127.0.0.1:6224']}",
			Cluster{Name: "slugline", Node: "r1", Reader: true, Peers: peers, Dir: "slugline.wire", Keep: 7 * 24 * time.Hour, Visits: true}},
		{"with NATS", "{node: n1, nats: {servers: ['tls://nats.press.example', 'nats://127.0.0.1:4222'], " + monitors + ", creds: press.creds}}",
			Cluster{Name: "slugline", Node: "n1", Keep: 7 * 24 * time.Hour, Visits: true,
				NATS: &NATS{Servers: []string{"tls://nats.press.example", "nats://127.0.0.1:4222"}, Monitor: three, Creds: "press.creds"}}},
		{"with certificates for NATS", "{node: n1, keep: 2d, visits: no, nats: {servers: 'tls://nats.press.example', " + monitors + ", tls: {cert: n1.pem, key: n1.key, ca: ca.pem}}}",
			Cluster{Name: "slugline", Node: "n1", Keep: 48 * time.Hour,
				NATS: &NATS{Servers: []string{"tls://nats.press.example"}, Monitor: three, TLS: NATSTLS{"n1.pem", "n1.key", "ca.pem"}}}},
		{"with a password for NATS", "{node: n1, nats: {servers: 'tls://slugline:${NODE}@nats.press.example', " + monitors + "}}",
			Cluster{Name: "slugline", Node: "n1", Keep: 7 * 24 * time.Hour, Visits: true,
				NATS: &NATS{Servers: []string{"tls://slugline:n2@nats.press.example"}, Monitor: three}}},
	} {
		got := parse(t, one+"cluster: "+c.cluster+"\n", "NODE", "n2").Cluster
		if diff := cmp.Diff(&c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if c := parse(t, one).Cluster; c != nil {
		t.Errorf("without the section the cluster is %+v", c)
	}
}

// A node without a name has that of its machine.
func TestClusterNodeName(t *testing.T) {
	host, err := os.Hostname()
	if err != nil || Slug(host) == "" {
		t.Skip("this machine has no name")
	}
	if got := parse(t, onePeers+"  role: reader\n").Cluster.Node; got != Slug(host) {
		t.Errorf("got %q, want %q", got, Slug(host))
	}
}

// The cluster is not in the rules: its keys differ from node to node.
func TestClusterIsNoRule(t *testing.T) {
	if diff := cmp.Diff(parse(t, one).Rules(), parse(t, onePeers+"  role: reader\n").Rules()); diff != "" {
		t.Errorf("rules (-alone +in a cluster):\n%s", diff)
	}
}

func TestWrongCluster(t *testing.T) {
	const far = "    peers: [10.1.0.1:6222, 10.1.0.2:6222, 10.1.0.3:6222]\n"
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"empty", one + "cluster: {}\n", []string{"2:10: cluster needs `peers`"}},
		{"a list", one + "cluster: [n1, n2]\n", []string{"2:10: cluster needs `key: value` lines, not a list"}},
		{"two peers", one + "cluster: {listen: '127.0.0.1:1', peers: ['127.0.0.1:1', '127.0.0.1:2']}\n", []string{"2:41: peers has 2 addresses, and a cluster has exactly three voters: further nodes have `role: reader`"}},
		{"one peer", one + "cluster: {listen: '127.0.0.1:1', peers: '127.0.0.1:1'}\n", []string{"2:41: peers has one address, and"}},
		{"four peers", one + "cluster: {listen: '127.0.0.1:1', peers: ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3', '127.0.0.1:4']}\n", []string{"2:41: peers has 4 addresses"}},
		{"wrong peers", one + "cluster: {listen: '127.0.0.1:1', peers: ['0.0.0.0:1', ':2', n3, '127.0.0.1:0', '127.0.0.1:1', '127.0.0.1:1']}\n",
			[]string{`2:42: "0.0.0.0:1" has no host: write the address at which`, `2:55: ":2" has no host`, `2:61: "n3" is not host:port`, `2:65: "127.0.0.1:0" has no port`, `2:95: "127.0.0.1:1" appears twice`}},
		{"no listen", onePeers, []string{"3:3: a voter needs `listen`, its own address in peers"}},
		{"listen is no peer", onePeers + "  listen: '127.0.0.1:7000'\n", []string{`4:11: "127.0.0.1:7000" is not in peers`}},
		{"a reader listens", onePeers + "  listen: '127.0.0.1:6222'\n  role: reader\n", []string{"4:11: a reader does not listen"}},
		{"no TLS", one + "cluster:\n    listen: 10.1.0.1:6222\n" + far, []string{`4:13: "10.1.0.1:6222" is not on this machine, so the nodes need ` + "`tls:"}},
		{"half of TLS", one + "cluster:\n    listen: 10.1.0.1:6222\n    tls: {cert: testdata/n1.pem}\n" + far, []string{"4:10: tls needs `cert` and `key`, those of this node, and `ca`"}},
		{"no such file", one + "cluster:\n    listen: 10.1.0.1:6222\n    tls: {cert: testdata/n1.pem, key: testdata/none.key, ca: testdata}\n" + far,
			[]string{`4:39: there is no file "testdata/none.key"`, `4:62: there is no file "testdata"`}},
		{"names", onePeers + "  role: reader\n  node: N 1\n  name: ''\n", []string{`5:9: "N 1" is not a name`, `6:9: "" is not a name`}},
		{"role", onePeers + "  role: voters\n", []string{`4:9: "voters" is not one of voter or reader; did you mean "voter"?`}},
		{"keep", onePeers + "  role: reader\n  keep: 5m\n  visits: perhaps\n", []string{`5:9: "5m" is too short: the least is 1h`, `6:11: "perhaps" is neither`}},
		{"unknown keys", one + "cluster: {nodes: [a]}\n", []string{`2:11: cluster has no key "nodes"; did you mean "peers"?`}},
		{"at the top", one + "peers: [a]\n", []string{`2:1: feeds.yaml has no key "peers"; it belongs in cluster`}},
		{"NATS and peers", onePeers + "  nats: {servers: 'nats://127.0.0.1:4222', " + monitors + "}\n", []string{"3:10: a cluster has `peers`, nodes that keep the log, or `nats`"}},
		{"NATS and listen", one + "cluster: {listen: '127.0.0.1:1', nats: {servers: 'nats://127.0.0.1:4222', " + monitors + "}}\n", []string{"2:19: with `nats` no node listens"}},
		{"NATS and role", one + "cluster: {role: reader, nats: {servers: 'nats://127.0.0.1:4222', " + monitors + "}}\n", []string{"2:10: with `nats` all nodes are alike: remove `role`; `visits: no`"}},
		{"NATS and dir", one + "cluster: {dir: x, nats: {servers: 'nats://127.0.0.1:4222', " + monitors + "}}\n", []string{"2:10: with `nats` no node keeps the log: remove `dir`"}},
		{"NATS and tls", one + "cluster: {tls: {cert: testdata/n1.pem, key: testdata/n1.key, ca: testdata/ca.pem}, nats: {servers: 'nats://127.0.0.1:4222', " + monitors + "}}\n", []string{"2:10: with `nats` the nodes show certificates to the servers"}},
		{"NATS without servers", one + "cluster: {nats: {creds: testdata/press.creds, " + monitors + "}}\n", []string{"2:17: nats needs `servers`"}},
		{"NATS without monitoring", one + "cluster: {nats: {servers: 'nats://127.0.0.1:4222'}}\n", []string{"2:17: nats needs `monitor`, the addresses of the servers' monitoring"}},
		{"NATS, one monitored", one + "cluster: {nats: {servers: 'nats://127.0.0.1:4222', monitor: 'http://127.0.0.1:8222'}}\n", []string{"2:17: monitor has one address, and three servers keep the log"}},
		{"NATS without credentials", one + "cluster: {nats: {servers: 'tls://nats.press.example', " + monitors + "}}\n", []string{`2:27: "tls://nats.press.example" is on another machine, and this node has nothing to show it: add ` + "`creds`"}},
		{"NATS, half of tls", one + "cluster: {nats: {servers: 'nats://127.0.0.1:4222', tls: {cert: testdata/n1.pem}, " + monitors + "}}\n", []string{"2:57: tls of nats needs both `cert` and `key`, or neither"}},
		{"NATS monitor", one + "cluster: {nats: {servers: 'nats://127.0.0.1:4222', monitor: ['nats://127.0.0.1', '10.1.0.1:8222']}}\n",
			[]string{`2:62: "nats://127.0.0.1" is not the monitoring of a NATS server`, `2:82: "10.1.0.1:8222" is not the monitoring of a NATS server`}},
		{"NATS servers", one + "cluster: {nats: {servers: ['http://127.0.0.1', '127.0.0.1:4222', 'nats://10.1.0.1:4222'], " + monitors + "}}\n",
			[]string{`2:28: "http://127.0.0.1" is not a NATS server`, `2:48: "127.0.0.1:4222" is not a NATS server`, `2:66: "nats://10.1.0.1:4222" is on another machine: write it with tls://`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("feeds.yaml", []byte(c.file), env())
			var all *Errors
			if !errors.As(err, &all) {
				t.Fatalf("got %v", err)
			}
			var got []string
			for i, e := range all.List {
				line := fmt.Sprintf("%d:%d: %s\n", e.Line, e.Column, e.Text)
				if i < len(c.want) && strings.HasPrefix(line, c.want[i]) {
					line = c.want[i]
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
