package view

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/store"
)

// speech is the language in which texts are written, and the zone of their times.
type speech struct {
	*locale.Locale
	zone *time.Location
}

// speak returns the speech for a language. Times are in site.zone.
func speak(tx *store.Tx, loc *locale.Locale) (speech, error) {
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return speech{loc, time.UTC}, err
	}
	zone, err := time.LoadLocation(rules.Site.Zone)
	if err != nil {
		zone = time.UTC
	}
	return speech{loc, zone}, nil
}

// moment writes a time with its date and zone.
func (s speech) moment(at time.Time) string {
	at = at.In(s.zone)
	return s.Moment(at) + " " + locale.UTCOffset(at)
}

func (s speech) percent(thousandths int) string { return s.Number((thousandths+5)/10) + " %" }

// list joins words with the comma of the language.
func (s speech) list(words []string) string { return strings.Join(words, s.T(", ")) }

// phrases are sentences of packages that know no language. Phrase translates them.
var phrases = []locale.Text{
	// story: what keeps headlines and events apart
	locale.Text("they have too little in common"), locale.Text("numbers differ"), locale.Text("one contradicts the other"),
	locale.Text("one key word differs"), locale.Text("they differ in who did it to whom"),
	locale.Text("one of them is from a source that is never folded (fold: none)"),
	locale.Text("the headline recurs, and they are {} hours apart"), locale.Text("they are {} hours apart"),
	locale.Text("they name other places"), locale.Text("each names a place that the other does not"), locale.Text("each names other people or firms"),
	locale.Text("all that they share is one name"), locale.Text("all that they share is one word or phrase"),
	locale.Text("it is the same sentence with other names"), locale.Text("they are of one series"), locale.Text("one is of men, the other of women"),
	locale.Text("the words that they share are common"), locale.Text("the event was old or silent for long"),
	// pace: why the next visit is when it is, and silence
	locale.Text("the server asks for {} between visits"), locale.Text("{} asks for {} between visits"), locale.Text("never sooner than {} after a visit"),
	locale.Text("every {}, as feeds.yaml says"), locale.Text("its publishing pattern is not known yet"),
	locale.Text("about {} items a day, and its feed holds only {}: visited before items drop off"),
	locale.Text("quiet: about {} items a day; this is the longest interval"), locale.Text("quiet: about 1 item a day; this is the longest interval"),
	locale.Text("as the budget allows: about {} items a day, {} expected by then"), locale.Text("as the budget allows: about 1 item a day, {} expected by then"),
	locale.Text("went quiet: nothing for {}; about {} items would be usual"),
	// news: the state of a subscription at a hub
	locale.Text("hub {}: unsubscribing"), locale.Text("pushed by hub {}, visited every 12 h for backup"), locale.Text("hub {} has not answered the subscription request yet"),
	locale.Text("hub {} missed items that a visit found at {}: visited at the normal pace"),
}

// pattern is a phrase that is found by what it says.
type pattern struct {
	text  string
	match *regexp.Regexp
}

var patterns = sync.OnceValue(func() (all []pattern) {
	for _, p := range phrases {
		expr := strings.ReplaceAll(regexp.QuoteMeta(string(p)), `\{\}`, `(.+?)`)
		all = append(all, pattern{string(p), regexp.MustCompile("^" + expr + "$")})
	}
	return all
})

// Phrase returns an English sentence of a package that knows no language in a language, and
// whether it could. The sentence may be of the patterns that phrases lists.
func Phrase(loc *locale.Locale, english string) (string, bool) {
	if loc.Lang == "en" {
		return english, true
	}
	for _, p := range patterns() {
		if m := p.match.FindStringSubmatch(english); m != nil {
			parts := make([]any, len(m)-1)
			for i, part := range m[1:] {
				parts[i] = part
			}
			return loc.T(p.text, parts...), true
		}
	}
	return english, false
}

func (s speech) phrase(english string) string {
	text, _ := Phrase(s.Locale, english)
	return text
}
