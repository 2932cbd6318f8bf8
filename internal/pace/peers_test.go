package pace

import (
	"math"
	"slices"
	"time"
)

// peer is the rule by which another aggregator visits feeds. At factor 1 it is as shipped;
// a larger factor makes fewer visits. seen are the publication times seen so far.
type peer func(f *TraceFeed, at time.Time, seen []time.Time, factor float64) time.Duration

// entryFrequency is Miniflux's rule of that name: the mean interval between the entries of
// the last week, at most a day.
func entryFrequency(f *TraceFeed, at time.Time, seen []time.Time, factor float64) time.Duration {
	const week = 7 * 24 * time.Hour
	i, _ := slices.BinarySearchFunc(seen, at.Add(-week), time.Time.Compare)
	seen = seen[i:]
	if len(seen) < 2 || !seen[0].Before(seen[len(seen)-1]) {
		return week / 7
	}
	gap := seen[len(seen)-1].Sub(seen[0]).Hours() / float64(len(seen)-1)
	weekly := math.Ceil(week.Hours() / gap)
	return min(time.Duration(factor*float64(week)/weekly), week/7)
}

// empirical is CommaFeed's rule: half the mean interval between the entries of the
// document, from 5 minutes to an hour; longer for feeds that have been silent for a week.
func empirical(f *TraceFeed, at time.Time, seen []time.Time, factor float64) time.Duration {
	const shortest, longest = 5 * time.Minute, 4 * time.Hour
	interval := longest
	if n := len(seen); n > 0 {
		document := seen[max(0, n-f.Window):]
		switch silent := at.Sub(seen[n-1]); {
		case silent >= 30*24*time.Hour:
		case silent >= 14*24*time.Hour:
			interval = longest / 2
		case silent >= 7*24*time.Hour:
			interval = longest / 4
		case len(document) >= 2:
			gap := document[len(document)-1].Sub(document[0]) / time.Duration(len(document)-1)
			interval = min(max(gap/2, shortest), longest/4)
		}
	}
	return time.Duration(factor * float64(interval))
}

// simulatePeer replays a trace with a peer's rule, at the factor that makes the wanted
// number of visits a day while it is measured.
func simulatePeer(tr *Trace, p peer, visitsPerDay float64, floor, warm time.Duration) (best Figures) {
	low, high := math.Log(1e-4), math.Log(1e4)
	off := math.Inf(1)
	for range 24 {
		middle := (low + high) / 2
		s := newReplay(tr, floor, warm)
		got := s.run(s.peer(p, math.Exp(middle)))
		if d := math.Abs(got.VisitsPerDay/visitsPerDay - 1); d < off {
			best, off = got, d
		}
		if off < .003 {
			break
		}
		if got.VisitsPerDay > visitsPerDay {
			low = middle
		} else {
			high = middle
		}
	}
	return best
}

// peer returns the policy of a peer.
func (s *replay) peer(p peer, factor float64) policy {
	return func(i int, at time.Time, _, upto int) time.Time {
		f := &s.Feeds[i]
		return at.Add(max(p(f, at, f.Times[:upto], factor), s.bounds(i).minInterval()))
	}
}
