package canon

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
)

// agencies are the news agencies whose reprints we recognize: id, own domains, and the
// names in credits, in lower case. They do not include a name that is also a common
// word or the abbreviation of something else.
var agencies = []struct{ id, domains, names string }{
	{"aa", "aa.com.tr", "anadolu|anadolu agency|anadolu ajansı|aa|الأناضول|وكالة الأناضول"},
	{"afp", "afp.com france24afp.com", "afp|agence france-presse|agence france presse|أ ف ب|أ.ف.ب|أ ف ب|ا ف ب|ا.ف.ب|فرانس برس|وكالة فرانس برس|афп|法新社"},
	{"ani", "aninews.in", "ani|asian news international"},
	{"anp", "anp.nl", "anp"},
	{"ansa", "ansa.it", "ansa"},
	{"ap", "apnews.com ap.org", "ap|associated press|the associated press|أ ب|أسوشيتد برس|ассошиэйтед пресс|美联社"},
	{"apa", "apa.at", "apa"},
	{"aps", "aps.dz", "aps|واج|وأج"},
	{"belga", "belga.be belganewsagency.eu", "belga"},
	{"bloomberg", "bloomberg.com", "bloomberg|bloomberg news|بلومبرغ"},
	{"bna", "bna.bh", "bna|بنا"},
	{"bta", "bta.bg", "bta|бта"},
	{"cp", "thecanadianpress.com", "canadian press|the canadian press"},
	{"ctk", "ctk.cz ceskenoviny.cz", "čtk|ctk"},
	{"dpa", "dpa.com dpa-international.com", "dpa|dpa-infocom|deutsche presse-agentur|د ب أ|د.ب.أ|د ب ا"},
	{"efe", "efe.com", "efe|agencia efe"},
	{"europapress", "europapress.es", "europa press"},
	{"interfax", "interfax.ru interfax.com", "interfax|interfax.ru|интерфакс"},
	{"irna", "irna.ir", "irna|ایرنا|إرنا|ارنا"},
	{"isna", "isna.ir", "isna|ایسنا"},
	{"jiji", "jiji.com", "jiji|jiji press|時事|時事通信"},
	{"kuna", "kuna.net.kw", "kuna|كونا"},
	{"kyodo", "kyodonews.net kyodonews.jp kyodo.co.jp", "kyodo|kyodo news|共同|共同通信"},
	{"lusa", "lusa.pt", "lusa"},
	{"map", "mapnews.ma", "و م ع|ومع"},
	{"mena", "mena.org.eg", "أ ش أ|أ.ش.أ|ا ش ا"},
	{"nna", "nna-leb.gov.lb", "الوكالة الوطنية للإعلام"},
	{"pa", "pamediagroup.com", "pa media|press association"},
	{"pap", "pap.pl", "pap"},
	{"petra", "petra.gov.jo", "petra|بترا"},
	{"pti", "ptinews.com", "pti|press trust of india"},
	{"qna", "qna.org.qa", "qna|قنا"},
	{"reuters", "reuters.com reuters.co.uk", "reuters|thomson reuters|reuters staff|رويترز|рейтер|路透社|路透|ロイター|로이터"},
	{"ria", "ria.ru rian.ru", "ria novosti|ria|риа новости"},
	{"sana", "sana.sy", "sana|سانا"},
	{"sda", "keystone-sda.ch sda.ch", "keystone-sda|sda"},
	{"spa", "spa.gov.sa", "spa|واس|وكالة الأنباء السعودية"},
	{"sputnik", "sputniknews.com sputnikglobe.com", "sputnik|سبوتنيك|спутник"},
	{"tap", "tap.info.tn", "وات"},
	{"tass", "tass.ru tass.com itar-tass.com", "tass|itar-tass|тасс|итар-тасс|تاس"},
	{"ukrinform", "ukrinform.ua ukrinform.net", "ukrinform|укринформ|укрінформ"},
	{"upi", "upi.com", "upi|united press international"},
	{"wafa", "wafa.ps", "wafa|وفا"},
	{"wam", "wam.ae", "wam|وام|وكالة أنباء الإمارات"},
	{"xinhua", "xinhuanet.com news.cn xinhua.net", "xinhua|xinhua news agency|شينخوا|新华社|新华网|新華社|синьхуа"},
	{"yonhap", "yna.co.kr yonhapnews.co.kr", "yonhap|yonhap news|연합뉴스|연합"},
}

// agencyNames gives the id of an agency by name, agencyDomains by domain or id.
var agencyNames, agencyDomains = func() (names, domains map[string]string) {
	names, domains = map[string]string{}, map[string]string{}
	for _, a := range agencies {
		domains[a.id] = a.id
		for _, d := range strings.Fields(a.domains) {
			domains[d] = a.id
		}
		for _, n := range strings.Split(a.names, "|") {
			names[n] = a.id
		}
	}
	return names, domains
}()

// Voice returns whose voice an entry is: the agency that it is credited to, the agency
// that its owner is, or the owner. agency may be empty.
func Voice(owner, agency string) string {
	if agency != "" {
		return agency
	}
	if id := agencyDomains[strings.ToLower(owner)]; id != "" {
		return id
	}
	return owner
}

const (
	maxDateline  = 90  // characters before the agency's name at the beginning of a text
	maxSignature = 200 // bytes at the end of a text in which a credit is searched
)

// agency returns the agency that an entry is credited to, in its byline, in its dateline
// or at the end of its text. A mention inside a sentence is no credit.
func agency(e *news.Entry) string {
	if id := agencyInByline(e.Author); id != "" {
		return id
	}
	if id := agencyInDateline(e.Summary); id != "" {
		return id
	}
	end := e.Body
	if end == "" {
		return agencyInSignature(e.Summary)
	}
	return agencyInSignature(cleanLine(htmlText(end[max(0, len(end)-4*maxSignature):], 4*maxSignature)))
}

// agencyNamed returns the agency with a name, which may be followed by a slash and one
// of its services, as in dpa/lno.
func agencyNamed(s string) string {
	s = strings.Trim(strings.TrimSpace(s), ".,;:()[]/* ")
	if len(s) > 64 || s == "" {
		return ""
	}
	s = strings.ToLower(s)
	if id := agencyNames[s]; id != "" {
		return id
	}
	name, service, ok := strings.Cut(s, "/")
	if !ok || strings.ContainsAny(service, " .") {
		return ""
	}
	return agencyNames[name]
}

// agencyInByline returns the agency whose name is one of the parts of a byline.
func agencyInByline(author string) string {
	if author == "" || len(author) > 200 {
		return ""
	}
	s := author
	for _, by := range []string{"by ", "par ", "por ", "von ", "di "} {
		if len(s) > len(by) && strings.EqualFold(s[:len(by)], by) {
			s = s[len(by):]
			break
		}
	}
	found := ""
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",/|()（）;·、", r) }) {
		if id := agencyNamed(part); id != "" {
			if found != "" && found != id {
				return "" // two agencies: the outlet wrote its own from theirs
			}
			found = id
		}
	}
	return found
}

// agencyInDateline reads the beginning of a text: "PARIS (AFP) -", "МОСКВА, 22 ноября. /ТАСС/.", "新华社北京11月22日电".
func agencyInDateline(text string) string {
	if strings.HasPrefix(text, "新华社") || strings.HasPrefix(text, "新華社") {
		if i := strings.Index(text, "电"); i >= 0 && i < maxDateline || strings.Contains(text[:min(len(text), maxDateline)], "電") {
			return "xinhua"
		}
	}
	i := strings.IndexAny(text[:min(len(text), 2*maxDateline)], "(/（[")
	if i < 0 || utf8.RuneCountInString(text[:i]) > maxDateline || !isPlaceAndDate(text[:i]) {
		return cmp.Or(agencyAtDash(text), agencyInSaudiDateline(text))
	}
	open, size := utf8.DecodeRuneInString(text[i:])
	rest := text[i+size:]
	j := strings.IndexRune(rest, map[rune]rune{'(': ')', '/': '/', '（': '）', '[': ']'}[open])
	if j < 0 || j > 64 {
		return ""
	}
	id := agencyNamed(rest[:j])
	if id == "" {
		return ""
	}
	_, size = utf8.DecodeRuneInString(rest[j:])
	after := strings.TrimSpace(rest[j+size:])
	if after == "" || strings.ContainsRune("-–—―:.،,−", firstRune(after)) || i == 0 || unicode.Is(unicode.Arabic, firstRune(after)) {
		return id
	}
	return ""
}

// agencyAtDash reads an agency's name before or behind the first dash of a text:
// "Reuters - ", "JEDDAH, Nov 22, 2026, SPA -- ", "МОСКВА, 22 ноя - РИА Новости. ".
func agencyAtDash(text string) string {
	head := text[:min(len(text), maxDateline)]
	for _, dash := range []string{" - ", " – ", " — ", " -- "} {
		i := strings.Index(head, dash)
		if i <= 0 || !isPlaceAndDate(head[:i]) {
			continue
		}
		before := head[:i]
		if id := cmp.Or(agencyNamed(before), agencyNamed(before[strings.LastIndexByte(before, ',')+1:])); id != "" {
			return id
		}
		if name, _, ok := cutAny(head[i+len(dash):], ".:،"); ok {
			return agencyNamed(name)
		}
		return ""
	}
	return ""
}

// cutAny is strings.Cut for the first of several characters.
func cutAny(s, signs string) (before, after string, found bool) {
	i := strings.IndexAny(s, signs)
	if i < 0 {
		return s, "", false
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return s[:i], s[i+size:], true
}

// agencyInSaudiDateline recognizes the dateline of the Saudi agency, which ends in the
// date in two calendars and its name.
func agencyInSaudiDateline(text string) string {
	head := text[:min(len(text), 2*maxDateline)]
	if i := strings.Index(head, " م واس "); i > 0 && strings.Contains(head[:i], "هـ") {
		return "spa"
	}
	return ""
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// isPlaceAndDate reports whether the text before an agency's name can be a place and a
// date: at most ten words, no question or exclamation, and at most two words in lower
// case.
func isPlaceAndDate(s string) bool {
	fields := strings.Fields(s)
	if len(fields) > 10 {
		return false
	}
	small := 0
	for _, w := range fields {
		r := firstRune(w)
		if unicode.IsLower(r) {
			small++ // the name of a month: "22 ноября", "22 nov"
		}
		if strings.HasSuffix(w, "?") || strings.HasSuffix(w, "!") {
			return false
		}
	}
	return small <= 2
}

// agencyInSignature reads a credit at the end of a text.
func agencyInSignature(text string) string {
	s := strings.TrimRight(text, " .\u00a0")
	if s == "" {
		return ""
	}
	if len(s) > maxSignature {
		s = s[len(s)-maxSignature:]
		for len(s) > 0 && !utf8.RuneStart(s[0]) {
			s = s[1:]
		}
	}
	if end := s[len(s)-1]; end == ')' || end == ']' || end == '/' {
		open := map[byte]string{')': "(", ']': "[", '/': "/"}[end]
		if i := strings.LastIndex(s[:len(s)-1], open); i >= 0 {
			inside := s[i+1 : len(s)-1]
			return cmp.Or(agencyNamed(inside), agencyNamed(inside[strings.LastIndexByte(inside, ':')+1:]))
		}
		return ""
	}
	if id := agencyInCopyright(s); id != "" {
		return id
	}
	for _, mark := range []string{"© ", "©", "(c) ", "Source: ", "source: ", "Quelle: ", "Fuente: ", "Fonte: ", "Источник: ", "المصدر: ", "来源：", ". - ", ". – ", ". — ", ".- "} {
		if i := lastIndex(s, mark); i >= 0 && i >= len(s)-64-len(mark) {
			if id := agencyNamed(s[i+len(mark):]); id != "" {
				return id
			}
		}
	}
	return agencyInDeskCode(s)
}

// lastIndex is strings.LastIndex, but faster when s has no mark, as is nearly always the
// case.
func lastIndex(s, mark string) int {
	if !strings.Contains(s, mark) {
		return -1
	}
	return strings.LastIndex(s, mark)
}

// agencyInCopyright reads "© 2026 AFP" and "Copyright 2026 The Associated Press. All rights
// reserved."
func agencyInCopyright(s string) string {
	for _, mark := range []string{"Copyright ", "©", "(c) "} {
		if i := lastIndex(s, mark); i >= 0 {
			owner, _, _ := cutAny(strings.TrimLeft(s[i+len(mark):], "© 0123456789-–,"), ".")
			if id := agencyNamed(owner); id != "" {
				return id
			}
		}
	}
	return ""
}

// agencyInDeskCode reads the code of an agency's desk: "dpa/abc", "afp/rd".
func agencyInDeskCode(s string) string {
	last := s[strings.LastIndexByte(s, ' ')+1:]
	i := strings.IndexByte(last, '/')
	if i < 2 || len(last) > 24 || strings.Contains(last, "//") || strings.ToLower(last) != last {
		return ""
	}
	switch id := agencyNames[last[:i]]; id {
	case "afp", "dpa", "ap", "apa", "sda":
		return id
	}
	return ""
}
