package websub

import (
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// load reads the pushes. A push is our subscription to a source at its hub.
func (s *Subscriber) load() error {
	var all []*news.Push
	err := s.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Pushes.All()
		return err
	})
	for _, p := range all {
		s.pushes[p.Source], s.tokens[p.Token] = p, p.Source
	}
	return err
}

// updatePush changes a push, if it is still the one with this token. flush writes it.
func (s *Subscriber) updatePush(p news.Push, fn func(*news.Push)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if current := s.pushes[p.Source]; current != nil && current.Token == p.Token && s.worksFor(p.Source) {
		fn(current)
		s.dirty[p.Source] = true
	}
}

// syncPushes starts a push for each of the sources that this node works for that can have one,
// and stops the others.
func (s *Subscriber) syncPushes(site string, sources []*news.SourceState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[string]bool{}
	for _, src := range sources {
		if s.isWanted(site, src) {
			wanted[src.ID] = true
			s.ensurePush(site, src)
		}
	}
	for id := range s.pushes {
		if !wanted[id] && s.worksFor(id) {
			s.stopPush(id)
		}
	}
}

// relianceChanges returns the sources for which Relied has changed since the last call, and
// those that this node has begun to work for.
func (s *Subscriber) relianceChanges() (sources []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	relied := map[string]bool{}
	for id, p := range s.pushes {
		if p.Active(s.Now()) && s.worksFor(id) {
			relied[id] = true
			if !s.relied[id] {
				sources = append(sources, id)
			}
		}
	}
	for id := range s.relied {
		if !relied[id] {
			sources = append(sources, id)
		}
	}
	for id := range s.shared.fresh {
		if !relied[id] && !s.relied[id] {
			sources = append(sources, id)
		}
	}
	clear(s.shared.fresh)
	s.relied = relied
	return sources
}

// isWanted reports whether a source's hub should push it. A source that is read with
// credentials is never disclosed to a hub.
func (s *Subscriber) isWanted(site string, src *news.SourceState) bool {
	if src.Removed || src.Keyed {
		return false
	}
	_, err := httpAddress(src.Feed.Hub)
	_, err2 := httpAddress(src.Feed.Self)
	return err == nil && err2 == nil && (isPublic(site) || s.Allowed(src.Feed.Hub) && isRoutable(site))
}

// ensurePush makes a push for a source that has none for its hub, topic and our address,
// and checks whether the hub sends what visits find.
func (s *Subscriber) ensurePush(site string, src *news.SourceState) {
	p := s.pushes[src.ID]
	if p == nil || p.Hub != src.Feed.Hub || p.Topic != src.Feed.Self || p.Callback != site+Inbox+p.Token {
		s.removePush(p)
		token := randomToken()
		p = &news.Push{Source: src.ID, Hub: src.Feed.Hub, Topic: src.Feed.Self, Token: token, Callback: site + Inbox + token, Secret: randomToken()}
		s.pushes[src.ID], s.tokens[token] = p, src.ID
		s.dirty[src.ID] = true
	}
	if p.Unsubscribing {
		p.Unsubscribing, p.Tries, p.Next = false, 0, time.Time{}
		s.dirty[src.ID] = true
	}
	if checkReliability(p, src, s.Now()) {
		s.dirty[src.ID] = true
	}
}

// stopPush asks a hub up to maxStopTries times to end a subscription, then removes the
// push.
func (s *Subscriber) stopPush(source string) {
	p := s.pushes[source]
	switch {
	case !p.Unsubscribing && p.Active(s.Now()):
		p.Unsubscribing, p.Tries, p.Next = true, 0, time.Time{}
	case !p.Unsubscribing, p.Tries >= maxStopTries && !p.Next.After(s.Now()):
		s.removePush(p)
	default:
		return
	}
	s.dirty[source] = true
}

func (s *Subscriber) removePush(p *news.Push) {
	if p != nil {
		delete(s.tokens, p.Token)
		delete(s.pushes, p.Source)
	}
}

// pushEnded removes a push whose hub confirmed that the subscription ended.
func (s *Subscriber) pushEnded(p news.Push) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if current := s.pushes[p.Source]; current != nil && current.Token == p.Token && s.worksFor(p.Source) {
		s.removePush(current)
		s.dirty[p.Source] = true
	}
}

// checkReliability notes whether a visit found items that the hub did not send, and
// reports whether the push changed.
func checkReliability(p *news.Push, src *news.SourceState, now time.Time) bool {
	switch {
	case p.Verified.IsZero() || p.CheckedAt.After(p.Verified) && src.Entries == p.Entries:
		return false
	case !p.CheckedAt.After(p.Verified), p.Last.After(p.CheckedAt): // the subscription is new, or the hub sent content
	case now.Before(src.At.Add(grace)):
		return false
	default:
		p.MissedAt = src.At
	}
	p.CheckedAt, p.Entries = news.Instant(now), src.Entries
	return true
}

// flush writes what changed, and reports whether it could.
func (s *Subscriber) flush() bool {
	s.writing.Lock()
	defer s.writing.Unlock()
	changed, removed := s.takeDirty()
	if len(changed)+len(removed) == 0 {
		return true
	}
	err := s.Store.Update(func(tx *store.Tx) error {
		for _, source := range removed {
			if err := tx.Pushes.Delete(source); err != nil {
				return err
			}
		}
		for i := range changed {
			if err := tx.Pushes.Put(&changed[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return true
	}
	s.Log.Error("write pushes", "err", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, source := range removed {
		s.dirty[source] = true
	}
	for i := range changed {
		s.dirty[changed[i].Source] = true
	}
	return false
}

// takeDirty returns the pushes to be written and the sources whose push is to be deleted,
// and clears dirty.
func (s *Subscriber) takeDirty() (changed []news.Push, removed []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for source := range s.dirty {
		if !s.worksFor(source) {
			continue
		}
		if p := s.pushes[source]; p != nil {
			changed = append(changed, *p)
		} else {
			removed = append(removed, source)
		}
	}
	clear(s.dirty)
	return changed, removed
}
