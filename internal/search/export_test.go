package search

import "maps"

// SetLimit replaces the bounds that only a large store reaches: how many hits are few,
// how many words a prefix expands to, how many stories a batch has. 0 keeps them.
func (x *Index) SetLimit(n int) { x.limit = n }

// AfterStep sets what is called after each step of a build.
func (x *Index) AfterStep(fn func()) { x.afterStep = fn }

// Unmap makes query fields unknown to the index.
func (x *Index) Unmap(fields ...string) {
	x.known = maps.Clone(mappings)
	for _, f := range fields {
		delete(x.known, f)
	}
}

// Mapped returns the names of the query fields that an index knows.
func Mapped() (names []string) {
	for name := range mappings {
		names = append(names, name)
	}
	return names
}
