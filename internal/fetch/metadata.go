package fetch

import "net/netip"

// metadata are the addresses at which clouds give their machines credentials and settings
// without asking for a password. Some are public by their form (Azure's), others lie in
// ranges that newsrooms allow. So no range allows them, only the address itself.
var metadata = map[netip.Addr]bool{
	netip.MustParseAddr("169.254.169.254"):    true, // AWS, Azure, Google, Oracle, OpenStack and most others
	netip.MustParseAddr("fd00:ec2::254"):      true, // AWS
	netip.MustParseAddr("169.254.170.2"):      true, // AWS, credentials of ECS tasks
	netip.MustParseAddr("169.254.170.23"):     true, // AWS, EKS Pod Identity
	netip.MustParseAddr("fd00:ec2::23"):       true,
	netip.MustParseAddr("168.63.129.16"):      true, // Azure, the host's agent
	netip.MustParseAddr("fd20:ce::254"):       true, // Google
	netip.MustParseAddr("100.100.100.200"):    true, // Alibaba
	netip.MustParseAddr("fd00:100::100:200"):  true,
	netip.MustParseAddr("192.0.0.192"):        true, // Oracle
	netip.MustParseAddr("fd00:c1::a9fe:a9fe"): true,
	netip.MustParseAddr("169.254.42.42"):      true, // Scaleway
	netip.MustParseAddr("fd00:42::42"):        true,
	netip.MustParseAddr("fd00:a9fe:a9fe::1"):  true, // Akamai
	netip.MustParseAddr("169.254.0.23"):       true, // Tencent
	netip.MustParseAddr("100.96.0.96"):        true, // Volcano Engine
	netip.MustParseAddr("fe80::a9fe:a9fe"):    true, // OpenStack
}

// isMetadata reports whether an address, or the IPv4 address in it, is one of metadata.
func isMetadata(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if metadata[a] {
		return true
	}
	inner, ok := embedded(a)
	return ok && metadata[inner]
}

// embedded returns the IPv4 address that a gateway or this machine may reach by an IPv6
// address: those of NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), and the deprecated
// IPv4-compatible ones (RFC 4291 section 2.5.5.1).
func embedded(a netip.Addr) (netip.Addr, bool) {
	if !a.Is6() || a.Is4In6() {
		return netip.Addr{}, false
	}
	b := a.As16()
	at := -1
	switch {
	case nat64.Contains(a), localNAT64.Contains(a), compatible.Contains(a):
		at = 12
	case sixToFour.Contains(a):
		at = 2
	default:
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(b[at : at+4])), true
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48")
	compatible = netip.MustParsePrefix("::/96")
	sixToFour  = netip.MustParsePrefix("2002::/16")
)
