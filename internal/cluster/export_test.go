package cluster

// Wanted returns the node that should own the claim.
func Wanted(c Claim, nodes []string) string { return wanted(c, nodes) }
