package loopback

import (
	"net"
	"testing"
)

// No address is given twice while its test runs, although there are few.
func TestAddressesDiffer(t *testing.T) {
	const many = 400 // of 10,000: two would be equal more often than not
	given := map[string]bool{}
	for range many {
		given[Address(t)] = true
	}
	if len(given) != many {
		t.Errorf("%d different addresses, want %d", len(given), many)
	}
	for a := range given {
		l, err := net.Listen("tcp", a)
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
	}
}

// A port is not given while somebody listens there or on the next one, or keeps it.
func TestTakenPorts(t *testing.T) {
	kept := first
	for !keep(t, kept) {
		kept += 2
	}
	if keep(t, kept) {
		t.Error("a port is given twice")
	}
	t.Run("of another test", func(t *testing.T) {
		if keep(t, kept) {
			t.Error("a port is given to two tests")
		}
	})
	for next := range 2 {
		port := kept + 2
		for !keep(noCleanup{t}, port) { // free, and not kept
			port += 2
		}
		l, err := net.Listen("tcp", address(port+next))
		if err != nil {
			t.Fatal(err)
		}
		if keep(t, port) {
			t.Errorf("port %d is given while somebody listens on %d", port, port+next)
		}
		_ = l.Close()
	}
}

// noCleanup is a test that has ended at once.
type noCleanup struct{ *testing.T }

func (noCleanup) Cleanup(f func()) { f() }
