package config

import (
	"regexp"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/news"
)

// Errors quote the file, and are shown to others than those who may read it: on the desk,
// in logs. What stands for a password there is hiddenMark.
const hiddenMark = "xxxxx"

// hideLine returns a line of the file without passwords, tokens and other secrets. The line
// need not be YAML.
func hideLine(line string) string {
	line = hookLine().ReplaceAllString(hideUsers(line), "${1}/"+hiddenMark)
	line = flowSecret().ReplaceAllStringFunc(line, func(s string) string { return hideMatch(flowSecret(), s) })
	return blockSecret().ReplaceAllStringFunc(line, func(s string) string { return hideMatch(blockSecret(), s) })
}

// secretKey matches the keys of feeds.yaml and the names of headers that have secrets as values.
const secretKey = `["']?(?:(?i:[\w-]*(?:token|secret|password|authorization|cookie|api-?key))|key|pushover)["']?\s*:\s+`

// blockSecret matches a line that is a key with a secret.
var blockSecret = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([\s-]*` + secretKey + `)(\S.*)$`) })

// flowSecret matches a key with a secret between braces.
var flowSecret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([{,]\s*` + secretKey + `)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|(?:\$\{[^{}]*\}|[^\s"',{}])(?:\$\{[^{}]*\}|[^,{}])*)`)
})

// hookLine matches a target of a kind whose address is all that a sender needs.
var hookLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`((?:` + strings.Join(hooks, "|") + `)["']?\s*:\s+["']?(?:[a-z]+://)?[^\s"',${}/?#]+)[/?#][^\s"',}]+`)
})

var hooks = []string{news.TargetWebhook, news.TargetSlack, news.TargetTeams, news.TargetDiscord, news.TargetMattermost}

// hideMatch hides the second group of a match, unless it is an environment value.
func hideMatch(e *regexp.Regexp, match string) string {
	m := e.FindStringSubmatch(match)
	if onlyVariable().MatchString(strings.Trim(m[2], `"' `)) {
		return match
	}
	return m[1] + hiddenMark
}

// hideHook hides in errors what follows the host of a target's address.
func hideHook(errs []Error, address string) {
	for i := range errs {
		errs[i].Text = strings.ReplaceAll(errs[i].Text, address, hidePath(address))
	}
}

// hidePath returns an address without what follows its host.
func hidePath(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		scheme, rest = "", address
	} else {
		scheme += "://"
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 && i+1 < len(rest) {
		rest = rest[:i] + "/" + hiddenMark
	}
	return scheme + rest
}

// hideUsers returns a text without the users and passwords of the addresses in it, complete
// or not. It hides too much rather than too little.
func hideUsers(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "://")
		b.WriteString(hideBare(before))
		if !ok {
			return b.String()
		}
		text = strings.TrimLeft(rest, "/")
		b.WriteString("://" + rest[:len(rest)-len(text)])
		if end := userEnd(text); end > 0 {
			b.WriteString(hideUser(text[:end]))
			text = text[end:]
		}
	}
}

// userEnd returns the length of the user and the password at the start of what follows the
// scheme; 0 if there are none.
func userEnd(text string) int {
	one, _, _ := strings.Cut(text, "://")
	word := one
	if i := strings.IndexAny(one, " \t"); i >= 0 {
		word = one[:i]
	}
	host := word
	if i := strings.IndexAny(word, "/?#"); i >= 0 {
		host = word[:i]
	}
	switch _, port, colon := strings.Cut(host, ":"); {
	case strings.Contains(host, "@"):
		return strings.LastIndexByte(word, '@')
	case !colon || strings.HasPrefix(host, "["):
		return 0 // an @ further on is in the path
	case strings.Contains(word, "@"):
		return strings.LastIndexByte(word, '@')
	case strings.Trim(port, "0123456789") == "" || strings.Trim(port, `0123456789"',]})`) == "":
		return 0
	}
	return max(strings.LastIndexByte(one, '@'), 0) // a password with a space
}

// hideCut hides the password in an address of which YAML took the rest for a comment.
func hideCut(address, line string) string {
	if m := cutUser().FindStringSubmatch(address); m != nil && strings.Contains(line, "@") && !strings.Contains(address, "@") {
		return m[1] + hiddenMark
	}
	return address
}

var cutUser = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([a-z]+://)[^\s/?#:\[]+:[^/?#]*[^0-9/?#]`) })

// hideUser returns a user and a password as they may be shown: as they are if the password is
// an environment value.
func hideUser(user string) string {
	name, password, ok := strings.Cut(user, ":")
	if !ok {
		password = name
	}
	if onlyVariable().MatchString(password) {
		return user
	}
	return hiddenMark
}

// hideBare hides the users and passwords of addresses without a scheme.
func hideBare(text string) string {
	return bareUser().ReplaceAllStringFunc(text, func(word string) string {
		at := strings.LastIndexByte(word, '@')
		user, host := word[:at], word[at+1:]
		from := strings.LastIndexAny(beforeColon(user), `"'[{(,=`) + 1
		switch {
		case strings.HasPrefix(user[from:], "mailto:"), !strings.Contains(user, ":") && !hasPort().MatchString(host):
			return word
		}
		return user[:from] + hideUser(user[from:]) + "@" + host
	})
}

var (
	bareUser = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\S+@\S*`) })
	hasPort  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^/]*:\d`) })
)

func beforeColon(s string) string {
	before, _, _ := strings.Cut(s, ":")
	return before
}
