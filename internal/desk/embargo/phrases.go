package embargo

// phrase is how a sign begins, folded.
type phrase struct {
	text       string
	needsTime  bool // it is a sign with a time only: "for release"
	needsUntil bool // it is a sign with a word such as before only: "not for publication"
	participle bool // with a word such as until it is a sign in small letters too: "embargoed until delivery"
	caseless   bool // its script has no capitals
}

// stems are in the words of each phrase.
var stems = []string{"embarg", "sperrfrist", "publi", "releas", "эмбарго", "ембарго", "veröffentlich", "diffuser", "النشر", "نشر", "للنشر", "انتشار", "منتشر", "אמברגו", "פרסום", "פרסם", "ambargo", "yayın", "禁发", "禁發", "解禁", "发布", "發布", "엠바고", "보도", "pubblica", "эфир", "публик", "публік", "broadcast", "difundir", "divulgar"}

var phrases = []phrase{
	{text: "embargo"}, {text: "embargoed", participle: true}, {text: "under embargo"}, {text: "under strict embargo"}, {text: "strict embargo"},
	{text: "strictly embargoed", participle: true}, {text: "press embargo"}, {text: "news embargo"}, {text: "media embargo"}, {text: "embargo time", needsTime: true},
	{text: "not for publication", needsUntil: true}, {text: "not for release", needsUntil: true}, {text: "not for broadcast", needsUntil: true},
	{text: "not for publication or broadcast", needsUntil: true}, {text: "not for broadcast or publication", needsUntil: true},
	{text: "not to be published", needsUntil: true}, {text: "do not publish", needsUntil: true}, {text: "do not release", needsUntil: true},
	{text: "for release", needsTime: true}, {text: "for publication", needsTime: true},

	{text: "sperrfrist"}, {text: "achtung sperrfrist"}, {text: "achtung, sperrfrist"}, {text: "mit sperrfrist"}, {text: "unter embargo"},
	{text: "nicht zur veröffentlichung", needsUntil: true}, {text: "nicht veröffentlichen", needsUntil: true}, {text: "zur veröffentlichung", needsTime: true},

	{text: "sous embargo"}, {text: "sous-embargo"}, {text: "sous embargo strict"}, {text: "ne pas publier", needsUntil: true}, {text: "ne pas diffuser", needsUntil: true},
	{text: "bajo embargo"}, {text: "embargado"}, {text: "embargada"}, {text: "no publicar", needsUntil: true}, {text: "no difundir", needsUntil: true}, {text: "prohibida su publicación", needsUntil: true},
	{text: "sob embargo"}, {text: "embargado até", needsTime: true}, {text: "não publicar", needsUntil: true}, {text: "não divulgar", needsUntil: true},
	{text: "sotto embargo"}, {text: "non pubblicare", needsUntil: true}, {text: "da non pubblicare", needsUntil: true}, {text: "vietata la pubblicazione", needsUntil: true},

	{text: "эмбарго"}, {text: "под эмбарго"}, {text: "не публиковать", needsUntil: true}, {text: "не для публикации", needsUntil: true}, {text: "не для эфира", needsUntil: true},
	{text: "ембарго"}, {text: "під ембарго"}, {text: "не публікувати", needsUntil: true}, {text: "не для публікації", needsUntil: true},

	{text: "ambargolu", participle: true}, {text: "ambargo"}, {text: "yayın ambargosu"}, {text: "ambargo saati", needsTime: true},

	{text: "حظر النشر", caseless: true}, {text: "حظر نشر", caseless: true}, {text: "محظور النشر", caseless: true}, {text: "محظور نشره", caseless: true, needsUntil: true},
	{text: "غير قابل للنشر", caseless: true, needsUntil: true}, {text: "ليس للنشر", caseless: true, needsUntil: true}, {text: "لا ينشر", caseless: true, needsUntil: true},
	{text: "لا تنشر", caseless: true, needsUntil: true}, {text: "يمنع النشر", caseless: true, needsUntil: true}, {text: "ممنوع النشر", caseless: true, needsUntil: true}, {text: "للنشر", needsTime: true, caseless: true},
	{text: "ممنوعيت انتشار", caseless: true, needsUntil: true}, {text: "غير قابل انتشار", caseless: true, needsUntil: true}, {text: "غيرقابل انتشار", caseless: true, needsUntil: true},
	{text: "انتشار ممنوع", caseless: true, needsUntil: true}, {text: "منتشر نشود", caseless: true, needsUntil: true},

	{text: "אמברגו", caseless: true}, {text: "באמברגו", caseless: true}, {text: "לא לפרסום", caseless: true, needsUntil: true}, {text: "אסור לפרסום", caseless: true, needsUntil: true}, {text: "אין לפרסם", caseless: true, needsUntil: true},

	{text: "禁发", caseless: true}, {text: "禁發", caseless: true}, {text: "禁止发布", caseless: true, needsUntil: true}, {text: "禁止發布", caseless: true, needsUntil: true},
	{text: "解禁", caseless: true, needsTime: true}, {text: "解禁日時", caseless: true, needsTime: true}, {text: "報道解禁", caseless: true, needsTime: true},
	{text: "엠바고", caseless: true}, {text: "보도시점", caseless: true, needsTime: true}, {text: "보도 시점", caseless: true, needsTime: true},
}

// untilWords stand between a sign and a time that it may not name precisely: a tag with
// one is a sign in any case.
var untilWords = []string{
	"until", "till", "til", "before", "ahead of", "prior to", "not before", "bis", "bis zum", "jusqu'à", "jusqu'a", "jusqu'au", "jusqu'aux", "avant", "avant le", "avant la",
	"hasta", "hasta las", "hasta el", "hasta la", "antes de", "antes de las", "antes del", "até", "até as", "até às", "antes das", "fino a", "fino alle", "fino al", "prima di", "prima delle", "prima del",
	"до", "раньше", "ранее", "раніше", "حتي", "حتي الساعه", "حتي الساعة", "قبل", "قبل الساعة", "لغاية", "تا", "تا ساعت", "پيش از", "قبل از", "עד", "עד השעה", "לפני", "לפני השעה", "至", "直到", "まで", "까지",
}

// timeLeads stand between a sign and a time that follows at once.
var timeLeads = []string{"to", "after", "at", "on", "for", "vor", "vor dem", "nach", "ab", "um", "am", "le", "a partir de", "перед", "بعد", "الي"}
