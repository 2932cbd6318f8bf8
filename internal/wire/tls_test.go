package wire_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/wire"
)

// With certificates, a reader without a server files and applies records too. Who has none
// gets in nowhere.
func TestReaderAndTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	nodes := newNodes(t, 3)
	certificates := makeCertificates(t)
	for _, n := range nodes {
		n.settings.TLS = certificates
	}
	reader := &node{t: t, path: filepath.Join(t.TempDir(), "slugline.db"), settings: wire.Settings{
		Name: "press", Node: "r1", Peers: nodes[0].settings.Peers, Reader: true, TLS: certificates,
	}}
	nodes = append(nodes, reader)
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	reader.file(news.Record{At: noon, Visit: visit("s1", "Ferry resumes service")})
	if last := same(t, nodes); last != 2 {
		t.Errorf("the log has %d messages, want 2", last)
	}
	host, port, err := net.SplitHostPort(nodes[0].settings.Listen)
	if err != nil {
		t.Fatal(err)
	}
	routes, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []int{routes, routes + 1} {
		if err := refused(t, net.JoinHostPort(host, strconv.Itoa(p))); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("port %d, without a certificate: %v; want it refused", p, err)
		}
	}
}

// refused returns why a server does not take a client without a certificate.
func refused(t *testing.T, address string) error {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(awaits)); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 4096) // the server begins in clear text
	if _, err := c.Read(line); err != nil {
		return err
	}
	secured := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	if err := secured.Handshake(); err != nil {
		return err
	}
	_, err = secured.Read(line) // with TLS 1.3 the refusal comes after the handshake
	return err
}

// makeCertificates makes an authority and a certificate for loopback.
func makeCertificates(t *testing.T) wire.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("node.pem", "CERTIFICATE", cert)
	return wire.TLS{Cert: file, Key: write("node.key", "PRIVATE KEY", secret), CA: file}
}

// A node that stops leaves nothing running.
func TestCloseLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	n := newNodes(t, 1)[0]
	startAll(t, []*node{n})
	n.file(news.Record{At: noon, Rules: rules()})
	n.stop()
	goleak.VerifyNone(t, before)
}

// Settings under which records could be lost, or others could read them, are refused.
func TestOpenRefuses(t *testing.T) {
	monitor := []string{"http://127.0.0.1:8222"}
	three := []string{"127.0.0.1:6222", "127.0.0.1:6223", "127.0.0.1:6224"}
	far := []string{"10.1.0.1:6222", "10.1.0.2:6222", "10.1.0.3:6222"}
	for name, s := range map[string]wire.Settings{
		"two voters":          {Name: "a", Node: "n1", Peers: three[:2], Listen: three[0]},
		"no name":             {Node: "n1", Peers: three, Listen: three[0]},
		"not among the peers": {Name: "a", Node: "n1", Peers: three, Listen: "127.0.0.1:7222"},
		"other machines":      {Name: "a", Node: "n1", Peers: far, Listen: far[0]},
		"a reader":            {Name: "a", Node: "n1", Peers: three, Reader: true},
		"no certificate":      {Name: "a", Node: "n1", Peers: three, Listen: three[0], TLS: wire.TLS{Cert: "a", Key: "b", CA: "c"}},

		"servers that show nothing":          {Name: "a", Node: "n1", Servers: []string{"nats://127.0.0.1:4222"}},
		"servers and voters":                 {Name: "a", Node: "n1", Servers: []string{"nats://127.0.0.1:4222"}, Monitor: monitor, Peers: three},
		"servers elsewhere in clear text":    {Name: "a", Node: "n1", Servers: []string{"nats://10.1.0.1:4222"}, Monitor: monitor, Credentials: "a"},
		"servers elsewhere for everybody":    {Name: "a", Node: "n1", Servers: []string{"tls://10.1.0.1:4222"}, Monitor: monitor},
		"servers, and no such authority":     {Name: "a", Node: "n1", Servers: []string{"tls://127.0.0.1:4222"}, Monitor: monitor, TLS: wire.TLS{CA: "c"}},
		"servers, a certificate without key": {Name: "a", Node: "n1", Servers: []string{"tls://127.0.0.1:4222"}, Monitor: monitor, TLS: wire.TLS{Cert: "c"}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), awaits)
		if w, err := wire.Open(ctx, s, nil); err == nil || ctx.Err() != nil {
			t.Errorf("%s: %v, %v; want it refused at once", name, w, err)
		}
		cancel()
	}
}
