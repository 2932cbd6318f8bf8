package fetch

import (
	"net"
	"sync/atomic"
)

// conn is a connection that drops a request for whose answer nobody waits any more. One that
// was written while the network was away would otherwise be sent when that is back, which may
// be after another node of a cluster has begun to ask the host.
type conn struct {
	*net.TCPConn
	asked atomic.Bool // something was written since the last byte was read
}

// maxFarewell is the most that is written before a connection is closed in order: an alert of
// TLS (RFC 8446 section 6.1). A request is longer.
const maxFarewell = 32

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	if n > 0 {
		c.asked.Store(false)
	}
	return n, err
}

func (c *conn) Write(b []byte) (int, error) {
	if len(b) > maxFarewell {
		c.asked.Store(true)
	}
	return c.TCPConn.Write(b)
}

// Close resets the connection if a request has no answer, so that nothing of it is sent later.
func (c *conn) Close() error {
	if c.asked.Load() {
		_ = c.SetLinger(0) // fails where the connection has ended, which is as good
	}
	return c.TCPConn.Close()
}
