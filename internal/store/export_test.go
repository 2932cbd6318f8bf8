package store

// Checkpoint empties the log.
func (s *Store) Checkpoint() error { return s.checkpoint() }

// SetMaxLog sets how many bytes the log may have.
func (s *Store) SetMaxLog(n int) { s.maxLog = n }
