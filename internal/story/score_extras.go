package story

import "slices"

// extraTokens is what a headline says beyond the first of its story, of the kinds of
// words by which stories are told apart: Quake hits coast; 6.1 quake hits coast.
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

// contradictsJoined says that a headline claims what none does that joined story i, and
// lacks what they claim of the same kind.
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

// hasOther says that a has a word of a kind that b has not.
func hasOther(a, b []token, k kind) bool {
	return slices.ContainsFunc(a, func(t token) bool { return t.kind == k && !hasRoot(b, t.root) })
}
