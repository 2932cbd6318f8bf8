package words

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// unifyEastAsian unifies spellings in Han, Kana and Hangul.
func unifyEastAsian(s string) string {
	kana, hangul := false, false
	for _, r := range s {
		kana = kana || r >= 0x3040 && r <= 0x30ff || r >= 0xff66 && r <= 0xff9f
		hangul = hangul || isHangul(r)
	}
	s = simplify(s)
	if kana {
		s = unifyKana(s)
	}
	if hangul {
		s = unifyHangul(s)
	}
	return s
}

// kanaWords are ways to write one Japanese word, and what they become.
var kanaWords = sync.OnceValue(func() *strings.Replacer {
	words := slices.Clone(kanaSpellings[:])
	for i := range words {
		words[i] = simplify(words[i])
	}
	return strings.NewReplacer(words...)
})

// kanaSpellings are spellings, each with the one that it becomes behind it.
var kanaSpellings = [...]string{
	"ヴァ", "バ", "ヴィ", "ビ", "ヴェ", "ベ", "ヴォ", "ボ", "ヴ", "ブ", "ァ", "ア", "ィ", "イ", "ゥ", "ウ", "ェ", "エ",
	"ォ", "オ", "ャ", "ヤ", "ュ", "ユ", "ョ", "ヨ", "取り組み", "取組", "取組み", "取組", "受け付け", "受付", "受付け", "受付",
	"引っ越し", "引越", "引越し", "引越", "申し込み", "申込", "申込み", "申込", "売り上げ", "売上", "売上げ", "売上",
	"打ち上げ", "打上", "打上げ", "打上", "打ち切り", "打切", "打切り", "打切", "取り消し", "取消", "取消し", "取消",
	"取り扱い", "取扱", "取扱い", "取扱", "取り締まり", "取締", "取締り", "取締", "取り調べ", "取調", "取調べ", "取調",
	"取り引き", "取引", "取引き", "取引", "引き上げ", "引上", "引上げ", "引上", "引き下げ", "引下", "引下げ", "引下",
	"引き渡し", "引渡", "引渡し", "引渡", "振り込み", "振込", "振込み", "振込", "貸し出し", "貸出", "貸出し", "貸出",
	"乗り換え", "乗換", "乗換え", "乗換", "乗り入れ", "乗入", "立ち入り", "立入", "立入り", "立入", "手続き", "手続",
	"見積もり", "見積", "見積り", "見積", "割り引き", "割引", "割引き", "割引", "繰り上げ", "繰上", "組み合わせ", "組合せ",
	"組み合せ", "組合せ", "払い戻し", "払戻", "払戻し", "払戻", "積み立て", "積立", "買い取り", "買取", "呼び出し", "呼出",
	"持ち込み", "持込", "見送り", "見送", "見直し", "見直", "落ち込み", "落込", "締め切り", "締切", "締切り", "締切", "子ども", "子供",
	"こども", "子供", "障がい", "障害", "わが国", "我が国", "ひとり暮らし", "一人暮らし",
	"たばこ", "タバコ", "煙草", "タバコ", "インターフェイス", "インターフエース", "ギリシア", "ギリシヤ", "ペルシア", "ペルシヤ", "プラットホーム", "プラットフオーム",
	"リポート", "レポート", "ダイアモンド", "ダイヤモンド", "破たん", "破綻", "まん延", "蔓延", "隠ぺい", "隠蔽", "補てん", "補填", "ひっ迫", "逼迫", "改ざん", "改竄", "けん引", "牽引", "ねつ造", "捏造",
}

// counted are characters behind the Kana that counts: 3か月, 3ヶ月 and 3カ月.
const counted = "月国國所年条村町店"

// unifyKana unifies what Japanese headlines write in two ways: the Kana that counts, small
// vowels (ウィルス, ウイルス), the sign of a long vowel at the end of a long word (サーバー,
// サーバ), and some words that are written with more or fewer Kana.
func unifyKana(s string) string {
	runes := []rune(norm.NFKC.String(s))
	out := make([]rune, 0, len(runes))
	katakana := 0 // characters of the run before
	for i, r := range runes {
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case r == 'ヵ' || strings.ContainsRune("かケヶ", r) && i > 0 && isCount(runes[i-1]) && strings.ContainsRune(counted, next):
			r = 'カ'
		case r == 'ヶ':
			r = 'ケ'
		case r == 'ー' && katakana >= 3 && !isKatakana(next):
			katakana = 0
			continue
		}
		katakana++
		if !isKatakana(r) {
			katakana = 0
		}
		out = append(out, r)
	}
	return kanaWords().Replace(string(out))
}

func isKatakana(r rune) bool { return r >= 0x30a1 && r <= 0x30fe && r != '・' }

// isCount tells whether r is a digit or a numeral.
func isCount(r rune) bool {
	return r >= '0' && r <= '9' || strings.ContainsRune("一二三四五六七八九十百千万数何", r)
}
