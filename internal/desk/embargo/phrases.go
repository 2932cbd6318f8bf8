package embargo

// phrase is how a sign begins, folded.
type phrase struct {
	text       string
	needsTime  bool // it is a sign with a time only: "for release"
	needsUntil bool // in small letters it is a sign with a word such as before only: "not for publication"
	recall     bool // with needsUntil: in capitals too: "DO NOT USE: babies' milk is recalled"
	participle bool // with a word such as until it is a sign in small letters too: "embargoed until delivery"
	caseless   bool // its script has no capitals
	bracketed  bool // it is a sign in brackets only
	anyCase    bool // it is a sign in small letters too
}

// stems are in the words of each phrase.
var stems = []string{"embarg", "sperrfrist", "sperrvermerk", "publi", "releas", "эмбарго", "ембарго", "ефір", "veröffentlich", "diffuser", "النشر", "نشر", "للنشر", "انتشار", "منتشر", "אמברגו", "פרסום", "פרסם", "ambargo", "yayın", "禁发", "禁發", "解禁", "发布", "發布", "엠바고", "エンバーゴ", "보도", "pubblica", "эфир", "публик", "публік", "broadcast", "difundir", "divulgar", "not use", "be used", "not for use", "报道", "報道", "yayım"}

var phrases = []phrase{
	{text: "embargo"}, {text: "embargoed", participle: true}, {text: "under embargo"}, {text: "under strict embargo"}, {text: "strict embargo"},
	{text: "strictly embargoed", participle: true}, {text: "press embargo"}, {text: "news embargo"}, {text: "media embargo"}, {text: "embargo time", needsTime: true},
	{text: "embargoed for release", participle: true}, {text: "embargoed for publication", participle: true}, {text: "embargo for release"}, {text: "embargoed copy"}, {text: "embargoed release"}, {text: "embargoed press release"}, {text: "embargoed news release"}, {text: "embargo notice"},
	{text: "not for publication", needsUntil: true}, {text: "not for release", needsUntil: true}, {text: "not for broadcast", needsUntil: true},
	{text: "not for publication or broadcast", needsUntil: true}, {text: "not for broadcast or publication", needsUntil: true},
	{text: "not to be published", needsUntil: true}, {text: "do not publish", needsUntil: true}, {text: "do not release", needsUntil: true},
	{text: "hold for release"}, {text: "hold for publication"}, {text: "do not use", needsUntil: true, recall: true}, {text: "not to be used", needsUntil: true, recall: true}, {text: "not for use", needsUntil: true, recall: true},
	{text: "for release", needsTime: true}, {text: "for publication", needsTime: true},

	{text: "sperrfrist"}, {text: "achtung sperrfrist"}, {text: "achtung, sperrfrist"}, {text: "mit sperrfrist"}, {text: "sperrvermerk", anyCase: true}, {text: "mit sperrvermerk", anyCase: true}, {text: "unter embargo"},
	{text: "nicht zur veröffentlichung", needsUntil: true}, {text: "nicht veröffentlichen", needsUntil: true}, {text: "zur veröffentlichung", needsTime: true},
	{text: "veröffentlichung frei", needsTime: true}, {text: "veröffentlichung erst", needsTime: true},

	{text: "sous embargo"}, {text: "sous-embargo"}, {text: "sous embargo strict"}, {text: "embargo strict"}, {text: "ne pas publier", needsUntil: true}, {text: "ne pas diffuser", needsUntil: true},
	{text: "bajo embargo"}, {text: "embargado"}, {text: "embargada"}, {text: "no publicar", needsUntil: true}, {text: "no difundir", needsUntil: true}, {text: "prohibida su publicación", needsUntil: true},
	{text: "sob embargo"}, {text: "embargada até", needsTime: true}, {text: "embargado até", needsTime: true}, {text: "não publicar", needsUntil: true}, {text: "não divulgar", needsUntil: true},
	{text: "sotto embargo"}, {text: "embargato"}, {text: "embargata"}, {text: "non pubblicare", needsUntil: true}, {text: "da non pubblicare", needsUntil: true}, {text: "vietata la pubblicazione", needsUntil: true},

	{text: "эмбарго"}, {text: "под эмбарго"}, {text: "не публиковать", needsUntil: true}, {text: "не для публикации", needsUntil: true}, {text: "не для эфира", needsUntil: true},
	{text: "ембарго"}, {text: "під ембарго"}, {text: "не для ефіру", needsUntil: true}, {text: "не публікувати", needsUntil: true}, {text: "не для публікації", needsUntil: true},

	{text: "ambargolu", participle: true}, {text: "ambargo"}, {text: "yayın ambargosu"}, {text: "yayin ambargosu"}, {text: "ambargo saati", needsTime: true},

	{text: "onder embargo"}, {text: "onder strikt embargo"}, {text: "niet publiceren", needsUntil: true},

	{text: "حظر النشر", caseless: true}, {text: "حظر نشر", caseless: true}, {text: "محظور النشر", caseless: true}, {text: "محظور نشره", caseless: true, needsUntil: true},
	{text: "غير قابل للنشر", caseless: true, needsUntil: true}, {text: "ليس للنشر", caseless: true, needsUntil: true}, {text: "لا ينشر", caseless: true, needsUntil: true},
	{text: "لا تنشر", caseless: true, needsUntil: true}, {text: "يمنع النشر", caseless: true, needsUntil: true}, {text: "ممنوع النشر", caseless: true, needsUntil: true}, {text: "للنشر", needsTime: true, caseless: true},
	{text: "ممنوعيت انتشار", caseless: true, needsUntil: true}, {text: "غير قابل انتشار", caseless: true, needsUntil: true}, {text: "غيرقابل انتشار", caseless: true, needsUntil: true}, {text: "ممنوع الانتشار", caseless: true, needsUntil: true}, {text: "ممنوعالانتشار", caseless: true, needsUntil: true},
	{text: "انتشار ممنوع", caseless: true, needsUntil: true}, {text: "منتشر نشود", caseless: true, needsUntil: true},

	{text: "אמברגו", caseless: true}, {text: "באמברגו", caseless: true}, {text: "לא לפרסום", caseless: true, needsUntil: true}, {text: "אסור לפרסום", caseless: true, needsUntil: true}, {text: "אין לפרסם", caseless: true, needsUntil: true},

	{text: "禁发", caseless: true}, {text: "禁發", caseless: true}, {text: "禁止发布", caseless: true, needsUntil: true}, {text: "禁止發布", caseless: true, needsUntil: true},
	{text: "解禁", caseless: true, needsTime: true}, {text: "解禁日時", caseless: true, needsTime: true}, {text: "報道解禁", caseless: true, needsTime: true},
	{text: "エンバーゴ", caseless: true},
	{text: "엠바고", caseless: true}, {text: "보도유예", caseless: true}, {text: "보도시점", caseless: true, needsTime: true}, {text: "보도 시점", caseless: true, needsTime: true},
}

// untilWords stand between a sign and a time that it may not name precisely: a tag with
// one is a sign in any case.
var untilWords = []string{
	"until", "till", "til", "before", "ahead of", "prior to", "not before", "bis", "bis zum", "jusqu'à", "jusqu'a", "jusqu'au", "jusqu'aux", "avant", "avant le", "avant la",
	"hasta", "hasta las", "hasta el", "hasta la", "antes de", "antes de las", "antes del", "até", "até as", "até às", "antes das", "fino a", "fino alle", "tot", "fino al", "prima di", "prima delle", "prima del",
	"до", "раньше", "ранее", "раніше", "حتي", "حتي الساعه", "حتي الساعة", "قبل", "قبل الساعة", "لغاية", "تا", "تا ساعت", "پيش از", "قبل از", "עד", "עד השעה", "לפני", "לפני השעה", "至", "直到", "まで", "까지",
}

// timeLeads stand between a sign and a time that follows at once.
var timeLeads = []string{"to", "after", "at", "on", "for", "for release", "for release on", "for release at", "for publication", "for publication on", "vor", "vor dem", "nach", "ab", "um", "am", "le", "a partir de", "alle", "перед", "بعد", "الي"}

// behind are signs that follow their time: "10.00'a kadar ambargolu".
var behind = []phrase{
	{text: "ambargolu"}, {text: "ambargo"}, {text: "yayınlanmaz"}, {text: "yayınlanamaz"}, {text: "yayımlanmaz"}, {text: "yayımlanamaz"},
	{text: "禁发"}, {text: "禁發"}, {text: "禁止发布"}, {text: "禁止發布"}, {text: "请勿发布"}, {text: "請勿發布"}, {text: "不得发布"}, {text: "不得發布"}, {text: "请勿报道"}, {text: "請勿報道"},
	{text: "エンバーゴ"}, {text: "엠바고"}, {text: "보도금지"}, {text: "보도 금지"},
	{text: "解禁", bracketed: true}, {text: "報道解禁", bracketed: true}, // "6月1日解禁：" may be the season of a fish
}

// timeEnds stand between a time and the sign that follows it.
var timeEnds = []string{"a kadar", "e kadar", "ya kadar", "ye kadar", "dan önce", "den önce", "tan önce", "ten önce", "前", "之前", "以前", "まで", "までは", "까지", "이전", "전"}

// beforeTimes are words with which a time begins that a sign follows.
var beforeTimes = []string{"saat", "午前", "午後", "上午", "下午", "오전", "오후"}

// aboutWords follow the word embargo in news about one, in all kinds of letters: "EMBARGO on
// oil lifted".
var aboutWords = []string{
	"on", "against", "over", "of", "for", "by", "to", "and", "is", "has", "will", "may", "lifted", "imposed", "auf", "gegen", "für", "beim", "bei", "im", "sur", "contre", "à", "au", "aux", "des", "contro", "sul", "sulla", "sulle", "sui", "su", "a", "al", "contra", "sobre", "ao", "aos", "op", "tegen",
	"на", "против", "проти", "в", "во", "у", "kararı", "kalktı", "kaldırıldı",
}
