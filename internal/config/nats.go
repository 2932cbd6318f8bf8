package config

import (
	"net/url"
	"strings"

	"go.yaml.in/yaml/v4"
)

// NATS is a NATS system that runs without Slugline.
type NATS struct {
	Servers []string // nats or tls addresses
	Monitor []string // http or https addresses of the monitoring of the servers that keep the log
	Creds   string   // file, resolved against the file's folder; may be empty
	TLS     NATSTLS
}

// NATSTLS names files for connections to NATS, resolved against the file's folder. CA may be
// empty, or Cert and Key.
type NATSTLS struct{ Cert, Key, CA string }

func (r *clusterReader) natsFields(n *NATS) fields {
	return fields{
		"servers": plainly(func(list *yaml.Node) { r.each(list, func(item *yaml.Node) { r.server(n, item) }) }),
		"monitor": plainly(func(list *yaml.Node) { r.each(list, func(item *yaml.Node) { r.monitor(n, item) }) }),
		"creds":   r.file(&n.Creds),
		"tls":     plainly(func(section *yaml.Node) { r.natsTLS(&n.TLS, section) }),
	}
}

func (r *clusterReader) natsTLSFields(t *NATSTLS) fields {
	return fields{"cert": r.file(&t.Cert), "key": r.file(&t.Key), "ca": r.file(&t.CA)}
}

func (r *clusterReader) external(n *yaml.Node) {
	r.c.NATS, r.natsAt = &NATS{}, n
	r.mapping(n, "cluster.nats", "nats", r.natsFields(r.c.NATS))
	if !r.has(n, "servers") {
		r.fail(n, "nats needs `servers`, a list of addresses such as tls://nats.press.example:4222")
	}
	if !r.has(n, "monitor") {
		r.fail(n, "nats needs `monitor`, the addresses of the servers' monitoring, such as http://nats1.press.example:8222: it shows whether they write records to the disk before they acknowledge them")
	}
}

func (r *clusterReader) natsTLS(t *NATSTLS, n *yaml.Node) {
	r.mapping(n, "cluster.nats.tls", "tls", r.natsTLSFields(t))
	if r.has(n, "cert") != r.has(n, "key") {
		r.fail(n, "tls of nats needs both `cert` and `key`, or neither")
	}
}

// server reads the address of a NATS server.
func (r *clusterReader) server(to *NATS, n *yaml.Node) {
	s, ok := r.value(n)
	if !ok {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		r.fail(n, "%q is not a NATS server such as tls://nats.press.example:4222", r.real(n).Value)
		return
	}
	if u.Scheme == "nats" && !isLoopback(u.Hostname()) {
		r.fail(n, "%q is on another machine: write it with tls://, so that nobody on the way can read or change records", r.real(n).Value)
		return
	}
	to.Servers = append(to.Servers, s)
	if !isLoopback(u.Hostname()) && u.User == nil {
		r.openServer = n
	}
}

// monitor reads the address of a server's monitoring.
func (r *clusterReader) monitor(to *NATS, n *yaml.Node) {
	s, ok := r.value(n)
	if !ok {
		return
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" {
		r.fail(n, "%q is not the monitoring of a NATS server such as http://nats1.press.example:8222", r.real(n).Value)
		return
	}
	to.Monitor = append(to.Monitor, s)
}

// checkNATS finds what does not fit together where NATS servers keep the log.
func (r *clusterReader) checkNATS(n *yaml.Node) {
	c := r.c
	switch {
	case r.peers != nil:
		r.fail(r.peers, "a cluster has `peers`, nodes that keep the log, or `nats`, servers that do: remove one of them")
	case r.listen != nil:
		r.fail(r.listen, "with `nats` no node listens for others: remove `listen`")
	case r.has(n, "role"):
		r.fail(n, "with `nats` all nodes are alike: remove `role`; `visits: no` makes one that only serves pages and feeds")
	case r.has(n, "dir"):
		r.fail(n, "with `nats` no node keeps the log: remove `dir`")
	case c.TLS != nil:
		r.fail(n, "with `nats` the nodes show certificates to the servers, not to each other: move `tls` into `nats`")
	case len(c.NATS.Monitor) < voters:
		r.fail(r.natsAt, "monitor has %s, and three servers keep the log: write the address of each", countOf(len(c.NATS.Monitor)))
	case r.openServer != nil && c.NATS.Creds == "" && c.NATS.TLS.Cert == "":
		r.fail(r.openServer, "%q is on another machine, and this node has nothing to show it: add `creds`, or `tls: {cert: n1.pem, key: n1.key, ca: ca.pem}`, to nats", r.real(r.openServer).Value)
	}
	c.Dir = ""
}
