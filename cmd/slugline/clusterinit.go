package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/config"
)

type clusterCommand struct {
	Init   clusterInitCommand   `cmd:"" help:"Make the certificates with which the nodes of a cluster recognise each other."`
	Status clusterStatusCommand `cmd:"" help:"List the nodes of the cluster: how far each is, what it visits, and its problem. Needs a running daemon."`
	Verify clusterVerifyCommand `cmd:"" help:"Have all nodes make a digest of what they have after the same record, and compare them. Needs a running daemon."`
	Repair clusterRepairCommand `cmd:"" help:"Have this node's damaged replica of the log filled again by the other nodes; with --database, replace its database by a copy of another node's. Run it on the node itself."`
	Join   clusterJoinCommand   `cmd:"" help:"Put a copy of another node's database in place of this node's, which is new or has been away for long. The daemon must not be running."`
	Adopt  clusterAdoptCommand  `cmd:"" help:"Let this node's database go on with another log than the one it has read so far, such as after the log of the cluster was made anew. Needs a running daemon."`
}

type clusterInitCommand struct {
	Nodes []string `arg:"" name:"node" placeholder:"NODE=HOST" help:"A node's name and the host of its address in peers, such as n1=10.1.0.1; for a reader the name alone. Run it again to add nodes."`
	To    string   `default:"." placeholder:"DIR" help:"The folder for the files (the current one)."`
}

// clusterFiles is what `slugline cluster init` made.
type clusterFiles struct {
	Authority bool       `json:"authority"` // it made one; false: there was one
	Nodes     []nodeFile `json:"nodes"`
}

type nodeFile struct {
	Name  string   `json:"name"`
	Hosts []string `json:"hosts,omitempty"`
	Cert  string   `json:"cert"`
	Key   string   `json:"key"`
}

// Names of the authority's files.
const (
	caCert = "ca.pem"
	caKey  = "ca.key"
)

func (c *clusterInitCommand) Run(s *shell) error {
	nodes, err := c.nodes()
	if err != nil {
		return usageError{fmt.Errorf("cluster init: %w", err)}
	}
	made, err := c.make(nodes)
	if err != nil {
		return fmt.Errorf("cluster init: %w", err)
	}
	if s.json {
		return s.printJSON(made)
	}
	c.report(s, made)
	return nil
}

// nodes reads the arguments.
func (c *clusterInitCommand) nodes() (all []nodeFile, err error) {
	for _, arg := range c.Nodes {
		name, hosts, _ := strings.Cut(arg, "=")
		n := nodeFile{Name: name, Cert: filepath.Join(c.To, name+".pem"), Key: filepath.Join(c.To, name+".key")}
		for host := range strings.SplitSeq(hosts, ",") {
			switch _, _, err := net.SplitHostPort(host); {
			case host == "":
			case err == nil || strings.ContainsAny(host, "/ "):
				return nil, fmt.Errorf("%q is no host: write an IP address or a name, without a port, as in n1=10.1.0.1", host)
			default:
				n.Hosts = append(n.Hosts, strings.Trim(host, "[]"))
			}
		}
		switch {
		case name == "" || config.Slug(name) != name || len(name) > 63 || name == "ca":
			return nil, fmt.Errorf("%q is not a name of a node: use a-z, 0-9 and -, at most 63 characters, and not ca", name)
		case slices.ContainsFunc(all, func(o nodeFile) bool { return o.Name == name }):
			return nil, fmt.Errorf("the node %s appears twice", name)
		}
		all = append(all, n)
	}
	return all, nil
}

// make makes the files. Nothing is made if one of the nodes has some already.
func (c *clusterInitCommand) make(nodes []nodeFile) (*clusterFiles, error) {
	for _, n := range nodes {
		for _, name := range []string{n.Cert, n.Key} {
			if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%s is there already and is never overwritten: remove it, or leave %s out", name, n.Name)
			}
		}
	}
	if err := os.MkdirAll(c.To, 0o700); err != nil {
		return nil, err
	}
	made := &clusterFiles{Nodes: nodes}
	a, err := openAuthority(filepath.Join(c.To, caCert), filepath.Join(c.To, caKey))
	if errors.Is(err, fs.ErrNotExist) {
		made.Authority = true
		a, err = newAuthority(filepath.Join(c.To, caCert), filepath.Join(c.To, caKey))
	}
	for i := 0; i < len(nodes) && err == nil; i++ {
		err = a.issue(nodes[i])
	}
	return made, err
}

func (c *clusterInitCommand) report(s *shell, made *clusterFiles) {
	ca := filepath.Join(c.To, caCert)
	if made.Authority {
		s.printf("Made the authority %s. Its private key, %s, is for making more nodes: keep it off the nodes, because whoever has it can make one.\n", ca, filepath.Join(c.To, caKey))
	}
	s.printf("\nCopy to each node, into the folder of its feeds.yaml:\n\n")
	t := s.table()
	fmt.Fprintln(t, "NODE\tFILES\tVALID FOR")
	for _, n := range made.Nodes {
		hosts := strings.Join(n.Hosts, ", ")
		if hosts == "" {
			hosts = "no address: a reader"
		}
		fmt.Fprintf(t, "%s\t%s %s %s\t%s\n", n.Name, n.Cert, n.Key, ca, hosts)
	}
	if err := t.Flush(); err != nil {
		return // of the output, which remembers it
	}
	n := made.Nodes[0]
	s.printf("\nThe private keys (.key) are for their nodes alone. In feeds.yaml of %s:\n\n  cluster:\n    node: %s\n", n.Name, n.Name)
	if len(n.Hosts) > 0 {
		s.printf("    listen: '%s'\n", net.JoinHostPort(n.Hosts[0], "6222"))
	} else {
		s.printf("    role: reader\n")
	}
	s.printf("    peers: [%s]\n    tls: {cert: %s.pem, key: %s.key, ca: %s}\n", strings.Join(peersOf(made.Nodes), ", "), n.Name, n.Name, caCert)
}

// peersOf returns the addresses of the voters, as feeds.yaml has them.
func peersOf(nodes []nodeFile) []string {
	var peers []string
	for _, n := range nodes {
		if len(n.Hosts) > 0 && len(peers) < 3 {
			peers = append(peers, "'"+net.JoinHostPort(n.Hosts[0], "6222")+"'")
		}
	}
	for len(peers) < 3 {
		peers = append(peers, "...")
	}
	return peers
}
