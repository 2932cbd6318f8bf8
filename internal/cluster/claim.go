package cluster

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/fetch"
)

// Partitions is the number of partitions. It can't change while a cluster has data.
const Partitions = 64

// Claim is what one node at a time may own: a partition, from 0 to Partitions-1, or a role.
type Claim int

// The roles.
const (
	Hub   Claim = Partitions + iota // sends topic feeds to WebSub subscribers
	Post                            // sends alerts and newsletters
	Clerk                           // files sweeps, and makes backups
	claims
)

var roleNames = map[Claim]string{Hub: "hub", Post: "post", Clerk: "clerk"}

// IsRole reports whether the claim is a role.
func (c Claim) IsRole() bool { return c >= Partitions }

// String returns the key of the claim: p07, or the name of the role.
func (c Claim) String() string {
	if name := roleNames[c]; name != "" {
		return name
	}
	return fmt.Sprintf("p%02d", int(c))
}

// claimOf returns the claim with the key.
var claimOf = func() map[string]Claim {
	all := map[string]Claim{}
	for c := range claims {
		all[c.String()] = c
	}
	return all
}()

// PartitionOf returns the partition of a source by its address. Addresses of one
// registrable domain are in the same partition, on every node and in every version.
func PartitionOf(rawURL string) Claim {
	return Claim(xxhash.Sum64String(fetch.Domain(rawURL)) % Partitions)
}

// wanted returns the node that should own the claim, by rendezvous hashing: a node that
// comes or goes changes only what it owns. It is empty if there are no nodes.
func wanted(c Claim, nodes []string) (best string) {
	var most uint64
	for _, n := range nodes {
		weight := xxhash.Sum64String(n + "\x00" + c.String())
		if best == "" || weight > most || weight == most && n < best {
			best, most = n, weight
		}
	}
	return best
}
