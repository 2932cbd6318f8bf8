// Package loopback finds addresses for the servers of tests.
//
// An address is kept for one test, also against other test processes on this machine, although
// nobody listens there yet. Its port lies below those that systems hand out by themselves
// (49152 and above by RFC 6335 section 6, 32768 on Linux), so no outgoing connection takes it
// while a server is not up yet or is started again. It is imported by tests only.
package loopback

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
)

// The ports that are given.
const first, last = 10000, 29999

// Address returns a host:port that nobody listens on, until the test ends. The next port, at
// which a voter takes readers, is free as well.
func Address(tb testing.TB) string {
	tb.Helper()
	for range 1000 {
		port := first + 2*rand.IntN((last-first+1)/2)
		if keep(tb, port) {
			return address(port)
		}
	}
	tb.Fatalf("no port is free between %d and %d", first, last)
	return ""
}

// keep takes a port and the next one for the test, if nobody has them. What holds them is a
// UDP socket each, which does not keep a TCP server from listening.
func keep(tb testing.TB, port int) bool {
	var held []io.Closer
	for p := port; p <= port+1; p++ {
		hold, err := net.ListenPacket("udp", address(p))
		if err == nil {
			held = append(held, hold)
			err = listen(p)
		}
		if err != nil {
			closeAll(held)
			return false
		}
	}
	tb.Cleanup(func() { closeAll(held) })
	return true
}

// listen reports why a server can't listen on a port.
func listen(port int) error {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return err
	}
	return l.Close()
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func closeAll(all []io.Closer) {
	for _, c := range all {
		_ = c.Close() // nothing was sent
	}
}
