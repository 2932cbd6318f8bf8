package story

import "slices"

// extraTokens returns the tokens that a headline has and the first headline of its
// story lacks, of the kinds that tell stories apart: "Quake hits coast" and "6.1
// quake hits coast".
func extraTokens(first, tokens []token) []token {
	var out []token
	for _, t := range tokens {
		if (t.kind == number || t.kind == entity || t.kind == opposite) && !hasRoot(first, t.root) {
			out = append(out, t)
		}
	}
	return out
}

func hasRoot(tokens []token, root uint32) bool {
	return slices.ContainsFunc(tokens, func(t token) bool { return t.root == root })
}

// contradictsJoined tells whether a headline has extra tokens that no headline that
// joined story i has, and lacks theirs of the same kind.
func (x *index) contradictsJoined(i int32, tokens []token) bool {
	others := x.extras[i]
	if len(others) == 0 {
		return false
	}
	mine := extraTokens(x.stories[i].headlineTokens(), tokens)
	for _, k := range [...]kind{number, entity, opposite} {
		if hasOther(mine, others, k) && hasOther(others, mine, k) {
			return true
		}
	}
	return false
}

// hasOther tells whether a has a token of a kind that b lacks.
func hasOther(a, b []token, k kind) bool {
	return slices.ContainsFunc(a, func(t token) bool { return t.kind == k && !hasRoot(b, t.root) })
}
