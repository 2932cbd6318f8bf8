package origin

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// teller writes the script, story by story, a little ahead of the time that is
// asked for. The same seed gives the same script however it is asked.
type teller struct {
	seed    uint64
	tongues map[string]*tongue
	names   *names

	next   uint64              // story
	burst  int                 // next
	brief  [2]int              // next briefing of each language
	takes  [][]*take           // by outlet, by time
	lately map[string][]string // headlines lately told, by language: what the briefing says
}

func newTeller(seed uint64) *teller {
	t := &teller{
		seed: seed, tongues: map[string]*tongue{}, names: readNames(),
		takes: make([][]*take, len(outlets)), lately: map[string][]string{},
	}
	for i := range outlets {
		if lang := outlets[i].lang; t.tongues[lang] == nil {
			t.tongues[lang] = readTongue(lang)
		}
	}
	return t
}

func storyTime(k uint64) float64 {
	if k < backCount {
		return -float64(backCount-k) * backStep
	}
	return float64(k-backCount) * pace
}

func burstTime(i int) float64 { return burstFirst + float64(i)*burstEvery }

// tell writes all that is published up to s. The order is that of time, whatever
// the steps in which s grows.
func (t *teller) tell(s float64) {
	for {
		story, burst := storyTime(t.next), burstTime(t.burst)
		brief, which := t.briefTime()
		switch first := min(story, burst, brief); {
		case first > s:
			return
		case first == story:
			t.story(t.next, story)
			t.next++
		case first == burst:
			t.event(t.burst, burst)
			t.burst++
		default:
			t.briefing(which, brief)
			t.brief[which]++
		}
	}
}

// mix is a hash of small numbers: the script's only chance.
func (t *teller) mix(parts ...uint64) uint64 {
	h := t.seed ^ 0x9e3779b97f4a7c15
	for _, p := range parts {
		h ^= p + 0x9e3779b97f4a7c15 + h<<6 + h>>2
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 31
	}
	return h
}

// cast are the names and numbers of one story. Numbers go round with n, and come
// again when it has grown by 76.
func (t *teller) cast(k uint64, lang string, n uint64) *strings.Replacer {
	off := t.seed % 9973
	n5 := 20 + 10*(n%7) + []uint64{0, 5, 6, 7, 8, 9}[n/7%6] // takes the genitive plural in Russian
	place, org := t.names.place(k*1237+off, lang), t.names.company(k*7+off, lang)
	return strings.NewReplacer(
		"{place}", place, "{deplace}", of(place),
		"{place2}", t.names.place(k*1237+off+1613, lang),
		"{org}", org, "{deorg}", of(org),
		"{n}", fmt.Sprint(23+n*31%76),
		"{n5}", fmt.Sprint(n5),
	)
}

// turn says which story of its language the k-th is.
func turn(k uint64) (lang string, m uint64) {
	round := uint64(len(shift))
	lang = shift[k%round]
	var in, before uint64
	for i, l := range shift {
		if l == lang {
			in++
			if uint64(i) < k%round {
				before++
			}
		}
	}
	return lang, k/round*in + before
}

// phrase is what the m-th story of a language is told with, and how often that
// was used before; each begins elsewhere in its pools.
func (t *teller) phrase(lang string, m uint64) (p *phrase, use uint64) {
	all := t.tongues[lang].phrases
	i, n := m%uint64(len(all)), uint64(len(all))
	return &all[i], m/n + t.mix(i, 7)%35
}

func (t *teller) story(k uint64, at float64) {
	lang, m := turn(k)
	p, use := t.phrase(lang, m)
	headline := p.say(use, t.cast(k, lang, use))
	first := t.reporter(lang, p.beat, k, at)
	if first < 0 {
		return
	}
	tk := &take{at: at, drop: math.Inf(1), versions: []version{{at, headline}}, beat: p.beat, body: t.summary(lang, k)}
	live := lang == "en" && at >= 0
	switch {
	case live && m%37 == 30:
		tk.versions = append(tk.versions, version{at + killed, "KILL: " + headline})
		tk.drop = at + killed + withdrawn
	case live && m%11 == 5:
		tk.versions = append(tk.versions, version{at + corrected, "CORRECTED: " + p.say(use, t.cast(k, lang, use+1))})
		fallthrough
	default:
		t.copies(k, first, tk)
	}
	t.publish(first, tk)
	t.lately[lang] = append(t.lately[lang], headline)
	if len(t.lately[lang]) > 6 {
		t.lately[lang] = t.lately[lang][1:]
	}
}

// reporter is the outlet that has the story first.
func (t *teller) reporter(lang, beat string, k uint64, at float64) int {
	var able []int
	for i := range outlets {
		if outlets[i].lang == lang && outlets[i].covers(beat) && awake(i, at) {
			able = append(able, i)
		}
	}
	if able == nil {
		return -1
	}
	return able[t.mix(k, 2)%uint64(len(able))]
}

// awake tells whether an outlet can be counted on.
func awake(i int, at float64) bool {
	switch outlets[i].name {
	case quietName:
		return at < quietAfter
	case faultName:
		return fault(at) == faultNone
	}
	return true
}

// copies gives the story to other outlets of its language.
func (t *teller) copies(k uint64, first int, original *take) {
	want := []uint64{0, 0, 0, 1, 1, 2, 2, 3}[t.mix(k, 3)%8]
	lang := outlets[first].lang
	for i := range outlets {
		h := t.mix(k, 4, uint64(i))
		at := original.at + 4 + float64(h%30)
		if want == 0 || i == first || outlets[i].lang != lang || !outlets[i].covers(original.beat) || !awake(i, at) {
			continue
		}
		want--
		text := edit(original.versions[0].headline, &outlets[i], h>>8)
		t.publish(i, &take{at: at, drop: math.Inf(1), versions: []version{{at, text}}, beat: original.beat, body: original.body})
	}
}

// edit is what a desk does to a headline that it takes over.
func edit(s string, o *outlet, how uint64) string {
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

// event lets many outlets tell of one happening within a minute.
func (t *teller) event(i int, at float64) {
	kind := events[i%len(events)]
	k := uint64(1<<20 + i*31)
	n := t.seed%76 + uint64(i)
	turns := map[string]int{}
	for j := range outlets {
		o := &outlets[j]
		when := at + float64(j)*burstStep
		phrases := t.tongues[o.lang].bursts[kind]
		v := turns[o.lang]
		turns[o.lang]++
		if v >= len(phrases) || !awake(j, when) {
			continue
		}
		headline := phrases[v].say(uint64(i/len(events)), t.cast(k, o.lang, n))
		t.publish(j, &take{at: when, drop: math.Inf(1), versions: []version{{when, headline}}, beat: "events", body: t.summary(o.lang, k)})
	}
}

// briefs are the headlines that may come again, and how often they do.
var briefs = [2]struct {
	outlet, lang, headline string
	first, every           float64
}{
	{wireName, "en", "Morning briefing", 120, 240},
	{sahelName, "ar", "موجز الصباح", 180, 300},
}

func (t *teller) briefTime() (at float64, which int) {
	at = math.Inf(1)
	for i, b := range briefs {
		when := -1000.5
		if t.brief[i] > 0 {
			when = b.first + float64(t.brief[i]-1)*b.every
		}
		if when < at {
			at, which = when, i
		}
	}
	return at, which
}

func (t *teller) briefing(which int, at float64) {
	b := briefs[which]
	i := slices.IndexFunc(outlets, func(o outlet) bool { return o.name == b.outlet })
	t.publish(i, &take{
		at: at, drop: math.Inf(1), versions: []version{{at, b.headline}}, beat: "briefing",
		body: strings.Join(t.lately[b.lang], " — "),
	})
}

func (t *teller) summary(lang string, k uint64) string {
	all := t.tongues[lang].summaries
	return all[t.mix(k, 6)%uint64(len(all))].say(0, t.cast(k, lang, 0))
}

// publish keeps an outlet's takes in the order of time, the old ones forgotten.
func (t *teller) publish(i int, tk *take) {
	all := t.takes[i]
	n := len(all)
	for n > 0 && all[n-1].at > tk.at {
		n--
	}
	tk.id = t.mix(uint64(i), uint64(len(tk.versions[0].headline)), math.Float64bits(tk.at)) >> 24
	all = slices.Insert(all, n, tk)
	if len(all) > kept {
		all = slices.Clone(all[len(all)-kept/2:])
	}
	t.takes[i] = all
}
