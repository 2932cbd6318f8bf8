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
	authorities, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, fmt.Errorf("the cluster's authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("the cluster's authority: %s has no certificate", t.CA)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
	}, nil
}
