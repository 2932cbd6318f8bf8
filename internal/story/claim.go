package story

import "slices"

// claimed is what a headline says beyond the first of its story, of the kinds of
// words by which stories are told apart: Quake hits coast; 6.1 quake hits coast.
func claimed(first, tokens []token) []token {
	var out []token
	for _, t := range tokens {
		if (t.kind == number || t.kind == place || t.kind == polar) && !holds(first, t.root) {
			out = append(out, t)
		}
	}
	return out
}

func holds(tokens []token, root uint32) bool {
	return slices.ContainsFunc(tokens, func(t token) bool { return t.root == root })
}

// contradicts says that a headline claims what none does that joined story i, and
// lacks what they claim of the same kind.
func (x *index) contradicts(i int32, tokens []token) bool {
	others := x.claims[i]
	if len(others) == 0 {
		return false
	}
	mine := claimed(x.stories[i].said(), tokens)
	for _, k := range [...]kind{number, place, polar} {
		if lacks(mine, others, k) && lacks(others, mine, k) {
			return true
		}
	}
	return false
}

// lacks says that a has a word of a kind that b has not.
func lacks(a, b []token, k kind) bool {
	return slices.ContainsFunc(a, func(t token) bool { return t.kind == k && !holds(b, t.root) })
}
