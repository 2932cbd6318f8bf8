package feed

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hasRel reports whether one is among the relations of a link.
func hasRel(rels, one string) bool {
	return slices.Contains(strings.Fields(strings.ToLower(rels)), one)
}

// The relations of link elements that name a feed, and those that never do: a style sheet
// that a visitor may choose (HTML section 4.6.7.1), an entry that can be edited, a document
// that lists where entries can be posted (RFC 5023).
var (
	feedRels  = []string{"alternate", "alternative", "feed", "rss", "atom", "service.feed"}
	otherRels = []string{"stylesheet", "edit", "edit-media", "service", "service.edit", "service.post", "icon", "search"}
)

// isFeed reports whether a link element names a feed. Without a relation its type must be
// that of a feed; without such a type its address or title must tell.
func (l *pageLink) isFeed() bool {
	rels := strings.Fields(strings.ToLower(l.rel))
	named := slices.ContainsFunc(rels, func(r string) bool { return slices.Contains(feedRels, r) })
	other := slices.ContainsFunc(rels, func(r string) bool { return slices.Contains(otherRels, r) })
	switch kind, params, _ := strings.Cut(l.kind, ";"); {
	case other || len(rels) > 0 && !named, isEntry(params):
		return false
	case isFeedType(kind):
		return true
	case isVagueType(kind):
		return named && (hasRel(l.rel, "feed") || !l.variant && l.saysFeed())
	}
	return false
}

// isFeedType reports whether a media type is one of feeds, also in the forms that the
// standards don't have.
func isFeedType(kind string) bool {
	class, sub, ok := strings.Cut(strings.TrimSpace(kind), "/")
	if !ok || class != "application" && class != "text" {
		return false
	}
	sub = strings.TrimPrefix(strings.TrimPrefix(sub, "x-"), "x.")
	switch strings.ReplaceAll(sub, " ", "+") {
	case "rss+xml", "atom+xml", "rdf+xml", "feed+json", "rss", "atom", "rdf":
		return true
	}
	return false
}

// isVagueType reports whether a feed may have a media type, as other documents do.
func isVagueType(kind string) bool {
	switch strings.TrimSpace(kind) {
	case "", "text/xml", "application/xml", "application/json":
		return true
	}
	return false
}

// isEntry reports whether the parameters of a media type say that the document is a single
// entry (RFC 5023 section 12.1).
func isEntry(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.TrimSpace(name) == "type" && strings.Trim(strings.TrimSpace(value), `"'`) == "entry" {
			return true
		}
	}
	return false
}

// saysFeed reports whether a link without a feed's type says that it leads to a feed.
func (l *pageLink) saysFeed() bool {
	if strings.Contains(l.href, "/wp-json/") || strings.Contains(l.href, "oembed") {
		return false // answers of a program's interface
	}
	return looksLikeFeed(l.href) || slices.ContainsFunc(wordsOf(l.title), func(w string) bool {
		return w == "rss" || w == "atom" || w == "feed" || w == "feeds" || w == "rdf"
	})
}

// feedEndings are the ends of the paths that feeds have.
var feedEndings = []string{
	".rss", ".atom", ".rdf", "/rss", "/rss2", "/feed", "/atom", "/rdf", "/rss.xml", "/rss2.xml", "/feed.xml", "/feeds.xml", "/atom.xml", "/index.xml",
	"/feed.json", "/feed/json", "/rss.php", "/feed.php", "/rss.aspx", "/feeds/posts/default", "/feeds/comments/default",
}

// looksLikeFeed reports whether an address, absolute or not, looks like a feed's.
func looksLikeFeed(ref string) bool {
	ref = strings.ToLower(ref)
	if strings.HasPrefix(ref, "feed:") {
		return true
	}
	ref, _, _ = strings.Cut(ref, "#")
	path, query, _ := strings.Cut(ref, "?")
	if strings.Contains("&"+query, "&feed=rss") || strings.Contains("&"+query, "&feed=atom") || strings.Contains("&"+query, "&format=feed") || strings.Contains("&"+query, "&format=rss") {
		return true
	}
	_, afterScheme, absolute := strings.Cut(path, "//")
	if absolute {
		host, rest, _ := strings.Cut(afterScheme, "/")
		if name, _, _ := strings.Cut(host, "."); rest != "" && (name == "feeds" || name == "feed" || name == "rss") {
			return true
		}
		path = "/" + rest
	} else if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return hasFeedPath(strings.TrimSuffix(path, "/"))
}

// hasFeedPath reports whether a path ends as those of feeds do, or has an XML document in
// a folder for feeds.
func hasFeedPath(path string) bool {
	for _, end := range feedEndings {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return strings.HasSuffix(path, ".xml") && slices.ContainsFunc(wordsOf(path), func(w string) bool {
		return w == "rss" || w == "feed" || w == "feeds" || w == "atom"
	})
}

// readerServices are hosts whose addresses hold the address of a feed, for visitors who
// want to subscribe there.
var readerServices = []string{"feedly.com", "inoreader.com", "newsblur.com", "theoldreader.com", "netvibes.com", "add.my.yahoo.com", "fusion.google.com", "bloglines.com", "feedspot.com", "follow.it"}

func isReaderService(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(readerServices, func(s string) bool {
		return u.Hostname() == s || strings.HasSuffix(u.Hostname(), "."+s)
	})
}

// commentWords are the beginnings of the words for comments of readers in the titles that
// programs for web sites give their feeds. In scripts without spaces they may stand
// anywhere.
var commentWords = []string{
	"commentaire", "comentari", "comentári", "commenti", "kommentar", "kommentt", "komentar", "komentář", "komentár", "komentāru", "reacties", "reactie", "hozzászól",
	"iruzkin", "yorumlar", "yorum akış", "коммент", "комент", "σχόλι", "σχολί", "تعليق", "التعليق", "دیدگاه", "نظرات", "תגובות", "bình luận", "टिप्पणि", "ความเห็น",
	"コメント", "评论", "評論", "留言", "迴響", "回應", "댓글",
}

// hasComments reports whether a feed seems to have comments of readers. Of a title only
// the part behind the name of the site counts: "Commentary » Feed" is none of them.
func hasComments(title, address string) bool {
	for _, separator := range []string{"»", "›", " > ", " | ", " :: "} {
		if i := strings.LastIndex(title, separator); i >= 0 {
			title = title[i+len(separator):]
		}
	}
	title = strings.ToLower(title)
	words := wordsOf(title)
	if slices.Contains(words, "comments") || slices.Contains(words, "replies") || strings.Contains(title, "comment feed") || strings.Contains(title, "comment rss") {
		return true
	}
	for _, w := range commentWords {
		if i := strings.Index(title, w); i >= 0 && (w[0] >= 0xe0 || beginsWord(title, i)) {
			return true
		}
	}
	return hasCommentsAddress(address)
}

// HasComments reports whether the document seems to have comments of readers in place of
// articles, as its title says.
func (d *Document) HasComments() bool { return hasComments(d.Title, "") }

// beginsWord reports whether no letter is before the place at in s.
func beginsWord(s string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	return !unicode.IsLetter(before)
}

// hasCommentsAddress reports whether the path or the query of an address names comments.
func hasCommentsAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if strings.HasSuffix(u.Hostname(), ".disqus.com") {
		return true
	}
	return slices.ContainsFunc(wordsOf(u.Path+" "+u.RawQuery), func(w string) bool {
		switch w {
		case "comments", "replies", "reply", "kommentare", "commentaires", "comentarios", "commenti", "comentários", "crss":
			return true
		}
		return false
	})
}

// wordsOf returns the words of s in lower case.
func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
