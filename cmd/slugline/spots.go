package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/wire"
)

// spots keeps what visits learned of sources in a bucket, where the next node that visits them
// finds it. Its keys are pNN.SOURCE, so that the sources of a partition are read together.
type spots struct {
	bucket *wire.Bucket
	store  *store.Store
	log    *slog.Logger

	mu        sync.Mutex        // guards the fields below
	revisions map[string]uint64 // of the last value that this node wrote or read, by key
	unread    bool              // the last partition could not be read
}

// spot is a value of the bucket: JSON, so that a node of another version ignores members that
// it does not know. Form grows when it must not do that.
type spot struct {
	Form int `json:"form"`
	news.VisitState
}

const (
	spotForm    = 1
	maxSpot     = 32 << 10        // bytes of a value
	spotWriters = 16              // values that are written at the same time
	spotTimeout = 5 * time.Second // what reading a partition may take
)

// save writes states. A value of a later visit, by another node, stays, unless that node's clock
// was ahead.
func (s *spots) save(ctx context.Context, states []news.VisitState) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(spotWriters)
	for i := range states {
		g.Go(func() error { return s.saveOne(ctx, &states[i]) })
	}
	return g.Wait()
}

func (s *spots) saveOne(ctx context.Context, st *news.VisitState) error {
	key, value, err := encodeSpot(st)
	if err != nil {
		s.log.Warn("what visits learned of a source is not told to the other nodes", "source", st.Source, "err", err)
		return nil
	}
	for revision := s.revision(key); ; {
		next, ok, err := s.write(ctx, key, value, revision)
		if err != nil {
			return err
		}
		if ok {
			s.note(key, next)
			return nil
		}
		var there []byte
		if there, revision, err = s.bucket.Get(ctx, key); err != nil {
			return err
		}
		if other, err := decodeSpot(key, there); revision != 0 && err == nil && other.LastAttempt.After(st.LastAttempt) && time.Until(other.LastAttempt) <= poll.MaxAhead {
			s.note(key, revision)
			return nil
		}
	}
}

// write writes a value in the place of the one with a revision; 0: of none.
func (s *spots) write(ctx context.Context, key string, value []byte, revision uint64) (next uint64, ok bool, err error) {
	if revision == 0 {
		return s.bucket.Create(ctx, key, value)
	}
	return s.bucket.Update(ctx, key, value, revision)
}

func (s *spots) revision(key string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revisions[key]
}

func (s *spots) note(key string, revision uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revisions == nil {
		s.revisions = map[string]uint64{}
	}
	s.revisions[key] = revision
}

var errAllRead = errors.New("all is read")

// load reads the states of a partition. What can't be read is ignored: the schedule of this
// node, and what the records say, hold then. States of sources that the rules no longer have
// are deleted.
func (s *spots) load(ctx context.Context, partition int) (all []news.VisitState) {
	ctx, cancel := context.WithTimeout(ctx, spotTimeout)
	defer cancel()
	var removed []string
	err := s.bucket.Watch(ctx, fmt.Sprintf("p%02d.", partition), func(key string, value []byte, revision uint64) error {
		switch {
		case key == "":
			return errAllRead
		case value == nil:
			return nil
		}
		s.note(key, revision)
		st, err := decodeSpot(key, value)
		switch known := err == nil && s.isSource(st); {
		case err != nil:
			s.log.Warn("what another node learned of a source can't be read", "key", key, "err", err)
		case known:
			all = append(all, *st)
		default:
			removed = append(removed, key)
		}
		return nil
	})
	s.logLoad(partition, err)
	for _, key := range removed {
		if _, err := s.bucket.Delete(ctx, key, s.revision(key)); err == nil {
			s.note(key, 0)
		}
	}
	return all
}

// followRetry is the wait before the bucket is followed again after an error.
const followRetry = 5 * time.Second

// follow calls adopt with what other nodes learn, until ctx ends: so each node shows all
// sources, and shares the budget out by the pace of all. At a take-over load is needed
// nevertheless, because this may be behind.
func (s *spots) follow(ctx context.Context, adopt func([]news.VisitState)) error {
	for ; ctx.Err() == nil; pauseFor(ctx, followRetry) {
		var listed []news.VisitState
		listing := true
		_ = s.bucket.Watch(ctx, "", func(key string, value []byte, _ uint64) error { // load logs errors
			if st, err := decodeSpot(key, value); key != "" && err == nil {
				listed = append(listed, *st)
			}
			if listing = listing && key != ""; !listing {
				adopt(listed)
				listed = nil
			}
			return nil
		})
	}
	return nil
}

// logLoad logs once each time that states begin to be unreadable.
func (s *spots) logLoad(partition int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := !errors.Is(err, errAllRead)
	if failed && !s.unread {
		s.log.Warn("what other nodes learned of sources can't be read; these are visited by what this node knows", "partition", partition, "err", err)
	}
	s.unread = failed
}

// isSource reports whether the rules have a state's source at its address. In doubt they have.
func (s *spots) isSource(of *news.VisitState) bool {
	var st *news.SourceState
	err := s.store.View(func(tx *store.Tx) (err error) {
		st, err = tx.Sources.Get(of.Source)
		return err
	})
	return err != nil || st != nil && !st.Removed && st.Address == of.Address
}

// bucketKey matches what a key of a bucket may be.
var bucketKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_=-]+$`) })

// encodeSpot returns the key and value of a state. What only people read is left out if the
// value would be too large.
func encodeSpot(st *news.VisitState) (key string, value []byte, err error) {
	if !bucketKey().MatchString(st.Source) {
		return "", nil, fmt.Errorf("its id %q is no key", st.Source)
	}
	v := spot{spotForm, *st}
	value, err = json.Marshal(&v)
	if err == nil && len(value) > maxSpot {
		v.History, v.Lag = nil, nil
		value, err = json.Marshal(&v)
	}
	if err == nil && len(value) > maxSpot {
		err = fmt.Errorf("it has %d bytes, more than %d", len(value), maxSpot)
	}
	return fmt.Sprintf("%s.%s", cluster.PartitionOf(st.Address), st.Source), value, err
}

// decodeSpot returns the state that a value holds.
func decodeSpot(key string, value []byte) (*news.VisitState, error) {
	var v spot
	switch err := json.Unmarshal(value, &v); {
	case err != nil:
		return nil, err
	case v.Form != spotForm:
		return nil, fmt.Errorf("it has form %d, and this version of Slugline knows form %d", v.Form, spotForm)
	case key != fmt.Sprintf("%s.%s", cluster.PartitionOf(v.Address), v.Source):
		return nil, fmt.Errorf("it is of source %q at another address", v.Source)
	}
	return &v.VisitState, nil
}
