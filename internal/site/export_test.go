package site

// ReadRecent limits of how many stories the site reads the outlets.
func (s *Site) ReadRecent(stories int) { s.recent.limit = stories }
