package origin

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// planner gives the reports of happenings, their copies and the singles their outlets and
// times.
type planner struct {
	seed  uint64
	names *names
	plan  []planned
	used  map[int]int // by outlet: how many reports of the current section it has
}

// newTake returns a take that is published at once and stays.
func newTake(at float64, beat, headline, body string) *take {
	return &take{at: at, dropAt: math.Inf(1), versions: []version{{at, headline}}, beat: beat, body: body}
}

func (p *planner) hash(parts ...uint64) uint64 { return hash(p.seed, parts...) }

// hashText returns a hash of a text.
func (p *planner) hashText(s string) uint64 {
	h := p.hash(uint64(len(s)))
	for _, b := range []byte(s) {
		h = hash(h, uint64(b))
	}
	return h
}

func (p *planner) addHappening(h *happening) {
	for i := range h.sections {
		s := &h.sections[i]
		clear(p.used)
		first := -1
		for k := range s.texts {
			at := p.reportTime(h, i, k)
			o := p.outletOf(s, k, at, first)
			if k == 0 {
				first = o
			}
			p.used[o]++
			p.addReport(h, s, k, o, at)
		}
	}
}

// reportTime returns the time of report k in section i. The reports of a section are
// spread over the time of the happening. Other languages follow the main one.
func (p *planner) reportTime(h *happening, i, k int) float64 {
	n := len(h.sections[i].texts)
	jitter := p.hashText(h.sections[i].texts[k].headline)
	var delay float64
	switch {
	case h.isBurst():
		return h.start + float64(i)*2.3 + float64(k)*(h.over-20)/float64(n) + float64(jitter%40)/10
	case i > 0:
		delay = 25 + float64(p.hashText(h.name)%80) + 15*float64(i)
	}
	step := (h.over - delay) / float64(max(1, n-1))
	at := h.start + delay + step*float64(k)
	if k > 0 {
		at -= min(step/4, 40) * float64(jitter%100) / 100
	}
	return at
}

// outletOf returns the outlet of report k of a section. What others copy comes from the
// agency, an update from the outlet of the first report, and everything else from the
// outlets in turn.
func (p *planner) outletOf(s *section, k int, at float64, first int) int {
	t := &s.texts[k]
	if t.copies > 0 || t.killed || t.embargoed {
		return slices.IndexFunc(outlets, func(o outlet) bool { return o.lang == s.lang })
	}
	if strings.HasPrefix(t.headline, "UPDATE") {
		return first
	}
	least := 0
	for {
		o := pickOutlet(s.lang, t.beat, at, p.hashText(s.texts[0].headline)+uint64(k)*7, func(i int) bool { return p.used[i] <= least })
		if o >= 0 {
			return o
		}
		least++
	}
}

func (p *planner) addReport(h *happening, s *section, k, outlet int, at float64) {
	t := &s.texts[k]
	tk := newTake(at, t.beat, t.headline, t.summary)
	tk.happening, tk.media = h.name, t.media
	if t.killed {
		tk.versions = append(tk.versions, version{at + killedAfter, "KILL: " + t.headline})
		tk.dropAt = at + killedAfter + droppedAfter
	}
	if t.embargoed {
		tk.embargo = h.start
		tk.at = h.start - embargoedBefore
		tk.versions[0].at = tk.at
	}
	p.plan = append(p.plan, planned{outlet, tk})
	p.addCopies(t, s.lang, outlet, tk)
}

// addCopies lets other outlets copy a report.
func (p *planner) addCopies(t *text, lang string, first int, original *take) {
	free := func(i int) bool {
		return i != first && p.used[i] == 0 && (t.copyCorrected == "" || outlets[i].rank == 0) // the agency leads
	}
	for n := range t.copies {
		h := p.hashText(t.headline) + uint64(n)*13
		at := original.at + 6 + float64(h%25) + 11*float64(n)
		i := pickOutlet(lang, t.beat, at, h, free)
		if i < 0 {
			return
		}
		p.used[i]++
		tk := newTake(at, t.beat, editHeadline(t.headline, &outlets[i], h>>8), t.summary)
		tk.happening = original.happening
		if n == 0 && t.copyCorrected != "" {
			tk.versions = []version{{at, t.headline}, {at + correctedAfter, "CORRECTED: " + t.copyCorrected}}
		}
		p.plan = append(p.plan, planned{i, tk})
	}
}

// editHeadline returns a headline as another outlet prints it. how selects the edit.
func editHeadline(s string, o *outlet, how uint64) string {
	edits := []string{s, s + " - " + o.title, s + " | " + o.title, s + "."}
	switch o.lang {
	case "en":
		edits = append(edits, strings.ToUpper(s), "BREAKING: "+s, "WATCH: "+s, strings.ReplaceAll(s, ",", ""))
	case "fr":
		edits = append(edits, strings.ReplaceAll(s, "'", "’"))
	case "ar":
		edits = append(edits, "عاجل | "+s, "عاجل: "+s)
	}
	return edits[how%uint64(len(edits))]
}

// single is a headline that no other outlet has.
type single struct {
	text
	lang string
}

// addSingles plans the singles of all languages.
func (p *planner) addSingles() {
	all := p.mixSingles()
	for k, s := range all {
		at := singleTime(k, len(all))
		o := pickOutlet(s.lang, s.beat, at, p.hash(2, uint64(k)), func(int) bool { return true })
		headline := strings.ReplaceAll(s.headline, "{town}", p.names.town(p.hash(12)%4096+uint64(k), s.lang))
		p.plan = append(p.plan, planned{o, newTake(at, s.beat, headline, s.summary)})
	}
}

// mixSingles returns all singles, those of each language in an order that the seed gives
// and spread evenly.
func (p *planner) mixSingles() []single {
	type placed struct {
		single
		place float64
	}
	var all []placed
	for _, lang := range languages {
		own := readSingles(lang)
		slices.SortFunc(own, func(a, b text) int { return cmp.Compare(p.hashText(a.headline), p.hashText(b.headline)) })
		for i, t := range own {
			all = append(all, placed{single{t, lang}, (float64(i) + .5) / float64(len(own))})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	mixed := make([]single, len(all))
	for i := range all {
		mixed[i] = all[i].single
	}
	return mixed
}

// singleTime returns the time of single k of n: some are part of the backlog.
func singleTime(k, n int) float64 {
	if k < backlogSingles {
		return backlogStart - backlogStart*float64(k)/backlogSingles
	}
	return 1 + resultsFirst*float64(k-backlogSingles)/float64(n-backlogSingles)
}

// addRelays lets the quiet outlet repeat the last headlines of others when it returns.
func (p *planner) addRelays() {
	i := outletNamed(quietOutlet)
	told := map[string]bool{}
	for _, c := range p.plan {
		if c.outlet == i || len(c.versions) > 1 || c.embargo != 0 {
			told[c.versions[0].headline] = true
		}
	}
	for _, at := range []float64{quietUntil + 2, quietUntil + 20, quietUntil + 55} {
		var last planned
		for _, c := range p.plan {
			if outlets[c.outlet].lang == outlets[i].lang && c.at < at && !told[c.versions[0].headline] && (last.take == nil || c.at > last.at) {
				last = c
			}
		}
		told[last.versions[0].headline] = true
		tk := newTake(at, last.beat, last.versions[0].headline, last.body)
		tk.happening = last.happening
		p.plan = append(p.plan, planned{i, tk})
	}
}
