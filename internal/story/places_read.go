package story

import (
	"errors"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// maxPlaceWords is how many words the longest name has that is looked for.
const maxPlaceWords = 5

// gazetteerReader fills a gazetteer.
type gazetteerReader struct {
	*lexiconReader
	*gazetteer
	country map[string]place // by code
	region  map[string]place // by code
}

// territoryOf are the codes of territories that headlines name beside their country.
var territoryOf = map[string]string{
	"HK": "CN", "MO": "CN", "PR": "US", "GU": "US", "VI": "US", "GF": "FR", "GP": "FR", "MQ": "FR",
	"RE": "FR", "YT": "FR", "NC": "FR", "GL": "DK", "FO": "DK", "AX": "FI",
}

// readGazetteer reads the lists of places, and the states. It is an error if a list has a
// mistake.
func readGazetteer(lists *lexiconReader) (*gazetteer, error) {
	g := &gazetteer{names: make(map[uint64]placeName, 40_000), of: make([]placeInfo, 1, 4096), stored: make([]uint32, 1, 4096), byKey: make(map[uint32]place, 4096)}
	r := gazetteerReader{lists, g, map[string]place{}, map[string]place{}}
	r.places("places", false)
	r.places("place_names", true)
	r.states()
	for territory, country := range territoryOf {
		g.of[r.country[territory]] = placeInfo{r.country[country], r.country[territory]}
	}
	return g, errors.Join(r.errs...)
}

// places reads a list of places. Byhand says that people write it: its names are not
// folded, and a line may add names to a city above it.
func (r *gazetteerReader) places(file string, byhand bool) {
	var section string
	var endings []string
	for _, l := range r.file(file) {
		if head, ok := strings.CutPrefix(l.text, "["); ok {
			var list string
			section, list, _ = strings.Cut(strings.TrimSuffix(head, "]"), ": ")
			endings = strings.Fields(list)
			continue
		}
		code, list, _ := strings.Cut(l.text, " ")
		names := strings.Split(list, ", ")
		if byhand {
			names = keysOf(names)
		}
		p := r.place(section, code, names[0], byhand)
		if p == 0 {
			r.fail(l, "there is no place %s in section %s", code, section)
			continue
		}
		for _, name := range names {
			r.addName(l, p, name, endings)
		}
	}
}

func keysOf(names []string) []string {
	for i, name := range names {
		names[i] = words.Key(name)
	}
	return names
}

// place returns the place of a line, a new one where the section says so. It is 0 if the
// line is wrong.
func (r *gazetteerReader) place(section, code, name string, byhand bool) place {
	switch section {
	case "countries":
		return r.countryOf(code)
	case "regions":
		return r.regionOf(code)
	case "cities":
		of, _, _ := strings.Cut(code, "-")
		country, region := r.country[of], r.regionOf(code)
		if country == 0 {
			return 0
		}
		if known := r.names[placeHash(name)].places[0]; byhand && known != 0 && r.isCity(known) && r.of[known].country == country {
			if r.of[known].region == 0 {
				r.of[known].region = region
			}
			return known
		}
		return r.newPlace(code+" "+name, placeInfo{country, region})
	case "people":
		return max(r.country[code], r.region[code])
	}
	return 0
}

// isCity tells whether a place is below its country and region.
func (g *gazetteer) isCity(p place) bool { return p != g.of[p].country && p != g.of[p].region }

// newPlace adds a place, whose name may not change: it is what is stored.
func (r *gazetteerReader) newPlace(name string, info placeInfo) place {
	p, key := place(len(r.of)), uint32(hash("place", name))
	r.of, r.stored = append(r.of, info), append(r.stored, key)
	r.byKey[key] = p
	return p
}

// countryOf returns the country with a code, a new one if it is not known yet.
func (r *gazetteerReader) countryOf(code string) place {
	if r.country[code] == 0 {
		p := r.newPlace(code, placeInfo{})
		r.country[code], r.of[p].country = p, p
	}
	return r.country[code]
}

// regionOf returns the region with a code, a new one if it is not known yet; 0 for the
// code of a country.
func (r *gazetteerReader) regionOf(code string) place {
	country, _, ok := strings.Cut(code, "-")
	if !ok || r.country[country] == 0 {
		return 0
	}
	if r.region[code] == 0 {
		p := r.newPlace(code, placeInfo{country: r.country[country]})
		r.region[code], r.of[p].region = p, p
	}
	return r.region[code]
}

// addName adds a name with each of the endings, of which - is none.
func (r *gazetteerReader) addName(l line, p place, name string, endings []string) {
	if name == "" || !r.checked && name != words.Key(name) {
		r.fail(l, "%q is not a key", name)
		return
	}
	if len(endings) == 0 {
		r.add(p, name)
	}
	for _, e := range endings {
		r.put(p, withoutArticle(name)+strings.TrimPrefix(e, "-"), wholeName)
	}
}

// add adds a name in all its forms.
func (g *gazetteer) add(p place, name string) {
	if !strings.Contains(name, " ") || isUnspaced(name) {
		stem, class := placeStem(name)
		g.put(p, stem, class)
		return
	}
	stems := strings.Fields(name)
	for i, w := range stems {
		stems[i] = phraseStem(w)
	}
	g.put(p, strings.Join(stems, " "), wholeName)
}

// put adds a stem. A third place with the same one is left out.
func (g *gazetteer) put(p place, stem string, class endingClass) {
	if isUnspaced(stem) {
		setBit(g.pairs[:], placeHash(firstRunes(stem, 2)))
	} else if first, rest, ok := strings.Cut(stem, " "); ok {
		setBit(g.phrases[:], placeHash(first))
		g.longest = min(max(g.longest, strings.Count(rest, " ")+2), maxPlaceWords)
	}
	h := placeHash(stem)
	name := g.names[h]
	switch {
	case name.places[0] == 0:
		name.places[0] = p
	case name.places[0] != p && name.places[1] == 0:
		name.places[1] = p
	}
	name.class |= class
	g.names[h] = name
	setBit(g.seen[:], h)
}

// states adds the words of the list of states, but for those that are names of cities.
// Its groups of towns and continents are left out.
func (r *gazetteerReader) states() {
	for _, group := range r.groups("states") {
		if p := r.stateOf(keysOf(group)); p != 0 {
			for _, key := range group {
				r.addForm(p, key)
			}
		}
	}
}

// stateOf returns the country or region that a group of words names, 0 if none.
func (r *gazetteerReader) stateOf(group []string) place {
	for _, key := range group {
		for _, m := range r.mentions(nil, strings.Fields(key)) {
			if p := m.places[0]; !r.isCity(p) {
				return p
			}
		}
	}
	return 0
}

// addForm adds one form of a name, unless it is known as one.
func (r *gazetteerReader) addForm(p place, key string) {
	if strings.Contains(key, " ") {
		r.add(p, key)
	} else if _, known := r.word(key); !known || isUnspaced(key) {
		r.put(p, withoutArticle(key), wholeName)
	}
}

// firstRunes returns the first n characters of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
