package embargo

import "time"

// shortened are words that are written with a point.
var shortened = []string{"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "okt", "nov", "dec", "dez", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so"}

// months are the names of the months, as dates have them.
var months = map[string]time.Month{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"sept":   9,
	"januar": 1, "februar": 2, "märz": 3, "mai": 5, "juni": 6, "juli": 7, "oktober": 10, "dezember": 12,
	"janvier": 1, "février": 2, "mars": 3, "avril": 4, "juin": 6, "juillet": 7, "août": 8, "septembre": 9, "octobre": 10, "novembre": 11, "décembre": 12,
	"enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12,
	"janeiro": 1, "fevereiro": 2, "março": 3, "maio": 5, "junho": 6, "julho": 7, "setembro": 9, "outubro": 10, "novembro": 11, "dezembro": 12,
	"gennaio": 1, "febbraio": 2, "aprile": 4, "maggio": 5, "giugno": 6, "luglio": 7, "settembre": 9, "ottobre": 10, "dicembre": 12,
	"января": 1, "февраля": 2, "марта": 3, "апреля": 4, "мая": 5, "июня": 6, "июля": 7, "августа": 8, "сентября": 9, "октября": 10, "ноября": 11, "декабря": 12,
	"січня": 1, "лютого": 2, "березня": 3, "квітня": 4, "травня": 5, "червня": 6, "липня": 7, "серпня": 8, "вересня": 9, "жовтня": 10, "листопада": 11, "грудня": 12,
	"ocak": 1, "şubat": 2, "mart": 3, "nisan": 4, "mayıs": 5, "haziran": 6, "temmuz": 7, "ağustos": 8, "eylül": 9, "ekim": 10, "kasım": 11, "aralık": 12,
	"يناير": 1, "فبراير": 2, "مارس": 3, "ابريل": 4, "مايو": 5, "يونيو": 6, "يوليو": 7, "اغسطس": 8, "سبتمبر": 9, "اكتوبر": 10, "نوفمبر": 11, "ديسمبر": 12,
	"ינואר": 1, "פברואר": 2, "מרץ": 3, "אפריל": 4, "מאי": 5, "יוני": 6, "יולי": 7, "אוגוסט": 8, "ספטמבר": 9, "אוקטובר": 10, "נובמבר": 11, "דצמבר": 12,
}

// weekdays are the days of the week, from 1, Monday.
var weekdays = map[string]int{
	"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 7,
	"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
	"montag": 1, "dienstag": 2, "mittwoch": 3, "donnerstag": 4, "freitag": 5, "samstag": 6, "sonntag": 7,
	"lundi": 1, "mardi": 2, "mercredi": 3, "jeudi": 4, "vendredi": 5, "samedi": 6, "dimanche": 7,
	"lunes": 1, "martes": 2, "miércoles": 3, "jueves": 4, "viernes": 5, "sábado": 6, "domingo": 7,
	"segunda": 1, "terça": 2, "quarta": 3, "quinta": 4, "sexta": 5,
	"lunedì": 1, "martedì": 2, "mercoledì": 3, "giovedì": 4, "venerdì": 5, "sabato": 6, "domenica": 7,
	"понедельника": 1, "вторника": 2, "среды": 3, "четверга": 4, "пятницы": 5, "субботы": 6, "воскресенья": 7,
	"понеділка": 1, "вівторка": 2, "середи": 3, "п'ятниці": 5, "суботи": 6, "неділі": 7,
	"pazartesi": 1, "salı": 2, "çarşamba": 3, "perşembe": 4, "cuma": 5, "cumartesi": 6, "pazar": 7,
	"maandag": 1, "dinsdag": 2, "woensdag": 3, "donderdag": 4, "vrijdag": 5, "zaterdag": 6, "zondag": 7,
	"دوشنبه": 1, "سهشنبه": 2, "چهارشنبه": 3, "پنجشنبه": 4, "جمعه": 5, "شنبه": 6, "يكشنبه": 7,
	"שני": 1, "שלישי": 2, "רביעי": 3, "חמישי": 4, "שישי": 5, "שבת": 6, "ראשון": 7,
	"الاثنين": 1, "الثلاثاء": 2, "الاربعاء": 3, "الخميس": 4, "الجمعة": 5, "السبت": 6, "الاحد": 7,
}

func noon(c *clock)     { c.setTime("12", "0", "") }
func vague(c *clock)    { c.vague = true }
func tonight(c *clock)  { today(c); vague(c) }
func local(c *clock)    { c.elsewhere, c.zone = true, nil }
func today(c *clock)    { c.today, c.hasDay = true, true }
func tomorrow(c *clock) { c.tomorrow, c.hasDay = true, true }

// timeWords are other words for a time. Midnight is vague: it is the end of one day and
// the beginning of another. A local time is that of somewhere else.
var timeWords = map[string]func(*clock){
	"noon": noon, "midday": noon, "midi": noon, "mediodía": noon, "mezzogiorno": noon, "полудня": noon,
	"midnight": vague, "mitternacht": vague, "minuit": vague, "medianoche": vague, "mezzanotte": vague, "полуночи": vague,
	"today": today, "heute": today, "aujourd'hui": today, "hoy": today, "oggi": today, "hoje": today, "сегодня": today, "сьогодні": today, "اليوم": today, "bugün": today,
	"tomorrow": tomorrow, "demain": tomorrow, "mañana": tomorrow, "domani": tomorrow, "amanhã": tomorrow, "завтра": tomorrow, "غدا": tomorrow, "yarın": tomorrow, "מחר": tomorrow,
	"local": local, "locale": local, "ortszeit": local, "локальному": local, "местному": local, "місцевому": local, "yerel": local, "المحلي": local, "محلي": local, "מקומי": local, "现地时间": local, "現地時間": local, "当地时间": local, "當地時間": local, "현지시간": local,
	"tonight": tonight, "morning": vague, "evening": vague, "مساء": vague, "صباحا": vague, "ظهرا": vague, "منتصف": vague, "فردا": tomorrow,
	"الواحدة": vague, "الثانية": vague, "الثالثة": vague, "الرابعة": vague, "الخامسة": vague, "السادسة": vague, "السابعة": vague, "الثامنة": vague, "التاسعة": vague, "العاشرة": vague,
}

// fillers belong to a time and say nothing about it.
var fillers = []string{
	"at", "on", "the", "of", "hrs", "hours", "time", "until", "till", "after", "from", "um", "am", "den", "dem", "uhr", "ab", "le", "la", "les", "du", "à", "a", "h", "heures", "heure", "de", "del", "el", "las", "los", "horas", "do", "das", "às", "as", "alle", "ore",
	"в", "час", "часов", "по", "года", "г", "о", "год", "saat", "الساعة", "الساعه", "يوم", "من", "ساعت", "времени", "часу", "uur", "بالتوقيت", "روز", "בשעה", "השעה", "ביום", "יום", "الليل", "عشرة", "بتوقيت", "以降", "以后", "以後", "이후",
}

// articles are fillers that may begin what follows a time.
var articles = []string{"the", "a", "on", "after", "from", "at", "um", "am", "den", "dem", "ab", "le", "la", "les", "du", "à", "de", "del", "el", "las", "los", "do", "das", "às", "as", "alle", "в", "по", "о", "من"}

// zones are words for time zones that mean one place.
var zones = map[string]string{
	"gmt": "UTC", "utc": "UTC", "z": "UTC", "غرينتش": "UTC", "جرينتش": "UTC", "гринвичу": "UTC",
	"bst": "Europe/London", "london": "Europe/London", "uk": "Europe/London",
	"cet": "Europe/Paris", "cest": "Europe/Paris", "mez": "Europe/Berlin", "mesz": "Europe/Berlin", "paris": "Europe/Paris", "berlin": "Europe/Berlin", "brussels": "Europe/Brussels", "bruxelles": "Europe/Brussels", "roma": "Europe/Rome", "madrid": "Europe/Madrid",
	"eastern": "America/New_York", "pacific": "America/Los_Angeles", "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
	"msk": "Europe/Moscow", "мск": "Europe/Moscow", "москве": "Europe/Moscow", "московскому": "Europe/Moscow", "києвом": "Europe/Kyiv",
	"jst": "Asia/Tokyo", "kst": "Asia/Seoul", "aest": "Australia/Brisbane", "aedt": "Australia/Sydney", "مكة": "Asia/Riyadh", "السعودية": "Asia/Riyadh", "القاهرة": "Africa/Cairo", "الامارات": "Asia/Dubai", "دبي": "Asia/Dubai", "تهران": "Asia/Tehran",
}

// homes are the time zones of languages whose outlets are in one of them.
var homes = map[string]string{
	"de": "Europe/Berlin", "it": "Europe/Rome", "tr": "Europe/Istanbul", "uk": "Europe/Kyiv", "he": "Asia/Jerusalem", "fa": "Asia/Tehran", "ja": "Asia/Tokyo", "ko": "Asia/Seoul",
}
