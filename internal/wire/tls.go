package wire

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// config returns the TLS of both sides: each shows its certificate, and takes only those of
// the authority. It returns nil if there is none.
func (t TLS) config() (*tls.Config, error) {
	if t == (TLS{}) {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, fmt.Errorf("the cluster's certificate: %w", err)
	}
	pool, err := t.authorities()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
	}, nil
}

// clientConfig returns the TLS of a client of servers elsewhere.
func (t TLS) clientConfig() (c *tls.Config, err error) {
	c = &tls.Config{MinVersion: tls.VersionTLS12}
	if t.Cert != "" {
		cert, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("the certificate for NATS: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	if t.CA != "" {
		c.RootCAs, err = t.authorities()
	}
	return c, err
}

// authorities returns those that CA names.
func (t TLS) authorities() (*x509.CertPool, error) {
	b, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, fmt.Errorf("the cluster's authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("the cluster's authority: %s has no certificate", t.CA)
	}
	return pool, nil
}
