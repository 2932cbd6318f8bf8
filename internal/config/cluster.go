package config

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"
)

// voters is how many nodes keep the log of records. A log of three bears the loss of one;
// further nodes are readers.
const voters = 3

// Cluster makes this process one of several nodes with the same feeds. It is not part of
// the rules: each node has its own.
type Cluster struct {
	Name   string
	Node   string
	Listen string   // host:port for the other nodes, one of Peers; empty for a reader and with NATS
	Peers  []string // host:port of the three voters; empty with NATS
	Reader bool     // it does not keep the log
	Dir    string   // of the log, resolved against the file's folder; empty with NATS
	Keep   time.Duration
	Visits bool        // it visits sources
	TLS    *ClusterTLS // nil: all peers are on this machine; always nil with NATS
	NATS   *NATS       // servers that run already; nil: the voters run their own
}

// KeepsLog reports whether this node keeps the log.
func (c *Cluster) KeepsLog() bool { return !c.Reader && c.NATS == nil }

// ClusterTLS names the files with which nodes prove to each other who they are, resolved
// against the file's folder.
type ClusterTLS struct{ Cert, Key, CA string }

// clusterReader reads the section cluster.
type clusterReader struct {
	*reader
	c             *Cluster
	role          string
	listen, peers *yaml.Node // nil if missing
	peerAt        []*yaml.Node

	natsAt     *yaml.Node // the section nats
	openServer *yaml.Node // a server on another machine, by an address without a user; nil: none
}

func (s *settingsReader) cluster(n *yaml.Node) {
	r := &clusterReader{reader: s.reader, c: &Cluster{}}
	failed := len(s.errs)
	r.mapping(n, "cluster", "cluster", r.fields())
	if s.real(n).Kind != yaml.MappingNode {
		return
	}
	r.c.Dir, r.c.Reader = r.resolve(r.c.Dir), r.role == "reader"
	r.nodeName(n)
	if len(s.errs) == failed { // of keys that can't be read nothing else is known
		r.check(n)
	}
	s.cfg.Cluster = r.c
}

func (r *clusterReader) fields() fields {
	c := r.c
	return fields{
		"name":   r.name(&c.Name),
		"node":   r.name(&c.Node),
		"listen": func(k *Key, n *yaml.Node) { r.listen = r.real(n); r.listener(&c.Listen)(k, n) },
		"peers":  func(k *Key, n *yaml.Node) { r.peers = r.real(n); r.each(n, func(n *yaml.Node) { r.peer(k, n) }) },
		"role":   r.choice(&r.role),
		"dir":    r.filled(&c.Dir),
		"keep":   r.span(&c.Keep),
		"visits": r.truth(&c.Visits),
		"tls":    plainly(r.tls),
		"nats":   plainly(r.external),
	}
}

func (r *clusterReader) tlsFields(t *ClusterTLS) fields {
	return fields{"cert": r.file(&t.Cert), "key": r.file(&t.Key), "ca": r.file(&t.CA)}
}

// nodeName takes the machine's name where the file has none.
func (r *clusterReader) nodeName(n *yaml.Node) {
	if r.c.Node != "" || r.has(n, "node") {
		return
	}
	host, err := os.Hostname()
	if r.c.Node = Slug(host); err != nil || !slug().MatchString(r.c.Node) {
		r.fail(n, "this machine has no name that a node could have: give it one as `node: n1`, and never change it")
	}
}

func (r *clusterReader) peer(k *Key, n *yaml.Node) {
	var peer string
	if r.listener(&peer)(k, n); peer == "" {
		return
	}
	host, port, err := net.SplitHostPort(peer)
	switch ip, _ := netip.ParseAddr(host); {
	case err != nil:
	case host == "" || ip.IsUnspecified():
		r.fail(n, "%q has no host: write the address at which the other nodes reach this one", r.real(n).Value)
	case port == "0":
		r.fail(n, "%q has no port: write the one that the node's `listen` has", r.real(n).Value)
	case slices.Contains(r.c.Peers, peer):
		r.fail(n, "%q appears twice in peers: each voter has an address of its own", r.real(n).Value)
	default:
		r.c.Peers, r.peerAt = append(r.c.Peers, peer), append(r.peerAt, n)
	}
}

func (r *clusterReader) tls(n *yaml.Node) {
	r.c.TLS = &ClusterTLS{}
	r.mapping(n, "cluster.tls", "tls", r.tlsFields(r.c.TLS))
	if !r.has(n, "cert") || !r.has(n, "key") || !r.has(n, "ca") {
		r.fail(n, "tls needs `cert` and `key`, those of this node, and `ca`, which signed those of all nodes: `slugline cluster init` makes them")
	}
}

// file reads the name of a file that must exist.
func (r *reader) file(dst *string) field {
	return func(k *Key, n *yaml.Node) {
		r.filled(dst)(k, n)
		if *dst == "" {
			return
		}
		*dst = r.resolve(*dst)
		if info, err := os.Stat(*dst); err != nil || !info.Mode().IsRegular() {
			r.fail(n, "there is no file %q: the path is relative to the folder of feeds.yaml", r.real(n).Value)
		}
	}
}

// check finds what does not fit together in the section.
func (r *clusterReader) check(n *yaml.Node) {
	switch c := r.c; {
	case c.NATS != nil:
		r.checkNATS(n)
	case r.peers == nil:
		r.fail(n, "cluster needs `peers`, the addresses of its three voters, such as [10.1.0.1:6222, 10.1.0.2:6222, 10.1.0.3:6222]")
	case len(c.Peers) != voters:
		r.fail(r.peers, "peers has %s, and a cluster has exactly three voters: further nodes have `role: reader` and are not listed", countOf(len(c.Peers)))
	default:
		r.checkListen(n)
		r.checkTLS(n)
	}
}

func countOf(n int) string {
	if n == 1 {
		return "one address"
	}
	return strconv.Itoa(n) + " addresses"
}

func (r *clusterReader) checkListen(n *yaml.Node) {
	switch c := r.c; {
	case c.Reader && r.listen != nil:
		r.fail(r.listen, "a reader does not listen for other nodes: remove `listen`, or make it a voter")
	case !c.Reader && r.listen == nil:
		r.fail(n, "a voter needs `listen`, its own address in peers; a node that is none of the three has `role: reader`")
	case !c.Reader && !slices.Contains(c.Peers, c.Listen):
		r.fail(r.listen, "%q is not in peers: write it there as it is here, or make this node a reader", r.listen.Value)
	}
}

// checkTLS requires certificates as soon as a peer is on another machine.
func (r *clusterReader) checkTLS(n *yaml.Node) {
	if r.c.TLS != nil {
		return
	}
	for i, p := range r.c.Peers {
		if host, _, _ := net.SplitHostPort(p); !isLoopback(host) {
			r.fail(r.peerAt[i], "%q is not on this machine, so the nodes need `tls: {cert: n1.pem, key: n1.key, ca: ca.pem}`: `slugline cluster init` makes these files", r.peerAt[i].Value)
			return
		}
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
