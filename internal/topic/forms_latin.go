package topic

import (
	"slices"
	"strings"
	"sync"
)

// addLatin adds the forms that the stem of a language misses, mostly because accents
// are folded: the plurals in -ões and -ais, and irregular ones.
func (f *forms) addLatin(word string) {
	if odd := oddPlurals[f.lang]; odd != nil {
		for _, w := range odd()[word] {
			f.add(w, list("-"))
		}
	}
	f.distrust(word)
	switch f.lang {
	case "tr", "az":
		f.addTurkish(word)
	case "pt", "gl":
		f.addEndings(word, portugueseEndings)
	case "es":
		f.addEndings(word, spanishEndings)
	case "fr":
		f.addEndings(word, frenchEndings)
	case "it":
		f.addEndings(word, italianEndings)
	case "de":
		f.addEndings(word, germanEndings)
	}
}

// distrust replaces a stem that other words have too by the endings of nouns.
func (f *forms) distrust(word string) {
	switch f.lang {
	case "en":
		if sharedStems[f.stem] {
			f.stem = ""
			f.addEnglish(word)
		}
	case "de":
		f.distrustGerman(word)
	case "es", "pt", "gl":
		if _, _, ok := cut(word, "z", "ao", "l"); ok {
			f.stem = "" // a plural of the table is all that such a noun has
			f.add(word, list("- s"))
		}
		f.distrustVowel(word, list("- s"), list("o a os as"))
	case "it":
		f.distrustVowel(word, nil, list("o a e i"))
	}
}

// distrustVowel does so for a word in a vowel, as casa, whose stem is also that of caso
// and casado, and governo, whose stem is that of governador. A longer one, as nuestro or
// abogado, has its genders.
func (f *forms) distrustVowel(word string, plural, genders []string) {
	base, vowel, ok := cut(word, "os", "as", "es", "o", "a", "e", "s")
	if !ok {
		return
	}
	f.stem = ""
	f.add(word, plural)
	switch {
	case vowel == "s":
	case letters(word) > 6 && vowel != "es" && vowel != "e":
		f.add(base, genders)
	case len(vowel) == 2:
		f.add(base+vowel[:1], plural)
	case plural == nil:
		f.add(base, italianNumber[vowel])
	}
}

// italianNumber are the endings of both numbers, by that of the singular.
var italianNumber = map[string][]string{"o": list("o i"), "a": list("a e i"), "e": list("e i")}

// sharedStems are the stems of English that words of different meanings have, as author
// and authorities, execution and executive.
var sharedStems = func() map[string]bool {
	set := map[string]bool{}
	for _, s := range strings.Fields(`univers author execut experi sever import intern polit anim engin past custom physic capit
		nation arm divers oper gener relat commun organ news marin direct minist constitut person offic conserv depart emerg
		hospit liber major minor memori mobil posit premier public transit unit audit cooper miner regim celebr apart arsen
		admir termin contain recess success process product aid initi ration protest
		deposit candid feder busi convers adam fidel compet opposit deer`) {
		set[s] = true
	}
	return set
}()

// addEnglish adds the plural and the forms of a verb.
func (f *forms) addEnglish(word string) {
	f.add(word, list("- s ed ing"))
	if base := strings.TrimSuffix(word, "es"); takesEnglishEs(base) {
		f.add(base, list("- es ed ing"))
	}
	if base, ok := strings.CutSuffix(word, "e"); ok {
		f.add(base, list("e es ed ing ion ions"))
	}
	if base, _, ok := cut(word, "ies", "y"); ok {
		f.add(base, list("y ies ied ying"))
	}
	if base, ok := strings.CutSuffix(word, "s"); ok && len(word) >= 5 && !strings.HasSuffix(base, "s") {
		f.add(base, list("- s ed ing"))
	}
	if base, _, ok := cut(word, "ed", "ing"); ok && len(base) >= 3 && !englishNames[word] {
		f.add(base, list("- s e es ed ing"))
	}
	f.except(word, englishNames)
}

// takesEnglishEs reports whether the plural of a word is written with es.
func takesEnglishEs(word string) bool {
	_, _, ok := cut(word, "s", "x", "z", "ch", "sh", "o")
	return ok
}

// englishNames are words that are mostly part of a name, which no other word finds.
var englishNames = map[string]bool{"united": true}

// change is how the ending of a word changes in its other forms. Words shorter than
// minLetters keep it. Of several, the first that fits is taken.
type change struct {
	ending     string
	forms      []string
	minLetters int
}

var (
	portugueseEndings = []change{
		{"oes", list("ao oes aes"), 5}, {"aes", list("ao aes oes"), 5}, {"ao", list("ao oes aes aos"), 3}, {"a", list("a as"), 4}, {"ais", list("al ais"), 6}, {"eis", list("el eis il"), 6},
		{"ois", list("ol ois"), 6}, {"al", list("al ais"), 4}, {"el", list("el eis"), 4}, {"ol", list("ol ois"), 3}, {"ul", list("ul uis"), 3},
		{"il", list("il is eis"), 4}, {"ns", list("m ns"), 5}, {"m", list("m ns"), 3}, {"r", list("r res"), 3}, {"z", list("z zes"), 3},
		{"s", list("s ses"), 3}, {"n", list("n ns nes"), 4}, {"ei", list("ei eis"), 3}, {"oi", list("oi ois"), 3}, {"u", list("u us"), 4},
	}
	spanishEndings = []change{
		{"ces", list("z ces ceses"), 5}, {"z", list("z ces"), 3}, {"ion", list("ion iones"), 4}, {"nes", list("n ne nes neses"), 5}, {"n", list("n nes"), 4}, {"i", list("i ies is"), 4}, {"u", list("u ues us"), 4},
		{"res", list("r re res reses"), 5}, {"r", list("r res"), 3}, {"les", list("l le les leses"), 5}, {"l", list("l les"), 3}, {"des", list("d de des deses"), 5}, {"d", list("d des"), 3},
		{"yes", list("y yes"), 5}, {"y", list("y yes"), 3}, {"c", list("c cs ques"), 4}, {"s", list("s ses"), 3},
	}
	frenchEndings = []change{
		{"aux", list("aux al ail"), 6}, {"eaux", list("eau eaux"), 6}, {"eau", list("eau eaux"), 3}, {"eu", list("eu eux"), 3},
		{"ail", list("ail ails aux"), 5}, {"al", list("al als aux"), 4}, {"ou", list("ou oux ous"), 4},
	}
	italianEndings = []change{
		{"ca", list("ca che"), 4}, {"ga", list("ga ghe"), 4}, {"co", list("co ci chi"), 4}, {"go", list("go gi ghi"), 4},
		{"che", list("ca che"), 5}, {"ghe", list("ga ghe"), 5}, {"chi", list("co chi"), 5}, {"ghi", list("go ghi"), 5},
		{"cia", list("cia ce cie"), 5}, {"gia", list("gia ge gie"), 5}, {"io", list("io i"), 4},
	}
	germanEndings = []change{
		{"os", list("o os"), 4}, {"o", list("o os"), 3}, {"y", list("y ys"), 3},
		{"um", list("um en ums"), 6}, {"us", list("us en usse ussen"), 6}, {"in", list("in innen"), 5}, {"nis", list("nis nisse nissen nisses"), 5},
	}
)

func (f *forms) addEndings(word string, changes []change) {
	n := letters(word)
	for _, c := range changes {
		if base, ok := strings.CutSuffix(word, c.ending); ok && base != "" && n >= c.minLetters {
			f.add(base, c.forms)
			return
		}
	}
}

// oddPlurals are the nouns of a language with an irregular plural, in both directions.
var oddPlurals = map[string]func() map[string][]string{
	"en": pairs(`protest protester protest protesters protests protesters man men woman women child children person people foot feet tooth teeth goose geese mouse mice louse lice ox oxen
		policeman policemen policewoman policewomen fireman firemen firefighter firefighters fisherman fishermen gunman gunmen salesman salesmen
		spokesman spokesmen spokeswoman spokeswomen congressman congressmen congresswoman congresswomen chairman chairmen businessman businessmen
		businesswoman businesswomen cameraman cameramen craftsman craftsmen statesman statesmen frenchman frenchmen englishman englishmen
		irishman irishmen dutchman dutchmen serviceman servicemen servicewoman servicewomen grandchild grandchildren schoolchild schoolchildren
		stepchild stepchildren alderman aldermen councilman councilmen councilwoman councilwomen postman postmen seaman seamen horseman horsemen
		life lives wife wives knife knives leaf leaves thief thieves shelf shelves half halves calf calves wolf wolves loaf loaves self selves
		scarf scarves hoof hooves elf elves dwarf dwarves midwife midwives housewife housewives
		crisis crises analysis analyses thesis theses hypothesis hypotheses oasis oases diagnosis diagnoses 
		criterion criteria phenomenon phenomena bacterium bacteria datum data stratum strata curriculum curricula
		memorandum memoranda referendum referenda stadium stadia cactus cacti fungus fungi nucleus nuclei alumnus alumni stimulus stimuli
		syllabus syllabi locus loci radius radii virus viruses octopus octopuses vertebra vertebrae larva larvae alga algae antenna antennae
		formula formulae appendix appendices index indices matrix matrices vortex vortices vertex vertices
		penny pence passerby passersby attorney attorneys bureau bureaux plateau plateaux tableau tableaux chateau chateaux
		hero heroes potato potatoes tomato tomatoes volcano volcanoes embargo embargoes veto vetoes tornado tornadoes cargo cargoes
		mosquito mosquitoes echo echoes torpedo torpedoes quiz quizzes bus buses gas gases tax taxes`),
	"fr": pairs("oeil yeux ciel cieux monsieur messieurs madame mesdames mademoiselle mesdemoiselles travail travaux bail baux corail coraux vitrail vitraux email emaux pneu pneus bleu bleus festival festivals carnaval carnavals bijou bijoux genou genoux chou choux hibou hiboux joujou joujoux caillou cailloux"),
	"it": pairs("uomo uomini dio dei bue buoi tempio templi uovo uova dito dita braccio braccia ginocchio ginocchia osso ossa labbro labbra migliaio migliaia miglio miglia paio paia centinaio centinaia muro mura moglie mogli ala ali arma armi"),
	"de": pairs("museum museen virus viren datum daten zentrum zentren stadion stadien visum visa firma firmen konto konten thema themen risiko risiken drama dramen villa villen album alben forum foren ministerium ministerien gremium gremien studium studien medium medien praktikum praktika kaufmann kaufleute bus busse atlas atlanten globus globen praxis praxen krise krisen basis basen pizza pizzen organismus organismen mechanismus mechanismen"),
	"es": pairs("regimen regimenes caracter caracteres especimen especimenes"),
}

// pairs reads singulars that are each followed by their plural.
func pairs(s string) func() map[string][]string {
	return sync.OnceValue(func() map[string][]string {
		odd := map[string][]string{}
		all := strings.Fields(s)
		for pair := range slices.Chunk(all, 2) {
			odd[pair[0]] = append(odd[pair[0]], pair[1])
			odd[pair[1]] = append(odd[pair[1]], pair[0])
		}
		return odd
	})
}
