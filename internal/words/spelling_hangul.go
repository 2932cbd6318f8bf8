package words

import "strings"

func isHangul(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }

func isHan(r rune) bool { return r >= firstHan && r <= lastHan }

// hanStates are the Han characters, in simplified form, that stand for a state in Korean
// headlines.
var hanStates = map[rune]string{
	'美': "미국", '中': "중국", '日': "일본", '北': "북한", '英': "영국", '独': "독일", '佛': "프랑스", '露': "러시아", '俄': "러시아", '印': "인도", '豪': "호주", '韩': "한국",
	'伊': "이탈리아", '台': "대만",
}

// hanReadings are other Han characters of Korean headlines, in simplified form.
var hanReadings = map[rune]string{
	'与': "여", '野': "야", '前': "전", '新': "신", '反': "반", '亲': "친", '检': "검", '警': "경", '军': "군", '法': "법", '青': "청", '故': "고", '女': "여", '男': "남", '车': "차",
	'大': "대", '小': "소", '对': "대", '驻': "주", '亚': "아", '株': "주", '银': "은", '证': "증", '外': "외", '内': "내", '高': "고", '无': "무", '非': "비", '党': "당", '重': "중",
	'父': "부", '母': "모", '子': "자", '死': "사", '生': "생", '说': "설", '发': "발", '行': "행", '战': "전", '式': "식", '家': "가", '现': "현", '全': "전", '南': "남", '西': "서", '东': "동",
	'尹': "윤", '李': "이", '朴': "박", '文': "문", '金': "김", '崔': "최", '郑': "정", '安': "안", '洪': "홍", '赵': "조", '曹': "조", '张': "장", '林': "임", '吴': "오", '权': "권",
}

// hangulStates are the first syllables that stand for a state where they are the first
// word of a headline; those in anyPlace do so everywhere.
var hangulStates = map[string]string{"미": "미국", "중": "중국", "일": "일본", "북": "북한", "영": "영국", "독": "독일", "러": "러시아"}

var anyPlace = map[string]bool{"미": true, "러": true}

// hangulWords are ways to write one Korean word, and what they become.
var hangulWords = strings.NewReplacer(
	"컨텐츠", "콘텐츠", "메세지", "메시지", "리더쉽", "리더십", "파트너쉽", "파트너십", "멤버쉽", "멤버십", "까페", "카페", "싸이트", "사이트", "쥬스", "주스", "케익", "케이크",
	"초콜렛", "초콜릿", "악세사리", "액세서리", "앙케이트", "앙케트", "로보트", "로봇", "컨퍼런스", "콘퍼런스", "컨소시움", "컨소시엄", "심포지움", "심포지엄", "타겟", "타깃",
	"키예프", "키이우", "타이완", "대만", "스케쥴", "스케줄", "엠블란스", "앰뷸런스", "수퍼", "슈퍼", "디지탈", "디지털", "센타", "센터", "런칭", "론칭", "컨셉트", "콘셉트", "컨셉", "콘셉트",
)

// unifyHangul writes Han characters in a Korean text in Hangul, and states that are
// shortened to one syllable in full: 美, 미 and 미국.
func unifyHangul(s string) string {
	s = hangulWords.Replace(s)
	if strings.IndexFunc(s, isHan) >= 0 {
		s = readHan(s)
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		if len(words) == 1 {
			break // it may be a syllable of any meaning
		}
		if full, ok := hangulStates[w]; ok && (i == 0 || anyPlace[w]) {
			words[i] = full
		}
	}
	return strings.Join(words, " ")
}

// readHan writes the Han characters of a Korean text in Hangul. One that stands for a
// state alone is written in full, and begins a word of its own.
func readHan(s string) string {
	runes := []rune(s)
	var out strings.Builder
	for i, r := range runes {
		alone := (i == 0 || !isHan(runes[i-1])) && (i+1 == len(runes) || !isHan(runes[i+1]))
		joined := i+1 < len(runes) && isHangul(runes[i+1]) && (i == 0 || !isHangul(runes[i-1]))
		state, reading := hanStates[r], hanReadings[r]
		switch {
		case state != "" && alone:
			reading = state
		case state != "":
			reading, _, _ = strings.Cut(state, state[len("가"):])
		case reading == "":
			reading = string(r)
		}
		out.WriteString(reading)
		if joined && alone && reading != string(r) && runes[i+1] != '씨' {
			out.WriteByte(' ')
		}
	}
	return out.String()
}
