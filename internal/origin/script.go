package origin

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// script decides what each outlet publishes and when. The same seed gives the same
// takes, in whatever steps advance is called.
type script struct {
	seed  uint64
	books map[string]*phraseBook // by language
	names *names

	nextStory uint64              // number of the next story
	nextEvent int                 // number of the next event
	briefings [2]int              // number of the next briefing, by index of briefings
	takes     [][]*take           // by outlet, then by time
	recent    map[string][]string // the last six headlines by language, for the briefing
}

func newScript(seed uint64) *script {
	t := &script{
		seed: seed, books: map[string]*phraseBook{}, names: readNames(),
		takes: make([][]*take, len(outlets)), recent: map[string][]string{},
	}
	for i := range outlets {
		if lang := outlets[i].lang; t.books[lang] == nil {
			t.books[lang] = readPhraseBook(lang)
		}
	}
	return t
}

// storyTime returns the script time of story k. Those of the backlog are negative.
func storyTime(k uint64) float64 {
	if k < backlogStories {
		return -float64(backlogStories-k) * backlogEvery
	}
	return float64(k-backlogStories) * storyEvery
}

func eventTime(i int) float64 { return eventFirst + float64(i)*eventEvery }

// advance publishes everything up to script time s, in the order of time.
func (t *script) advance(s float64) {
	for {
		story, event := storyTime(t.nextStory), eventTime(t.nextEvent)
		briefing, index := t.nextBriefing()
		switch first := min(story, event, briefing); {
		case first > s:
			return
		case first == story:
			t.publishStory(t.nextStory, story)
			t.nextStory++
		case first == event:
			t.publishEvent(t.nextEvent, event)
			t.nextEvent++
		default:
			t.publishBriefing(index, briefing)
			t.briefings[index]++
		}
	}
}

// hash is the script's only source of variation: a hash of the seed and of small
// numbers.
func (t *script) hash(parts ...uint64) uint64 {
	h := t.seed ^ 0x9e3779b97f4a7c15
	for _, p := range parts {
		h ^= p + 0x9e3779b97f4a7c15 + h<<6 + h>>2
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 31
	}
	return h
}

// slotValues returns the names and numbers of story k, which fill the slots of its
// phrases. {n} repeats after 76 steps of n.
func (t *script) slotValues(k uint64, lang string, n uint64) *strings.Replacer {
	off := t.seed % 9973
	n5 := 20 + 10*(n%7) + []uint64{0, 5, 6, 7, 8, 9}[n/7%6] // numbers that require the genitive plural in Russian
	place, org := t.names.town(k*1237+off, lang), t.names.company(k*7+off, lang)
	return strings.NewReplacer(
		"{place}", place, "{deplace}", frenchOf(place),
		"{place2}", t.names.town(k*1237+off+1613, lang),
		"{org}", org, "{deorg}", frenchOf(org),
		"{n}", fmt.Sprint(23+n*31%76),
		"{n5}", fmt.Sprint(n5),
	)
}

// storyLanguage returns the language of story k, and how many stories of that language
// came before it.
func storyLanguage(k uint64) (lang string, m uint64) {
	round := uint64(len(rotation))
	lang = rotation[k%round]
	var in, before uint64
	for i, l := range rotation {
		if l == lang {
			in++
			if uint64(i) < k%round {
				before++
			}
		}
	}
	return lang, k/round*in + before
}

// phraseFor returns the phrase for the m-th story of a language, and the number of its
// earlier uses. That number starts at a different value for each phrase.
func (t *script) phraseFor(lang string, m uint64) (p *phrase, uses uint64) {
	all := t.books[lang].phrases
	i, n := m%uint64(len(all)), uint64(len(all))
	return &all[i], m/n + t.hash(i, 7)%35
}

// publishStory publishes story k at its first outlet and, except for kills, at others
// that copy it.
func (t *script) publishStory(k uint64, at float64) {
	lang, m := storyLanguage(k)
	p, uses := t.phraseFor(lang, m)
	headline := p.fill(uses, t.slotValues(k, lang, uses))
	first := t.firstOutlet(lang, p.beat, k, at)
	if first < 0 {
		return
	}
	tk := &take{at: at, dropAt: math.Inf(1), versions: []version{{at, headline}}, beat: p.beat, body: t.summaryOf(lang, k)}
	live := lang == "en" && at >= 0
	switch {
	case live && m%37 == 30:
		tk.versions = append(tk.versions, version{at + killedAfter, "KILL: " + headline})
		tk.dropAt = at + killedAfter + droppedAfter
	case live && m%11 == 5:
		tk.versions = append(tk.versions, version{at + correctedAfter, "CORRECTED: " + p.fill(uses, t.slotValues(k, lang, uses+1))})
		fallthrough
	default:
		t.publishCopies(k, first, tk)
	}
	t.publish(first, tk)
	t.recent[lang] = append(t.recent[lang], headline)
	if len(t.recent[lang]) > 6 {
		t.recent[lang] = t.recent[lang][1:]
	}
}

// firstOutlet returns the outlet that has story k first, -1 if none covers it.
func (t *script) firstOutlet(lang, beat string, k uint64, at float64) int {
	var candidates []int
	for i := range outlets {
		if outlets[i].lang == lang && outlets[i].covers(beat) && isReliable(i, at) {
			candidates = append(candidates, i)
		}
	}
	if candidates == nil {
		return -1
	}
	return candidates[t.hash(k, 2)%uint64(len(candidates))]
}

// isReliable reports whether outlet i publishes at that time.
func isReliable(i int, at float64) bool {
	switch outlets[i].name {
	case quietOutlet:
		return at < quietAfter
	case faultyOutlet:
		return faultAt(at) == faultNone
	}
	return true
}

// publishCopies lets up to three other outlets of the language copy the story.
func (t *script) publishCopies(k uint64, first int, original *take) {
	want := []uint64{0, 0, 0, 1, 1, 2, 2, 3}[t.hash(k, 3)%8]
	lang := outlets[first].lang
	for i := range outlets {
		h := t.hash(k, 4, uint64(i))
		at := original.at + 4 + float64(h%30)
		if want == 0 || i == first || outlets[i].lang != lang || !outlets[i].covers(original.beat) || !isReliable(i, at) {
			continue
		}
		want--
		text := editHeadline(original.versions[0].headline, &outlets[i], h>>8)
		t.publish(i, &take{at: at, dropAt: math.Inf(1), versions: []version{{at, text}}, beat: original.beat, body: original.body})
	}
}

// editHeadline returns a headline as another outlet prints it. how selects the edit.
func editHeadline(s string, o *outlet, how uint64) string {
	edits := []string{s, s, s + " - " + o.title, s + " | " + o.title, s + "."}
	switch o.lang {
	case "en":
		edits = append(edits, strings.ToUpper(s), "BREAKING: "+s, "UPDATE 1-"+s, "EXCLUSIVE: "+s, strings.ReplaceAll(s, ",", ""))
	case "fr":
		edits = append(edits, strings.ReplaceAll(s, "'", "’"))
	case "ar":
		edits = append(edits, "عاجل | "+s, "عاجل: "+s)
	}
	return edits[how%uint64(len(edits))]
}

// publishEvent lets many outlets report event i within a minute, each under its own
// headline.
func (t *script) publishEvent(i int, at float64) {
	kind := eventKinds[i%len(eventKinds)]
	k := uint64(1<<20 + i*31)
	n := t.seed%76 + uint64(i)
	used := map[string]int{}
	for j := range outlets {
		o := &outlets[j]
		when := at + float64(j)*eventStep
		phrases := t.books[o.lang].events[kind]
		v := used[o.lang]
		used[o.lang]++
		if v >= len(phrases) || !isReliable(j, when) {
			continue
		}
		headline := phrases[v].fill(uint64(i/len(eventKinds)), t.slotValues(k, o.lang, n))
		t.publish(j, &take{at: when, dropAt: math.Inf(1), versions: []version{{when, headline}}, beat: "events", body: t.summaryOf(o.lang, k)})
	}
}

// briefings are the headlines that repeat, with the times of their repetition. The first
// ones are part of the backlog.
var briefings = [2]struct {
	outlet, lang, headline string
	first, every           float64
}{
	{briefingOutlet, "en", "Morning briefing", 120, 240},
	{arabicBriefingOutlet, "ar", "موجز الصباح", 180, 300},
}

// nextBriefing returns the time of the next briefing and its index.
func (t *script) nextBriefing() (at float64, index int) {
	at = math.Inf(1)
	for i, b := range briefings {
		when := -1000.5
		if t.briefings[i] > 0 {
			when = b.first + float64(t.briefings[i]-1)*b.every
		}
		if when < at {
			at, index = when, i
		}
	}
	return at, index
}

func (t *script) publishBriefing(index int, at float64) {
	b := briefings[index]
	i := slices.IndexFunc(outlets, func(o outlet) bool { return o.name == b.outlet })
	t.publish(i, &take{
		at: at, dropAt: math.Inf(1), versions: []version{{at, b.headline}}, beat: "briefing",
		body: strings.Join(t.recent[b.lang], " — "),
	})
}

func (t *script) summaryOf(lang string, k uint64) string {
	all := t.books[lang].summaries
	return all[t.hash(k, 6)%uint64(len(all))].fill(0, t.slotValues(k, lang, 0))
}

// publish adds a take to outlet i in the order of time. Above maxTakes it deletes the
// older half.
func (t *script) publish(i int, tk *take) {
	all := t.takes[i]
	n := len(all)
	for n > 0 && all[n-1].at > tk.at {
		n--
	}
	tk.id = t.hash(uint64(i), uint64(len(tk.versions[0].headline)), math.Float64bits(tk.at)) >> 24
	all = slices.Insert(all, n, tk)
	if len(all) > maxTakes {
		all = slices.Clone(all[len(all)-maxTakes/2:])
	}
	t.takes[i] = all
}
