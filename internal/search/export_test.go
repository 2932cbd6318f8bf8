package search

// Narrow lets so few hits and words be enough for what is made for very many.
func (x *Index) Narrow(n int) { x.few = n }
