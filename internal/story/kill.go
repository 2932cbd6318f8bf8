package story

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What a wire writes before or behind a headline that it takes back. A tag of one
// common word counts only with what sets it apart from a sentence; "annule et
// remplace" and its like are corrections. They are made when the first headline comes.
var (
	killTag = lazily(`(?i)^\s*[\[(【]?\s*(?:bc-[\w .]{1,40}[,-]\s*)?(?:` +
		`(?:(?:mandatory |bulletin )?kill|withdrawn|withdrawal|story withdrawn|retracted|retraction)\s*[\])】]?\s*[:|–—-]` +
		`|(?:mandatory kill|story killed|story withdrawn)\s*[\])】]?(?:$|\s*[:|–—-])` +
		`|(?:annulation|annulée?|dépêche annulée|info annulée)\s*[\])】]?\s*[:|–—-]` +
		`|(?:anulad[ao]|anulación|noticia anulada|annullat[ao]|annullare|cancelad[ao])\s*[\])】]?\s*[:|–—-]` +
		`|(?:zurückgezogen|meldung zurückgezogen|bericht zurückgezogen)\s*[\])】]?\s*[:|–—-]` +
		`|(?:отмена|аннулировано|аннулирована|отозвано|снято с ленты)\s*[\])】]?\s*[:|–—-]` +
		`|(?:haber iptali|iptal)\s*[\])】]?\s*[:|–—-]` +
		`|(?:[إا]لغاء|سحب|حذف|لغو)\s+(?:ال)?(?:خبر|نب[أا]|برقية|تقرير)\s*[\])】]?\s*[:|–—-]` +
		`|(?:撤稿|撤回|毙稿|斃稿|取り消し|記事取り消し|기사\s?취소|기사\s?삭제)\s*(?:[\])】:：|–—-]|\s|$)` +
		`)\s*[\])】]?\s*` +
		`|^\s*[\[(]\s*(?i:mandatory kill|kill|killed|withdrawn|retracted)\s*[\])]\s*`)
	killNote = lazily(`(?i)^\s*(?:` +
		`editors?(?:['’]s? note)?\s*[:,–—-].*\b(?:story|report|item|dispatch)\b.*\b(?:is|has been|was)?\s*(?:withdrawn|killed|retracted)\b` +
		`|attention editors?\s*[:,–—-].*\b(?:kill|withdrawn|withdraw)\b` +
		`|achtung\s*[:,–—-]?\s*(?:die )?(?:meldung|bericht)\b.*\bzurückgezogen\b` +
		`|(?:attention|avis)\s*[:,–—-].*\bdépêche\b.*\bannulée\b` +
		`|(?:сообщение|новость|материал)\s.*(?:отозван[оа]?|аннулирован[оа]?)\s*$` +
		`)`)
	killTail = lazily(`(?i)\s*(?:[\[(【]\s*(?:withdrawn|kill|killed|retracted|story withdrawn|annulée?|anulad[ao]|annullat[ao]|zurückgezogen|отозвано|аннулировано|撤稿|取り消し)\s*[\])】]|[|–—-]\s*(?:STORY WITHDRAWN|story withdrawn))\s*$`)
)

func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// IsKill tells whether a headline takes back one that its outlet published before: a
// wire's kill or withdrawal notice.
func IsKill(headline string) bool {
	return mayKill(headline) && (killTag().MatchString(headline) || killNote().MatchString(headline) || endsInKill(headline))
}

// killStems are in every notice: looking for them costs little, and few headlines have
// one.
var killStems = [...]string{
	"kill", "withdraw", "retract", "annul", "anul", "cancelad", "zurückgezogen", "отмен", "аннулир", "отозван", "снято", "iptal",
	"لغاء", "لغو", "سحب", "حذف", "撤", "毙", "斃", "取り消し", "취소", "삭제",
}

func mayKill(headline string) bool {
	h := strings.ToLower(headline)
	return slices.ContainsFunc(killStems[:], func(stem string) bool { return strings.Contains(h, stem) })
}

// endsInKill looks at the end only where one of the tags could stand.
func endsInKill(headline string) bool {
	h := strings.TrimRight(headline, " ")
	return (strings.HasSuffix(h, ")") || strings.HasSuffix(h, "]") || strings.HasSuffix(h, "】") || strings.HasSuffix(strings.ToLower(h), "withdrawn")) &&
		killTail().MatchString(h)
}

// KilledHeadline is the headline that a notice takes back, empty when the notice names none.
func KilledHeadline(headline string) string {
	if killNote().MatchString(headline) {
		return ""
	}
	h := killTag().ReplaceAllString(headline, "")
	return strings.TrimSpace(killTail().ReplaceAllString(h, ""))
}
