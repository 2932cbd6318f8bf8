package origin

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// outlet is one of the demo's sources.
type outlet struct {
	name   string // in feeds.yaml and in URLs
	title  string
	lang   string
	format Format
	tags   []string
	beats  string // the beats it covers, separated by spaces; empty: all
	rank   int
}

func (o *outlet) covers(beat string) bool {
	return o.beats == "" || strings.Contains(o.beats, beat)
}

const (
	briefingOutlet       = "halden-wire"   // publishes the daily briefing
	arabicBriefingOutlet = "sahel-agency"  // publishes it in Arabic
	faultyOutlet         = "signal-desk"   // fails from time to time
	quietOutlet          = "radio-marisun" // goes quiet for a time

	trafficBeat = "traffic" // notices of the quiet outlet that feeds.yaml drops
)

// outlets lists the outlets. The first of each language is its news agency: what others
// copy, they copy from it.
var outlets = []outlet{
	{briefingOutlet, "Halden Wire", "en", RSS, []string{"world", "business", "wires"}, "", 10},
	{"northgate-ledger", "Northgate Ledger", "en", Atom, []string{"world", "business"}, "", 0},
	{faultyOutlet, "Signal Desk", "en", JSON, []string{"tech"}, "cyber science business", 0},
	{quietOutlet, "Radio Marisun", "en", RSS, []string{"world", "culture"}, "", 0},
	{"meridian-press", "Meridian Press", "en", RSS, []string{"world", "wires"}, "", 8},
	{"harbour-post", "The Harbour Post", "en", RSS, []string{"world", "business"}, "", 0},
	{"tidewater-times", "Tidewater Times", "en", Atom, []string{"world", "culture"}, "", 0},
	{"evening-lantern", "Evening Lantern", "en", RSS, []string{"world"}, "", 0},
	{"capital-dispatch", "Capital Dispatch", "en", JSON, []string{"world", "business"}, "", 0},
	{"eastgate", "Eastgate", "en", RSS, []string{"world", "asia"}, "", 0},
	{arabicBriefingOutlet, "وكالة الساحل للأنباء", "ar", RSS, []string{"world", "mideast", "wires"}, "", 10},
	{"al-marfa", "صحيفة المرفأ", "ar", RDF, []string{"world", "mideast"}, "", 0},
	{"al-ofoq", "بوابة الأفق", "ar", Atom, []string{"business", "tech", "mideast"}, "cyber business science", 0},
	{"al-qandil", "جريدة القنديل", "ar", RSS, []string{"world", "mideast"}, "", 0},
	{"sawt-al-wadi", "صوت الوادي", "ar", RSS, []string{"world", "mideast"}, "", 0},
	{"nordblick", "Nordblick", "de", RSS, []string{"world", "europe", "wires"}, "", 5},
	{"elmar-brief", "Elmar Wirtschaftsbrief", "de", JSON, []string{"business", "tech", "europe"}, "cyber business science world", 0},
	{"alsterkurier", "Alsterkurier", "de", RSS, []string{"world", "europe"}, "", 0},
	{"bergpost", "Bergpost", "de", Atom, []string{"world", "europe"}, "", 0},
	{"vestnik-zaliva", "Вестник залива", "ru", RSS, []string{"world", "europe", "wires"}, "", 5},
	{"volna", "Агентство «Волна»", "ru", RSS, []string{"world", "europe"}, "", 0},
	{"severnaya-liniya", "Северная линия", "ru", Atom, []string{"world", "europe"}, "", 0},
	{"agence-lumenne", "Agence Lumenne", "fr", RSS, []string{"world", "europe", "wires"}, "", 5},
	{"courrier-estran", "Le Courrier de l’Estran", "fr", Atom, []string{"world", "europe"}, "", 0},
	{"matin-levant", "Le Matin du Levant", "fr", RSS, []string{"world", "europe"}, "", 0},
	{"diario-paramo", "Diario del Páramo", "es", RSS, []string{"world", "europe"}, "", 0},
	{"la-ribera", "La Ribera", "es", RSS, []string{"world", "europe"}, "", 0},
	{"karaneh", "خبرگزاری کرانه", "fa", Atom, []string{"world", "mideast"}, "", 0},
	{"sepidar", "روزنامه سپیدار", "fa", RSS, []string{"world", "mideast"}, "", 0},
	{"shiomi", "汐見通信", "ja", RDF, []string{"world", "asia"}, "", 0},
	{"tsubame", "つばめ新聞", "ja", RSS, []string{"world", "asia"}, "", 0},
	{"haian", "海岸新闻", "zh", RSS, []string{"world", "asia"}, "", 0},
	{"bailu", "白鹭时报", "zh", RSS, []string{"world", "asia"}, "", 0},
}

// languages are the languages of the outlets.
var languages = strings.Fields("en ar de ru fr es fa ja zh")

// outletNamed returns the index of an outlet.
func outletNamed(name string) int {
	return slices.IndexFunc(outlets, func(o outlet) bool { return o.name == name })
}

func (o *outlet) site(base string) string { return base + "/" + o.name + "/" }
func (o *outlet) feed(base string) string { return o.site(base) + "feed" }

// Feeds returns the addresses of all feeds of a Scenario that is served at base.
func Feeds(base string) []string {
	var all []string
	for i := range outlets {
		all = append(all, outlets[i].feed(base))
	}
	return all
}

// Config returns a feeds.yaml for a Scenario that is served at bases, with the database in
// folder. Outlets are at one base after the other, so that they seem to be on several hosts.
func Config(folder string, bases ...string) string {
	var b strings.Builder
	var hosts []string
	for _, base := range bases {
		if u, err := url.Parse(base); err == nil {
			hosts = append(hosts, quote(u.Host))
		}
	}
	fmt.Fprintf(&b, configHead, quote(filepath.Join(folder, "slugline.db")), strings.Join(hosts, ", "))
	for i := range outlets {
		o := &outlets[i]
		fmt.Fprintf(&b, "  - {feed: %s, name: %s, owner: %s, tags: [%s], language: %s, rank: %d, every: 1s%s}\n",
			quote(o.feed(bases[i%len(bases)])), o.name, o.name, strings.Join(o.tags, ", "), o.lang, o.rank, o.match())
	}
	fmt.Fprintf(&b, configTail, quote(bases[0]+inbox))
	return b.String()
}

// items returns how many items the feed has. The notices of the quiet outlet make it long.
func (o *outlet) items() int {
	if o.name == quietOutlet {
		return maxTakes
	}
	return feedItems
}

// match returns the key by which feeds.yaml drops notices of the quiet outlet.
func (o *outlet) match() string {
	if o.name != quietOutlet {
		return ""
	}
	return ", match: '-category:" + trafficBeat + "'"
}

// quote returns s as a YAML string.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Planned tells visitors of the demo which trouble is part of the script.
func Planned() string {
	return fmt.Sprintf("Part of the script: %s has been silent for an hour and a half when it is reported as quiet, and returns after %.0f minutes; the feed of %s breaks after %d. See /sources and /alerts.",
		outlets[outletNamed(quietOutlet)].title, quietUntil/60., outlets[outletNamed(faultyOutlet)].title, faultFirst/60)
}

// inbox is the path to which the demo's alerts are sent.
const inbox = "/inbox"

const configHead = `# The outlets of the demo and their news are invented.
site:
  title: Morning Desk
  motto: الخبر مرة واحدة · each story once
  language: en
database: %s
fetch:
  floor: 1s
  per_host: 4
  allow: [%s]
sources:
`

const configTail = `topics:
  - name: latest
    title: Latest
    description: Everything, as it comes
  - name: world
    title: World
    from: [world]
    match: 'category:world OR category:climate OR category:culture OR category:briefing'
  - name: cyber
    title: Cyber security
    description: Attacks, leaks and those who answer for them
    match: '(category:cyber OR hackers OR ransom OR "data breach" OR قراصنة OR хакеры OR 黑客)'
  - name: business
    title: Business
    match: 'category:business'
  - name: climate
    title: Climate
    match: 'category:climate OR flood* OR drought OR storm'
  - name: arabic
    title: بالعربية
    description: كل ما يصل بالعربية
    match: 'lang:ar'
  - name: agencies
    title: Agencies
    description: What the wires have
    from: [wires]
alerts:
  - {name: breaking, when: breaking, to: &inbox [{webhook: %s}]}
  - {name: quiet-sources, when: quiet, to: *inbox}
  - {name: broken-sources, when: problem, to: *inbox}
`
