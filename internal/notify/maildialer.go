package notify

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// mailDialer connects to a mail server. go-mail heeds a context only while it connects, and
// then waits for each answer as long as attemptTimeout: a server that does not answer would
// hold up the end of the program.
type mailDialer struct {
	ctx  context.Context // connections end soon after it
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	tls  *tls.Config // nil: the connection is not encrypted from the start
}

// lastMail is how long a mail that is being sent may take when its context has ended. A mail
// that is cut off may have been sent, and is sent again.
const lastMail = 2 * time.Second

func (d *mailDialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	dial := d.dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	bound := &boundConn{Conn: conn}
	bound.release = context.AfterFunc(d.ctx, func() {
		time.AfterFunc(lastMail, func() { _ = conn.Close() }) // it may be closed already
	})
	if d.tls == nil {
		return bound, nil
	}
	secure := tls.Client(bound, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = bound.Close()
		return nil, err
	}
	return secure, nil
}

// boundConn is a connection that is closed soon after a context has ended.
type boundConn struct {
	net.Conn
	release func() bool // forgets the context
}

func (c *boundConn) Close() error {
	c.release()
	return c.Conn.Close()
}
