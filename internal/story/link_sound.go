package story

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// sound is the consonants of a name as far as scripts agree on them, a digit of base 9
// each. The others, and vowels, are left out. It is 0 for a name without consonants.
type sound uint64

// consonants is how many a sound has.
func (s sound) consonants() int {
	n := 0
	for ; s > 0; s /= 9 {
		n++
	}
	return n
}

const (
	minConsonantsOfSound = 2  // a sound of fewer is that of too many words
	maxConsonantsOfSound = 16 // more would not fit
)

// soundDigits are the digits of letters, and of the characters with which Chinese writes
// foreign names by how they begin.
var soundDigits = func() map[rune]sound {
	out := map[rune]sound{}
	for i, letters := range [...]string{
		"bpбпبپ巴布伯贝比波帕佩皮普彼珀博柏班本拜",
		"fvwфвف夫弗法费福菲维瓦沃韦",
		"dtдтدتطضظ德特达多迪蒂塔泰托图杜铁代戴",
		"cjsxzßсзжшщцчسزثذصشچژج斯萨塞赛西希谢沙舍什施舒索苏兹茨泽扎佐祖齐奇恰切丘乔杰吉贾朱季辛桑森山尚生申春琼",
		"gkqгкكگقغ克卡科库凯基格加戈古盖甘根贡坎肯康金孔昆冈高",
		"lrлрلر尔勒里利拉罗鲁雷莱列卢洛律龙伦兰林朗连廉",
		"mмم姆马玛米莫穆梅迈麦曼门蒙明",
		"nнن恩纳尼诺努奈内宁南娜妮安因延翁亨汉",
	} {
		for _, r := range letters {
			out[r] = sound(i + 1)
		}
	}
	return out
}()

// silentHan are further characters of foreign names in Chinese, which have no consonant
// here; hanInN are those that end in n.
const (
	silentHan = "阿埃艾奥乌伊亚哈赫霍胡侯海厄欧耶雅"
	hanInN    = "曼伦兰林本班森辛金根坎肯康甘桑山申昆"
)

// soundSpelling replaces letters that are one sound together.
var soundSpelling = strings.NewReplacer(
	"tsch", "s", "dsch", "s", "sch", "s", "tch", "s", "dzh", "s", "dj", "s", "ch", "s", "ts", "s", "tz", "s", "kh", "", "gh", "g", "th", "t", "ph", "f", "ck", "k", "x", "ks", "ng", "n",
	"дж", "ж", "тш", "ш", "тч", "ч", "تش", "چ", "دج", "ج",
)

// soundOf returns the sound of a folded name.
func soundOf(name string) sound {
	var s, last sound
	n := 0
	for _, r := range soundSpelling.Replace(name) {
		digit := soundDigits[r]
		if digit != 0 && digit != last && n < maxConsonantsOfSound {
			s = s*9 + digit
			n++
		}
		last = digit
	}
	return s
}

// addNames adds the sounds of the words of a headline that may be names: those with a
// capital letter, or all in Arabic letters, that are neither places nor known otherwise.
// w are its words.
func (g *Gist) addNames(headline string, w []string) {
	for i, field := range strings.FieldsFunc(headline, isNoLetter) {
		if i == maxGistWords {
			return
		}
		r, _ := utf8.DecodeRuneInString(field)
		switch {
		case unicode.Is(unicode.Han, r):
			g.addHanNames(field)
		case unicode.IsUpper(r), unicode.Is(unicode.Arabic, r):
			if name := words.Key(field); name != "" && g.mayBeName(name, w) {
				g.addSound(withoutNameEnding(name))
			}
		}
	}
}

func isNoLetter(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
}

// mayBeName tells whether a word of a headline is neither in the name of a place nor
// known as something that happens.
func (g *Gist) mayBeName(name string, w []string) bool {
	for _, m := range g.places {
		if slices.Contains(w[m.first:m.end], name) {
			return false
		}
	}
	var known conceptSet
	happeningLists().startingWith(&known, name, nil)
	return known.without(happeningLists().figures) == conceptSet{}
}

// withoutNameEnding removes the Arabic article, and the endings of Russian names that have
// a consonant.
func withoutNameEnding(name string) string {
	if !isCyrillic(name) {
		return withoutArticle(name)
	}
	for _, e := range [...]string{"ого", "ому", "ым", "ом", "ем"} {
		if rest, ok := strings.CutSuffix(name, e); ok && len(rest) >= 2*3 {
			return rest
		}
	}
	return name
}

// addHanNames adds the runs of characters with which Chinese writes foreign names.
func (g *Gist) addHanNames(run string) {
	isForeign := func(r rune) bool { return soundDigits[r] != 0 || strings.ContainsRune(silentHan, r) }
	for name := range strings.FieldsFuncSeq(run, func(r rune) bool { return !isForeign(r) }) {
		if utf8.RuneCountInString(name) >= 3 {
			g.addSound(withHanEndings(name))
		}
	}
}

// withHanEndings writes the n at the end of characters as one of its own.
func withHanEndings(name string) string {
	var out strings.Builder
	for _, r := range name {
		out.WriteRune(r)
		if strings.ContainsRune(hanInN, r) {
			out.WriteRune('恩')
		}
	}
	return out.String()
}

func (g *Gist) addSound(name string) {
	if s := soundOf(name); s.consonants() >= minConsonantsOfSound {
		g.sounds[s] = true
	}
}
