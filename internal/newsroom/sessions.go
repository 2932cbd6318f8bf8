package newsroom

import (
	"context"
	"sync"
)

// sessions are the requests in progress that were allowed by named tokens. Revoking a token
// ends its requests. The zero value is ready.
type sessions struct {
	mu          sync.Mutex // guards the fields below
	revocations uint64
	cancel      map[string]map[*context.CancelFunc]struct{} // by name of the token
}

// count returns the number of revocations.
func (s *sessions) count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revocations
}

// begin returns the context of a request with a named token. It ends with ctx, or when the
// token is revoked. The caller must call done. revocations is a count from before the token
// was checked: if it has changed, current is false and the token must be checked again.
func (s *sessions) begin(ctx context.Context, name string, revocations uint64) (_ context.Context, done func(), current bool) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel == nil {
		s.cancel = map[string]map[*context.CancelFunc]struct{}{}
	}
	if s.cancel[name] == nil {
		s.cancel[name] = map[*context.CancelFunc]struct{}{}
	}
	s.cancel[name][&cancel] = struct{}{}
	return ctx, func() { s.finish(name, &cancel) }, s.revocations == revocations
}

func (s *sessions) finish(name string, cancel *context.CancelFunc) {
	(*cancel)()
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.cancel[name], cancel); len(s.cancel[name]) == 0 {
		delete(s.cancel, name)
	}
}

// end ends the requests of a token. The token must have been deleted before.
func (s *sessions) end(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revocations++
	for cancel := range s.cancel[name] {
		(*cancel)()
	}
}
