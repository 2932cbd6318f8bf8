package topic

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// oblique is an ending by which a form of a noun or adjective is known that is not the
// one of a dictionary, and the endings of the other forms.
type oblique struct {
	ending     string
	minLetters int // of what remains
	forms      []string
}

// The forms of Russian by an oblique ending. For ов and ев see addGenitives.
var russianOblique = []oblique{
	{"ого", 3, russianAdj}, {"ому", 3, russianAdj}, {"его", 3, russianAdj}, {"ему", 3, russianAdj},
	{"ыми", 3, russianAdj}, {"ими", 3, russianAdj}, {"ых", 3, russianAdj}, {"их", 3, russianAdj},
	{"ым", 3, russianAdj}, {"им", 3, russianAdj}, {"ую", 3, russianAdj}, {"юю", 3, russianAdj}, {"ом", 4, russianAdj}, {"ем", 4, russianAdj}, {"ей", 4, russianAdj},
	{"а", 4, list("ом о")}, {"я", 4, list("ем")}, {"ом", 3, list("ый ая ое ые ого ому ым ую ых ыми")}, {"ей", 3, list("ь и ю ям ями ях ью")}, {"ем", 3, list("е ь я ю и")},
	{"у", 4, list("- а ы и е ом ой ою о ам ами ах")}, {"у", 3, list("а ы и е ом ой ам ами ах")},
	{"ю", 3, list("ь й я и е ем ей ею ям ями ях")}, {"ью", 3, list("ь и ю ей ям ями ях")},
	{"ом", 4, list("- а у е ы и о ам ами ах")}, {"ом", 3, list("а у е ы и ам ами ах")},
	{"ем", 4, list("ь й я ю е и ев ей ям ями ях а у ы ам ами ах")},
	{"е", 4, list("- а у ом ы и ой ою о я ь й ю ей ем ам ами ах ям ями ях")}, {"е", 3, list("а у ом ы и ой ам ами ах")},
	{"ой", 4, list("а ы и е у ою ам ами ах")}, {"ой", 3, list("а ы и е у ам ами ах")},
	{"ою", 4, list("а ы и е у ой ам ами ах")},
	{"ей", 4, list("а ы е у я и ю ь ью ею ем ям ями ях ам ами ах")}, {"ею", 4, list("а я и е у ю ей ям ями ях")},
	{"ам", 4, list("ы и а у е ом ой ов ей ам ами ах о -")}, {"ам", 3, list("ы и а е ов ам ами ах о")},
	{"ами", 4, list("ы и а у е ом ой ов ей ам ами ах о -")}, {"ами", 3, list("ы и а е ов ам ами ах о")},
	{"ах", 4, list("ы и а у е ом ой ов ей ам ами ах о -")}, {"ах", 3, list("ы и а е ов ам ами ах о")},
	{"ям", 3, list("и я ю е ь й ем ей ев ям ями ях")}, {"ями", 3, list("и я ю е ь й ем ей ев ям ями ях")}, {"ях", 3, list("и я ю е ь й ем ей ев ям ями ях")},
}

var ukrainianOblique = []oblique{
	{"ого", 3, ukrainianAdj}, {"ому", 3, ukrainianAdj}, {"ього", 3, ukrainianSoftAdj}, {"ьому", 3, ukrainianSoftAdj}, {"оі", 3, ukrainianAdj}, {"ьоі", 3, ukrainianSoftAdj},
	{"ими", 3, ukrainianAdj}, {"іми", 3, ukrainianSoftAdj}, {"их", 3, ukrainianAdj}, {"іх", 3, ukrainianSoftAdj}, {"им", 3, ukrainianAdj}, {"ою", 4, ukrainianAdj},
	{"а", 4, list("о")}, {"а", 3, list("ом ові")}, {"я", 4, list("ем єм")},
	{"у", 4, list("- а и і ом ою о е ові ам ами ах")}, {"у", 3, list("а и і ом ою ам ами ах")},
	{"ю", 4, list("ь й я і е ем єм ею єю ей ям ями ях")},
	{"ом", 4, list("- а у і и о ові ам ами ах")}, {"ом", 3, list("а у і и ові ам ами ах")},
	{"ем", 4, list("ь й я ю і е еві ям ями ях а у ам ами ах -")}, {"єм", 4, list("й я ю і є єві ям ями ях")},
	{"ові", 4, list("- а у ом і и ам ами ах о")}, {"ові", 3, list("у ом і")}, {"еві", 4, list("- ь а я у ю ем і")}, {"єві", 3, list("й я ю єм і")},
	{"і", 4, list("- а и у ою о ом я ю ею єю ь е ям ами ах")}, {"і", 3, list("а и у ою ом")},
	{"ою", 4, list("а и і у ам ами ах -")}, {"ею", 4, list("а я і у ю ям ями ях ам ами ах")}, {"єю", 3, list("я і ю й ям ями ях")}, {"ою", 3, list("а и і у ам ами ах")},
	{"ам", 4, list("и і а у ом ою ів ам ами ах о -")}, {"ами", 4, list("и і а у ом ою ів ам ами ах о -")}, {"ах", 4, list("и і а у ом ою ів ам ами ах о -")},
	{"ям", 3, list("і я ю ь й ів ей ем єм ям ями ях е")}, {"ями", 3, list("і я ю ь й ів ей ем єм ям ями ях е")}, {"ях", 3, list("і я ю ь й ів ей ем єм ям ями ях е")},
	{"ів", 3, list("и і ам ами ах ям ями ях")},
}

// addOblique adds the other forms of a word in an oblique one.
func (f *forms) addOblique(word string, table []oblique) {
	for _, o := range table {
		if base, ok := strings.CutSuffix(word, o.ending); ok && letters(base) >= o.minLetters && !hasConsonantOnly(base) {
			f.add(base, o.forms)
			f.addInserted(base)
		}
	}
}

// hasConsonantOnly reports whether a base has no vowel, so that its ending is none.
func hasConsonantOnly(base string) bool {
	return !strings.ContainsFunc(base, isCyrillicVowel)
}

// addInserted adds the form without an ending of a base that gets a vowel in it, as рынк
// does in рынок and украинц in украинец.
func (f *forms) addInserted(base string) {
	r, size := utf8.DecodeLastRuneInString(base)
	stem := base[:len(base)-size]
	before, size := utf8.DecodeLastRuneInString(stem)
	switch {
	case isCyrillicVowel(before) || letters(stem) < 3:
		return
	case before == 'й' || before == 'ь':
		stem = stem[:len(stem)-size]
	}
	switch r {
	case 'к':
		f.add(stem, list("ок ек"))
	case 'ц':
		f.add(stem, list("ец"))
	}
}

func (f *forms) addRussianOblique(word string) {
	for _, w := range obliqueOdd()[word] {
		f.add(w, list("-"))
		if oddRussian[w] != nil {
			f.addRussianNoun(w)
		}
	}
	if base, _, ok := cut(word, "мени", "менем", "менам", "менами", "менах", "мена", "мен"); ok && (letters(base) >= 2 || base == "и") {
		f.add(base+"м", russianMya)
	}
	if base, vowel, ok := cut(word, "анам", "анами", "анах", "ане", "ан", "янам", "янами", "янах", "яне", "ян"); ok && letters(base) >= 4 {
		f.add(base+vowel[:len("ан")], list("ин"))
	}
	if russianOwn()[word] || endsName(word) {
		return
	}
	f.addOblique(word, russianOblique)
	f.addRussianPast(word)
	f.addGenitives(word)
	if base, _, ok := cut(word, "а", "у", "ом", "е", "ам", "ами", "ах"); ok && shortRussian[base] {
		f.add(base, russianHard)
	}
	if base, _, ok := cut(word, "ой", "ою"); ok && letters(base) >= 4 && (!isNameLike(base) || endsIn(base, []string{"чин", "шин", "щин"})) {
		f.add(base, list("-"))
	}
	if base, _, ok := cut(word, "а", "у", "е", "ым"); ok && letters(base) >= 4 && isNameLike(base) {
		f.add(base, list("- а у ым е"))
	}
	if base, _, ok := cut(word, "ом", "ем", "ей", "а", "у", "е"); ok && letters(base) >= 3 && endsInHush(base) {
		f.add(base, list("- а у ем и ей ам ами ах"))
	}
}

// addGenitives adds the forms of a genitive plural in ов or ев, and this one to those of
// the singular. Surnames end so too, so the singular has it only if no surname is made of
// it: Иванов is no form of Иван.
func (f *forms) addGenitives(word string) {
	if base, _, ok := cut(word, "ов", "ев"); ok && letters(base) >= 3 && !surnames()[base] && (!strings.HasSuffix(word, "цов") || agents[base]) {
		f.add(base, list("ы и ов ев ам ами ах ям ями ях"))
		f.addInserted(base)
		if isCommonNoun(base) {
			f.add(base, list("- а у ом ем е й я ю"))
		}
	}
	base, _, _ := cut(word, "ом", "ем", "а", "у", "е", "я", "ю", "й")
	if isCommonNoun(base) {
		f.add(base, list("ов ев"))
	}
}

// agents are what nouns have before цов that are no surname.
var agents = map[string]bool{"борц": true, "бойц": true, "певц": true, "продавц": true, "творц": true, "дворц": true, "конц": true, "отц": true, "истц": true, "юнц": true, "гонц": true}

// addRussianPast adds the forms of a verb in the past, or in a tense whose ending tells
// the vowel before it.
func (f *forms) addRussianPast(word string) {
	base, _, ok := cut(word, "лась", "лись", "лось", "лся", "ли", "ла", "ло", "л")
	r, _ := utf8.DecodeLastRuneInString(base)
	switch {
	case !ok || letters(base) < 3:
	case r == 'и':
		f.add(base, list("л ла ло ли лся лась лись лось ть ться т тся"))
	case isCyrillicVowel(r):
		f.add(base, list("л ла ло ли лся лась лись лось ть ться"))
	case !strings.HasSuffix(word, "л") && !hasConsonantOnly(base):
		f.add(base, list("ла ло ли лась лись лось ел елся"))
	}
	if base, _, ok := cut(word, "ит", "ится"); ok && letters(base) >= 3 {
		f.add(base, list("ит ится ил ила ило или ился илась илось ились ить иться ят ятся ат атся"))
	}
	if base, _, ok := cut(word, "ет", "ют", "ется", "ются"); ok && letters(base) >= 3 {
		if r, _ := utf8.DecodeLastRuneInString(base); isCyrillicVowel(r) && r != 'и' {
			f.add(base, list("ет ют ется ются л ла ло ли лся лась лось лись ть ться"))
		}
	}
}

// endsName reports whether a word is a name in ей, as Андрей and Сергей are.
func endsName(word string) bool {
	_, _, ok := cut(word, "андрей", "сергей", "алексей", "матвей", "тимофей", "евгений")
	return ok
}

// isNameLike reports whether a base ends as surnames do.
func isNameLike(base string) bool {
	_, _, ok := cut(base, "ов", "ев", "ин", "ын")
	return ok
}

// endsIn reports whether a word is one of the endings or ends in one.
func endsIn(word string, endings []string) bool {
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(word, e) })
}

func endsInHush(base string) bool {
	r, _ := utf8.DecodeLastRuneInString(base)
	return strings.ContainsRune("жшчщц", r)
}

// shortRussian are masculine nouns of three letters, whose cases are not those of another
// noun.
var shortRussian = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields("мир год дом лес мэр сад век вид ход суд сын сон рай бой чай зал шаг час враг срок") {
		set[w] = true
	}
	return set
}()

// commonEndings are those of nouns that are seldom part of a surname.
var commonEndings = strings.Fields(`ент ант ист изм тор сор ер тат мат кат дат рат штат кредит лимит визит ник чик щик етр истр ект акт орт ест
	істр ізм інт лет сервис моряк пуск ростк грамм метр совет джет тет илет кет титут шрут ион район закон телефон салон диплом альбом нал риал рал дал протокол хирург алог агог олог анк ежим форум костюм ард корд
	тариф ейс айт айл айн доллар пожар товар гектар автобус поезд адрес рейд берег пассажир концерт завод отход доход расход поход фильм штраф город
	голос запрос вопрос процесс ресурс курс взрыв удар взнос груз союз завод обстрел раздел отдел протез паспорт дрон полиц случа трамва музе урожа юбиле лице геро евре литик
	долар район мільярд поізд захід заход кордон бізнесмен бизнесмен спортсмен клуб штаб кубок матч`)

var surnames = sync.OnceValue(func() map[string]bool { return readOwn("ru_surnames.txt") })

// isCommonNoun reports whether a base with ов is rather the plural of a noun than a name.
func isCommonNoun(base string) bool {
	return letters(base) >= 4 && !surnames()[base] && endsIn(base, commonEndings) || shortRussian[base]
}

// obliqueOdd are the forms of oddRussian, each with all of its noun. Left out are those
// that are also another word.
var obliqueOdd = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for noun, odd := range oddRussian {
		for _, w := range odd {
			switch w {
			case "после", "львов", "орлов", "лет", "угле", "виз", "баз", "доз":
				continue
			}
			all[w] = append(append(all[w], noun), odd...)
		}
	}
	return all
})

// ukrainianAdjectives are how adjectives end before their ending.
var ukrainianAdjectives = strings.Fields("ськ цьк зьк льн чн нов перш друг овн дн жн")

func (f *forms) addUkrainianOblique(word string) {
	f.addOblique(word, ukrainianOblique)
	f.addUkrainianPast(word)
	if base, _, ok := cut(word, "ові", "ом", "ам", "ами", "ах", "а", "у", "і", "и", "е"); ok && letters(base) >= 3 {
		f.addClosed(base)
		f.addHardened(word, base)
		if endsIn(base, ukrainianAdjectives) {
			f.add(base, ukrainianAdj)
		}
	}
	if base, _, ok := cut(word, "ості", "істю", "остей", "остям", "остями", "остях"); ok && letters(base) >= 3 {
		f.add(base, list("ість ості істю остей остям остями остях"))
	}
	base, _, _ := cut(word, "ем", "еві", "я", "ю", "є")
	f.addUkrainianSoftR(base)
	if endsIn(base, []string{"шн", "дн", "тн"}) && letters(base) >= 4 {
		f.add(base, ukrainianSoftAdj)
	}
	if base, ok := strings.CutSuffix(word, "ів"); ok && isCommonNoun(base) {
		f.add(base, list("- а у ом ові ь я й"))
	}
}

// addUkrainianPast adds the forms of a verb in the past.
func (f *forms) addUkrainianPast(word string) {
	base, _, ok := cut(word, "лася", "лися", "лося", "лась", "лись", "вся", "ла", "ло", "ли", "в")
	if r, _ := utf8.DecodeLastRuneInString(base); ok && letters(base) >= 3 && strings.ContainsRune("аияу", r) {
		f.add(base, list("в ла ло ли вся лася лося лися лась лись ти тися"))
	}
}

// addUkrainianSoftR adds the forms of a noun in р that is soft before an ending, as лікар.
func (f *forms) addUkrainianSoftR(base string) {
	if _, _, ok := cut(base, "ар", "яр", "ир"); ok && letters(base) >= 4 {
		f.add(base, list("- я ю ем еві і ів ям ями ях"))
	}
}

// addClosed adds the form without an ending of a base whose last vowel becomes і in it:
// Львова is Львів, and Києва is Київ.
func (f *forms) addClosed(base string) {
	r, size := utf8.DecodeLastRuneInString(base)
	if stem, _, ok := cut(base[:len(base)-size], "о", "е", "є"); ok && !isCyrillicVowel(r) {
		f.add(stem+"і"+string(r), list("-"))
	}
}

// addHardened adds the forms of a noun whose к, г or х is another consonant before і:
// Америці is Америка.
func (f *forms) addHardened(word, base string) {
	if !strings.HasSuffix(word, "і") {
		return
	}
	for _, p := range []struct{ from, to string }{{"ц", "к"}, {"з", "г"}, {"с", "х"}} {
		if stem, ok := strings.CutSuffix(base, p.from); ok && letters(stem) >= 3 {
			f.add(stem+p.to, list("а и у ою ам ами ах"))
		}
	}
}

// merge makes one pattern of those with the same base.
func (f *forms) merge() {
	at := map[string]int{}
	var all []pattern
	for _, p := range f.patterns {
		if i, ok := at[p.base]; ok {
			all[i].endings = union(all[i].endings, p.endings)
			continue
		}
		at[p.base] = len(all)
		all = append(all, p)
	}
	f.patterns = all
}
