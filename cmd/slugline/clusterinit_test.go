package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// The certificates of two nodes are good for a connection in which each proves who it is, at
// the hosts that they were made for, and those of another authority are not.
func TestClusterCertificates(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	for folder, nodes := range map[string][]string{dir: {"n1=127.0.0.1,n1.press.example", "n2=127.0.0.1", "r1"}, other: {"n2=127.0.0.1"}} {
		c := &clusterInitCommand{Nodes: nodes, To: folder}
		list, err := c.nodes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.make(list); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, client, host string
		works              bool
	}{
		{"a peer", filepath.Join(dir, "n2"), "127.0.0.1", true},
		{"a reader", filepath.Join(dir, "r1"), "n1.press.example", true},
		{"another host", filepath.Join(dir, "n2"), "n2.press.example", false},
		{"another authority", filepath.Join(other, "n2"), "127.0.0.1", false},
		{"no certificate", "", "127.0.0.1", false},
	} {
		if err := handshake(t, filepath.Join(dir, "n1"), c.client, filepath.Join(dir, caCert), c.host); (err == nil) != c.works {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// handshake connects a client to a server that requires certificates of the authority.
func handshake(t *testing.T, server, client, ca, host string) error {
	t.Helper()
	pool := x509.NewCertPool()
	b, err := os.ReadFile(ca)
	if err != nil || !pool.AppendCertsFromPEM(b) {
		t.Fatalf("%s: %v", ca, err)
	}
	pair := func(name string) []tls.Certificate {
		if name == "" {
			return nil
		}
		c, err := tls.LoadX509KeyPair(name+".pem", name+".key")
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{c}
	}
	a, b2 := net.Pipe()
	s := tls.Server(a, &tls.Config{Certificates: pair(server), ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert})
	c := tls.Client(b2, &tls.Config{Certificates: pair(client), RootCAs: pool, ServerName: host})
	accepted := make(chan error, 1)
	go func() {
		err := s.HandshakeContext(t.Context())
		_ = a.Close() // a client that was refused ends then
		accepted <- err
	}()
	err = c.HandshakeContext(t.Context())
	_ = b2.Close()
	if refused := <-accepted; err == nil {
		err = refused
	}
	return err
}

// Private keys are readable by their owner alone, files are never overwritten, and nothing is
// made if one of the nodes exists.
func TestClusterInitKeepsFiles(t *testing.T) {
	dir := t.TempDir()
	do := func(nodes ...string) error {
		c := &clusterInitCommand{Nodes: nodes, To: dir}
		list, err := c.nodes()
		if err == nil {
			_, err = c.make(list)
		}
		return err
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if err := do("n1=10.1.0.1", "n2=10.1.0.2"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ca.key", "n1.key", "n2.key"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	ca, n1 := read(caCert), read("n1.key")
	if err := do("n3=10.1.0.3", "n1=10.1.0.1"); err == nil {
		t.Error("made a node that exists")
	}
	if _, err := os.Stat(filepath.Join(dir, "n3.pem")); err == nil {
		t.Error("made another node although one exists")
	}
	if err := do("n3=10.1.0.3"); err != nil || read(caCert) != ca || read("n1.key") != n1 {
		t.Errorf("added a node: %v, or changed another file", err)
	}
	if err := os.Remove(filepath.Join(dir, caKey)); err != nil {
		t.Fatal(err)
	}
	if err := do("n4"); err == nil || read(caCert) != ca {
		t.Errorf("without the authority's key: %v", err)
	}
}
