package live

// Services returns the number of subscriptions that have not ended.
func (l *Live) Services() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.subs)
}
