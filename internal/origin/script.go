package origin

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// script decides what each outlet publishes and when. The same seed gives the same
// takes, in whatever steps advance is called.
type script struct {
	seed      uint64
	plan      []planned         // by time
	next      int               // index of plan
	nextMatch uint64            // number of the next result
	nextOf    [len(serials)]int // by index of serials: number of the next one
	takes     [][]*take         // by outlet, then by time
	recent    [][2]string       // languages and texts of the last headlines, for the briefing
}

// planned is a take with its outlet.
type planned struct {
	outlet int
	*take
}

func newScript(seed uint64) *script {
	p := &planner{seed: seed, names: readNames(), used: map[int]int{}}
	for _, h := range readHappenings() {
		p.addHappening(&h)
	}
	p.addSingles()
	p.addRelays()
	slices.SortStableFunc(p.plan, func(a, b planned) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.outlet, b.outlet))
	})
	return &script{seed: seed, plan: p.plan, takes: make([][]*take, len(outlets))}
}

// advance publishes everything up to script time s, in the order of time.
func (t *script) advance(s float64) {
	for {
		plan, result := t.planTime(), resultTime(t.nextMatch)
		serial, index := t.nextSerial()
		switch first := min(plan, result, serial); {
		case first > s:
			return
		case first == plan:
			t.publish(t.plan[t.next])
			t.next++
		case first == result:
			t.publishResult(t.nextMatch, result)
			t.nextMatch++
		default:
			t.publishSerial(index, serial)
			t.nextOf[index]++
		}
	}
}

// planTime returns the time of the next take of the plan.
func (t *script) planTime() float64 {
	if t.next == len(t.plan) {
		return math.Inf(1)
	}
	return t.plan[t.next].at
}

// hash is the script's only source of variation: a hash of the seed and of small
// numbers.
func hash(seed uint64, parts ...uint64) uint64 {
	h := seed ^ 0x9e3779b97f4a7c15
	for _, p := range parts {
		h ^= p + 0x9e3779b97f4a7c15 + h<<6 + h>>2
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 31
	}
	return h
}

func resultTime(k uint64) float64 { return resultsFirst + float64(k)*resultsEvery }

// publishResult publishes the result of match k, in one of the languages whose words have
// spaces between them.
func (t *script) publishResult(k uint64, at float64) {
	h := hash(t.seed, 11, k)
	lang := languages[k%uint64(len(languages)-2)]
	headline := fmt.Sprintf("%s – %s %d:%d", club(hash(h, 1), lang), club(hash(h, 2), lang), h>>32%5, h>>40%4)
	t.publish(planned{pickOutlet(lang, "sport", at, h>>48, func(int) bool { return true }), newTake(at, "sport", headline, "")})
}

// pickOutlet returns an outlet of a language that covers the beat, publishes at that time
// and is free; -1 if there is none. Those of the language have their turn as h counts.
func pickOutlet(lang, beat string, at float64, h uint64, isFree func(int) bool) int {
	var all []int
	for i := range outlets {
		if o := &outlets[i]; o.lang == lang && o.covers(beat) && isReliable(i, at) && isFree(i) {
			all = append(all, i)
		}
	}
	if all == nil {
		return -1
	}
	return all[h%uint64(len(all))]
}

// isReliable reports whether outlet i publishes at that time.
func isReliable(i int, at float64) bool {
	switch outlets[i].name {
	case quietOutlet:
		return at <= quietFrom || at > quietUntil
	case faultyOutlet:
		return faultAt(at) == faultNone
	}
	return true
}

// serial is a headline that repeats each day, so often and in such steps.
type serial struct {
	outlet, lang, beat, headline string
	first                        float64
	daily                        int
	step                         float64
}

// time returns the time of repetition n.
func (s *serial) time(n int) float64 {
	return s.first + float64(n/s.daily)*86400 + float64(n%s.daily)*s.step
}

// serials begin in the backlog.
var serials = [...]serial{
	{briefingOutlet, "en", "briefing", "Daily briefing", -2*86400 + 120, 1, 0},
	{arabicBriefingOutlet, "ar", "briefing", "الموجز اليومي", -2*86400 + 180, 1, 0},
	{quietOutlet, "en", trafficBeat, "Traffic on the coast road", -7*86400 - 3*3600, 45, 360},
}

// nextSerial returns the time of the next one of the serials and its index.
func (t *script) nextSerial() (at float64, index int) {
	at = math.Inf(1)
	for i := range serials {
		if when := serials[i].time(t.nextOf[i]); when < at {
			at, index = when, i
		}
	}
	return at, index
}

func (t *script) publishSerial(index int, at float64) {
	s := &serials[index]
	i := outletNamed(s.outlet)
	switch {
	case !isReliable(i, at):
	case s.beat == trafficBeat:
		t.publish(planned{i, newTake(at, s.beat, s.headline, "No delays are reported.")})
	default:
		t.publish(planned{i, newTake(at, s.beat, s.headline, t.lastHeadlines(s.lang))})
	}
}

// lastHeadlines returns the last headlines of a language, for a briefing.
func (t *script) lastHeadlines(lang string) string {
	var last []string
	for _, r := range t.recent {
		if r[0] == lang {
			last = append(last, r[1])
		}
	}
	return strings.Join(last[max(0, len(last)-5):], " — ")
}

// publish adds a take to its outlet in the order of time. Above maxTakes it deletes the
// older half.
func (t *script) publish(p planned) {
	all := t.takes[p.outlet]
	n := len(all)
	for n > 0 && all[n-1].at > p.at {
		n--
	}
	headline := p.versions[0].headline
	p.id = hash(t.seed, uint64(p.outlet), uint64(len(headline)), math.Float64bits(p.at)) >> 24
	all = slices.Insert(all, n, p.take)
	if len(all) > maxTakes {
		all = slices.Clone(all[len(all)-maxTakes/2:])
	}
	t.takes[p.outlet] = all
	if p.beat != trafficBeat {
		t.remember(outlets[p.outlet].lang, headline)
	}
}

// remember keeps the last headlines.
func (t *script) remember(lang, headline string) {
	t.recent = append(t.recent, [2]string{lang, headline})
	if len(t.recent) > 400 {
		t.recent = slices.Clone(t.recent[200:])
	}
}
