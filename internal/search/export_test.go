package search

// Narrow lets so few hits, words and stories be enough for what is made for very many.
func (x *Index) Narrow(n int) { x.few = n }

// Between is called between two steps of the making.
func (x *Index) Between(fn func()) { x.between = fn }
