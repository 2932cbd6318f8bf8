package store

// SetMaxLog sets how many bytes the log may have.
func (s *Store) SetMaxLog(n int) { s.limits.log = n }
