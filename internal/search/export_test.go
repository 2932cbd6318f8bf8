package search

// SetLimit lets so few hits, words and stories be enough for what is made for very many.
func (x *Index) SetLimit(n int) { x.limit = n }

// AfterStep is called between two steps of the making.
func (x *Index) AfterStep(fn func()) { x.afterStep = fn }
