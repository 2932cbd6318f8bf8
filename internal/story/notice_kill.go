package story

import (
	"regexp"
	"slices"
	"strings"
)

// killPatterns find the notices by which a news agency withdraws a headline, as
// kill_notices.txt lists them.
type killPatterns struct {
	tag      *regexp.Regexp // before the headline
	sentence *regexp.Regexp // in place of a headline
	end      *regexp.Regexp // behind the headline
	stems    []string       // each notice holds one of them; few headlines do
}

// newKillPatterns compiles the phrases of each section.
func newKillPatterns(sections map[string][]string) killPatterns {
	any := func(section string) string { return `(?:` + strings.Join(sections[section], "|") + `)` }
	const mark = `[:|–—-]`
	return killPatterns{
		tag: regexp.MustCompile(`(?i)^\s*[\[(【]?\s*(?:bc-[\w .]{1,40}[,-]\s*)?(?:` +
			any("before") + `\s*[\])】]?\s*` + mark +
			`|` + any("before or alone") + `\s*[\])】]?(?:$|\s*` + mark + `)` +
			`|` + any("before, unpunctuated") + `\s*(?:[\])】:：|–—-]|\s|$)` +
			`)\s*[\])】]?\s*` +
			`|^\s*[\[(]\s*` + any("before, in brackets") + `\s*[\])]\s*`),
		sentence: regexp.MustCompile(`(?i)^\s*` + any("sentence")),
		end: regexp.MustCompile(`(?i)\s*(?:[\[(【]\s*` + any("behind, in brackets") + `\s*[\])】]` +
			`|[|–—-]\s*` + any("behind a dash") + `)\s*$`),
		stems: sections["stems"],
	}
}

// IsKill tells whether a headline is a kill: a notice by which a news agency
// withdraws a headline that it published before.
func IsKill(headline string) bool {
	k := &lex().kills
	return containsAny(strings.ToLower(headline), k.stems) &&
		(k.tag.MatchString(headline) || k.sentence.MatchString(headline) || k.endsWith(headline))
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// endsWith searches the end of a headline, where the last character allows a match.
func (k *killPatterns) endsWith(headline string) bool {
	h := strings.TrimRight(headline, " ")
	return (strings.HasSuffix(h, ")") || strings.HasSuffix(h, "]") || strings.HasSuffix(h, "】") || strings.HasSuffix(strings.ToLower(h), "withdrawn")) &&
		k.end.MatchString(h)
}

// KilledHeadline returns the headline that a kill withdraws, empty when the notice
// does not repeat it.
func KilledHeadline(headline string) string {
	k := &lex().kills
	if k.sentence.MatchString(headline) {
		return ""
	}
	h := k.tag.ReplaceAllString(headline, "")
	return strings.TrimSpace(k.end.ReplaceAllString(h, ""))
}
