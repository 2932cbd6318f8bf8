package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"time"
)

// certificatesLast is how long the certificates of a cluster are valid. Nobody renews them
// by themselves, so it is long.
const certificatesLast = 10 * 365 * 24 * time.Hour

// authority signs the certificates of a cluster's nodes.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// openAuthority reads an authority. The error matches fs.ErrNotExist only if neither file is
// there.
func openAuthority(certFile, keyFile string) (*authority, error) {
	cert, err := readPEM(certFile)
	key, keyErr := readPEM(keyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist):
		return nil, err
	case errors.Is(keyErr, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is there and its private key, %s, is not: run this where both are, or name another folder with --to", certFile, keyFile)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is there and its certificate, %s, is not: run this where both are, or name another folder with --to", keyFile, certFile)
	case err != nil || keyErr != nil:
		return nil, errors.Join(err, keyErr)
	}
	a := &authority{}
	if a.cert, err = x509.ParseCertificate(cert); err != nil {
		return nil, fmt.Errorf("read %s: %w", certFile, err)
	}
	if a.key, err = x509.ParseECPrivateKey(key); err != nil {
		return nil, fmt.Errorf("read %s: %w", keyFile, err)
	}
	if !a.key.PublicKey.Equal(a.cert.PublicKey) {
		return nil, fmt.Errorf("%s is not the private key of %s", keyFile, certFile)
	}
	return a, nil
}

func readPEM(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s is not a PEM file", name)
	}
	return block.Bytes, nil
}

// newAuthority makes an authority and its files.
func newAuthority(certFile, keyFile string) (*authority, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Slugline cluster"}, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	a := &authority{cert: template}
	key, der, err := a.sign(template)
	if err != nil {
		return nil, err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.key = key
	return a, writePair(certFile, keyFile, der, key)
}

// issue makes the certificate of a node and its files.
func (a *authority) issue(n nodeFile) error {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: n.Name}, DNSNames: []string{n.Name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	for _, host := range n.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if host != n.Name {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key, der, err := a.sign(template)
	if err != nil {
		return fmt.Errorf("certificate of %s: %w", n.Name, err)
	}
	return writePair(n.Cert, n.Key, der, key)
}

// sign makes a key and a certificate for it. An authority without a key signs itself.
func (a *authority) sign(template *x509.Certificate) (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template.NotBefore, template.NotAfter = now.Add(-time.Hour), now.Add(certificatesLast) // a node's clock may be behind
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, signer)
	return key, der, err
}

// writePair writes a certificate and its private key, the key first and readable by its
// owner alone.
func writePair(certFile, keyFile string, der []byte, key *ecdsa.PrivateKey) error {
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(keyFile, 0o600, "EC PRIVATE KEY", private); err != nil {
		return err
	}
	return writePEM(certFile, 0o644, "CERTIFICATE", der)
}

// writePEM writes a PEM file that must not exist.
func writePEM(name string, mode fs.FileMode, kind string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: content})
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
