package topic

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// The endings of Russian nouns by the last letter of the word, which is left off unless
// it is a consonant. ё is folded to е.
var (
	russianHard   = list("- а у ом е ы ов ам ами ах")
	russianVelar  = list("- а у ом е и ов ам ами ах")    // after к г х
	russianHush   = list("- а у ем ом е и ей ам ами ах") // after ж ш ч щ
	russianTs     = list("- а у ем ом е ы ев ов ам ами ах")
	russianName   = list("- а у ым ом е ы ых ыми ам ами ах") // in ов, ев, ин
	russianCitizn = list("ин ина ину ином иным ине е ам ами ах -")
	russianSoft   = list("ь я ю ем е и ей ям ями ях ью")
	russianShort  = list("й я ю ем е и ев ям ями ях")
	russianFem    = list("а ы и е у ой ою ей ам ами ах")
	russianFemPl  = union(russianFem, list("-"))
	russianYa     = list("я и е ю ей ею ям ями ях й ь")
	russianMya    = list("я ени енем ена ен енам енами енах")
	russianO      = list("о а у ом е ам ами ах -")
	russianE      = list("е я ю ем и ей ям ями ях а у ам ами ах")
	russianIe     = list("е я ю ем и й ям ями ях")
	russianPlural = list("ы ов ам ами ах а у ом е ой -")
	russianPlVel  = list("и ов ам ами ах а у ом е ой -")
	russianPlHush = list("и ей ам ами ах а у ем е -")
	russianPlSoft = list("и ей ям ями ях ь ью я ю ем е ев")
	russianPlIi   = list("и й ям ями ях я ю ем е ей")
	russianAdj    = list("ый ий ой ая яя ое ее ые ие ого его ому ему ым им ом ем ую юю ых их ыми ими ою ею ей")

	russianFixed = sync.OnceValue(func() map[string]bool { return readOwn("ru_fixed.txt") })
	russianOwn   = sync.OnceValue(func() map[string]bool { return readOwn("ru.txt") })
)

// oddRussian are the forms of nouns that other endings don't make.
var oddRussian = map[string][]string{
	"человек":  list("люди людей людям людьми людях"),
	"ребенок":  list("дети детей детям детьми детях"),
	"год":      list("лет"),
	"друг":     list("друзья друзей друзьям друзьями друзьях"),
	"брат":     list("братья братьев братьям братьями братьях"),
	"сын":      list("сыновья сыновей сыновьям сыновьями"),
	"лев":      list("льва льву львом льве львы львов львам львами львах"),
	"павел":    list("павла павлу павлом павле"),
	"петр":     list("петра петру петром петре"),
	"мать":     list("матери матерью матерей матерям матерями матерях"),
	"дочь":     list("дочери дочерью дочерей дочерям дочерьми дочерях"),
	"ветер":    list("ветра ветру ветром ветре ветры ветров"),
	"лед":      list("льда льду льдом льде льды льдов"),
	"орел":     list("орла орлу орлом орле орлы орлов"),
	"дети":     list("дети детей детям детьми детях"),
	"люди":     list("люди людей людям людьми людях"),
	"день":     list("дня дню днем дне дни дней дням днями днях"),
	"огонь":    list("огня огню огнем огне огни огней огням огнями огнях"),
	"уголь":    list("угля углю углем угле"),
	"посол":    list("посла послу послом после послы послов послам послами послах"),
	"костер":   list("костра костру костром костре костры костров"),
	"узел":     list("узла узлу узлом узле узлы узлов"),
	"угол":     list("угла углу углом угле углы углов"),
	"заем":     list("займа займу займом займе займы займов займам займами займах"),
	"пес":      list("пса псу псом псы псов псам псами"),
	"церковь":  list("церкви церквей церквам церквами церквах"),
	"любовь":   list("любви"),
	"ложь":     list("лжи"),
	"сестра":   list("сестер"),
	"письмо":   list("писем"),
	"тюрьма":   list("тюрем"),
	"деньги":   list("денег"),
	"деревня":  list("деревень"),
	"земля":    list("земель"),
	"судья":    list("судей"),
	"статья":   list("статей"),
	"семья":    list("семей"),
	"дерево":   list("деревья деревьев деревьям деревьями деревьях"),
	"муж":      list("мужья мужей мужьям мужьями мужьях"),
	"сосед":    list("соседи соседей соседям соседями соседях"),
	"хозяин":   list("хозяева хозяев хозяевам хозяевами хозяевах"),
	"господин": list("господа господ господам господами господах"),
	"цена":     list("цен"),
	"стена":    list("стен"),
	"жена":     list("жен"),
	"рука":     list("рук"),
	"нога":     list("ног"),
	"река":     list("рек"),
	"гора":     list("гор"),
	"виза":     list("виз"),
	"база":     list("баз"),
	"зона":     list("зон"),
	"доза":     list("доз"),
	"дача":     list("дач"),
	"третий":   list("третьего третьему третьим третьем третья третьей третью третье третьи третьих третьими"),
	"суд":      list("суд суда суду судом суде суды судов судам судами судах"),
}

// foreignCyrillic are the languages in Cyrillic letters whose endings are not known here.
var foreignCyrillic = []string{"be", "bg", "kk", "ky", "mk", "mn", "sr", "tg", "tt", "uz"}

func (f *forms) addCyrillic(word string) {
	switch {
	case slices.Contains(foreignCyrillic, f.lang):
	case f.lang == "uk":
		f.addUkrainian(word)
	case f.lang == "ru":
		f.addRussian(word)
	default:
		f.addRussian(word)
		f.addUkrainian(word)
	}
	f.merge()
	f.except(word, russianOwn())
}

// verbEndings are those of verbs that are no endings of nouns, or of few. Verbs are
// found by their stem.
var verbEndings = []string{"ться", "тся", "ть", "лся", "лась", "лись", "лось", "али", "или", "ала", "ило", "ало"}

func (f *forms) addRussian(word string) {
	if _, _, verb := cut(word, verbEndings...); !verb || letters(f.stem) < 4 {
		f.stem = ""
	}
	f.add(word, list("-"))
	if letters(word) < 3 || russianFixed()[word] {
		return
	}
	if odd := oddRussian[word]; odd != nil {
		for _, w := range odd {
			f.add(w, list("-"))
		}
	}
	base, ending, _ := cut(word, "ая", "яя", "ое", "ее", "ые", "ие", "ый", "ий", "ой")
	if ending != "" && letters(base) >= 2 && !strings.HasSuffix(base, "и") {
		f.add(base, russianAdj)
	}
	f.addRussianNoun(word)
	f.addRussianOblique(word)
}

func (f *forms) addRussianNoun(word string) {
	r, size := utf8.DecodeLastRuneInString(word)
	base := word[:len(word)-size]
	switch r {
	case 'а':
		f.addRussianA(base)
	case 'я':
		if strings.HasSuffix(base, "м") {
			f.add(base, russianMya)
		}
		f.add(base, russianYa)
	case 'о':
		f.add(base, russianO)
	case 'е':
		if strings.HasSuffix(base, "и") {
			f.add(base, russianIe)
		} else {
			f.add(base, russianE)
		}
	case 'ы':
		f.add(base, russianPlural)
	case 'и':
		f.add(base, russianPluralIn(base))
	case 'ь':
		f.add(base, russianSoft)
		f.addFleeting(base, russianSoft, "ен", "ет")
	case 'й':
		f.add(base, russianShort)
	case 'у', 'ю', 'э':
	default:
		f.addRussianConsonant(word)
	}
}

// addRussianA adds a noun in а, with the plural in ок and ек of those in ка.
func (f *forms) addRussianA(base string) {
	if letters(base) > 3 {
		f.add(base, russianFemPl)
	} else {
		f.add(base, russianFem)
	}
	if stem, ok := strings.CutSuffix(base, "к"); ok && letters(stem) >= 2 {
		f.add(stem, list("ок ек"))
	}
}

func russianPluralIn(base string) []string {
	switch r, _ := utf8.DecodeLastRuneInString(base); r {
	case 'и':
		return russianPlIi
	case 'к', 'г', 'х':
		return russianPlVel
	case 'ж', 'ш', 'ч', 'щ':
		return russianPlHush
	}
	return russianPlSoft
}

func (f *forms) addRussianConsonant(word string) {
	if base, vowel, ok := cut(word, "янин", "анин"); ok && letters(base) >= 2 {
		f.add(base+strings.TrimSuffix(vowel, "ин"), russianCitizn)
		return
	}
	if base, _, ok := cut(word, "онок", "енок"); ok && letters(base) >= 2 {
		f.add(base, list("ята ят ятам ятами ятах ата ат атам атами атах"))
	}
	if _, _, ok := cut(word, "ов", "ев", "ин", "ын"); ok && letters(word) >= 4 {
		f.add(word, russianName)
		return
	}
	endings := russianHard
	switch r, _ := utf8.DecodeLastRuneInString(word); r {
	case 'к', 'г', 'х':
		endings = russianVelar
	case 'ж', 'ш', 'ч', 'щ':
		endings = russianHush
	case 'ц':
		endings = russianTs
	}
	f.add(word, endings)
	f.addFleeting(word, endings, "ок", "ек", "ец")
}

// addFleeting adds the forms of a word that loses the vowel of its last syllable, as
// рынок does in рынка, and боец in бойца.
func (f *forms) addFleeting(word string, endings []string, syllables ...string) {
	base, syllable, ok := cut(word, syllables...)
	if !ok || letters(base) < 2 {
		return
	}
	_, size := utf8.DecodeRuneInString(syllable)
	if r, _ := utf8.DecodeLastRuneInString(base); isCyrillicVowel(r) {
		base += "й"
	}
	f.add(base+syllable[size:], without(endings))
}

func isCyrillicVowel(r rune) bool { return strings.ContainsRune("аеиоуыэюяієї", r) }

// The endings of Ukrainian nouns. ї is folded to і.
var (
	ukrainianHard   = list("- а у ові еві ом ем і и е ів ам ами ах")
	ukrainianSoft   = list("ь я ю еві ем і ів ям ями ях ей")
	ukrainianSoftTs = list("я ю еві ем і ів ям ями ях")
	ukrainianShort  = list("й я ю єві єм і ів ям ями ях")
	ukrainianA      = list("а и і у ою ею ам ами ах -")
	ukrainianYa     = list("я і ю ею єю ям ями ях й ь")
	ukrainianO      = list("о а у ом ові і ам ами ах -")
	ukrainianE      = list("е а у ем і ам ами ах я ю")
	ukrainianY      = list("и ів ам ами ах а у ом і ою -")
	ukrainianI      = list("і ів ей ям ями ях я ю ем ь й ам ами ах")
	ukrainianAdj    = list("ий а е і ого ому им ім у ою оі ій их ими")

	ukrainianSoftAdj = list("ій я є і ього ьому ім ю ьою ьоі іх іми")
)

func (f *forms) addUkrainian(word string) {
	f.add(word, list("-"))
	if letters(word) < 3 || russianFixed()[word] {
		return
	}
	r, size := utf8.DecodeLastRuneInString(word)
	base := word[:len(word)-size]
	switch r {
	case 'а':
		f.add(base, ukrainianA)
		f.add(softened(base), list("і"))
	case 'я':
		f.add(base, ukrainianYa)
	case 'о':
		f.add(base, ukrainianO)
	case 'е':
		f.add(base, ukrainianE)
	case 'и':
		f.add(base, ukrainianY)
	case 'і':
		f.add(base, ukrainianI)
	case 'ь':
		f.addUkrainianSoft(base)
	case 'й':
		f.addUkrainianShort(base)
	case 'у', 'ю', 'є':
	default:
		f.addUkrainianConsonant(word)
	}
	f.addUkrainianOblique(word)
}

func (f *forms) addUkrainianSoft(base string) {
	f.add(base, list("ь ю"))
	f.add(base, ukrainianSoft)
	f.addFleeting(base, ukrainianSoftTs, "ец", "ен", "он")
	f.addOpened(base, ukrainianSoft)
	if stem, ok := strings.CutSuffix(base, "іст"); ok {
		f.add(stem+"іст", list("ь ю"))
		f.add(stem+"ост", list("і ей ям ями ях"))
	}
}

func (f *forms) addUkrainianShort(base string) {
	stem, vowel, ok := cut(base, "и", "і")
	if ok && vowel == "і" && letters(stem) >= 2 {
		f.add(stem, ukrainianSoftAdj)
	}
	if _, _, feminine := cut(stem, "к", "н", "в", "ш"); ok && letters(stem) >= 2 && (vowel == "и" || feminine) {
		f.add(stem, ukrainianAdj)
	}
	f.add(base, ukrainianShort)
}

func (f *forms) addUkrainianConsonant(word string) {
	f.add(word, ukrainianHard)
	f.addFleeting(word, ukrainianHard, "ок", "ек")
	f.addOpened(word, ukrainianHard)
}

// without returns the endings without those of the nominative.
func without(endings []string) []string {
	return slices.DeleteFunc(slices.Clone(endings), func(e string) bool { return e == "" || e == "ь" })
}

// addOpened adds the forms of a word whose last і stands in a closed syllable, which
// becomes another vowel before an ending: Львів is Львова, камінь is каменя, and Київ,
// whose ї is folded, is Києва.
func (f *forms) addOpened(word string, endings []string) {
	r, size := utf8.DecodeLastRuneInString(word)
	base, ok := strings.CutSuffix(word[:len(word)-size], "і")
	if !ok || base == "" || isCyrillicVowel(r) {
		return
	}
	vowels := []string{"о", "е"}
	if b, _ := utf8.DecodeLastRuneInString(base); isCyrillicVowel(b) {
		vowels = []string{"є"}
	}
	for _, v := range vowels {
		f.add(base+v+string(r), without(endings))
	}
}

// softened returns a base in к, г or х as it is before і.
func softened(base string) string {
	for from, to := range map[string]string{"к": "ц", "г": "з", "х": "с"} {
		if b, ok := strings.CutSuffix(base, from); ok {
			return b + to
		}
	}
	return ""
}
