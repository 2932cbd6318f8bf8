package config

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// latin returns a text with the letters of other alphabets as Latin ones, so that a name
// made from it can be read. Letters that it does not know, as those of Chinese, stay.
func latin(text string) string {
	if strings.IndexFunc(text, func(c rune) bool { return c >= 0x80 }) < 0 {
		return text
	}
	var b strings.Builder
	for _, c := range norm.NFC.String(text) {
		b.WriteString(latinLetter(unicode.ToLower(c)))
	}
	return b.String()
}

// latinLetter returns a lower-case letter as Latin ones, or as it is.
func latinLetter(c rune) string {
	if s, ok := latinLetters()[c]; ok {
		return s
	}
	switch {
	case unicode.IsMark(c) || c == 'ـ':
		return ""
	case c >= '가' && c <= '힣':
		return latinSyllable(int(c - '가'))
	case c >= 'ァ' && c <= 'ヶ':
		return latinLetters()[c-'ァ'+'ぁ']
	}
	base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(c))) // the letter without its marks
	if s, ok := latinLetters()[base]; ok {
		return s
	}
	return string(c)
}

// latinSyllable returns the nth syllable of Korean's block in Revised Romanization.
func latinSyllable(n int) string {
	initials := strings.Split("g kk n d tt r m b pp s ss  j jj ch k t p h", " ")
	vowels := strings.Split("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i", " ")
	finals := strings.Split(" k k ks n nj nh t l lk lm lb ls lt lp lh m p ps t t ng t t k t p h", " ")
	return initials[n/588] + vowels[n%588/28] + finals[n%28]
}

// latinLetters are the letters of alphabets, and the syllables of Japanese.
var latinLetters = sync.OnceValue(func() map[rune]string {
	all := map[rune]string{}
	for _, pairs := range []string{
		"ß ss æ ae ø o œ oe ł l đ d ð d þ th ı i ŋ ng ə e",
		"а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya",
		"і i ї yi є ye ґ g ў u ј j љ lj њ nj ћ c ђ dj џ dz ѓ gj ќ kj ѕ dz қ q ғ gh ң ng ү u ұ u һ h ө o ә a",
		"α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o",
		"א a ב b ג g ד d ה h ו v ז z ח h ט t י i כ k ך k ל l מ m ם m נ n ן n ס s ע - פ p ף f צ ts ץ ts ק k ר r ש sh ת t",
		"ا a أ a إ i آ a ب b ت t ث th ج j ح h خ kh د d ذ dh ر r ز z س s ش sh ص s ض d ط t ظ z ع a غ gh ف f ق q ك k ل l م m ن n ه h و w ي y ى a ة a ء - ئ y ؤ w",
		"پ p چ ch ژ zh گ g ک k ی y ۀ h ٹ t ڈ d ڑ r ں n ھ h ہ h ے e ێ e ۆ o ڵ l ڕ r ڤ v",
		"ა a ბ b გ g დ d ე e ვ v ზ z თ t ი i კ k ლ l მ m ნ n ო o პ p ჟ zh რ r ს s ტ t უ u ფ p ქ k ღ gh ყ q შ sh ჩ ch ც ts ძ dz წ ts ჭ ch ხ kh ჯ j ჰ h",
		"ա a բ b գ g դ d ե e զ z է e ը e թ t ժ zh ի i լ l խ kh ծ ts կ k հ h ձ dz ղ gh ճ ch մ m յ y ն n շ sh ո o չ ch պ p ջ j ռ r ս s վ v տ t ր r ց ts ւ u փ p ք k և ev օ o ֆ f",
		"ぁ a あ a ぃ i い i ぅ u う u ぇ e え e ぉ o お o か ka が ga き ki ぎ gi く ku ぐ gu け ke げ ge こ ko ご go さ sa ざ za し shi じ ji す su ず zu せ se ぜ ze そ so ぞ zo",
		"た ta だ da ち chi ぢ ji っ - つ tsu づ zu て te で de と to ど do な na に ni ぬ nu ね ne の no は ha ば ba ぱ pa ひ hi び bi ぴ pi ふ fu ぶ bu ぷ pu へ he べ be ぺ pe ほ ho ぼ bo ぽ po",
		"ま ma み mi む mu め me も mo ゃ ya や ya ゅ yu ゆ yu ょ yo よ yo ら ra り ri る ru れ re ろ ro わ wa ゐ i ゑ e を o ん n ゔ vu ー -",
	} {
		words := strings.Fields(pairs)
		for i := 0; i+1 < len(words); i += 2 {
			all[[]rune(words[i])[0]] = strings.Trim(words[i+1], "-")
		}
	}
	return all
})
