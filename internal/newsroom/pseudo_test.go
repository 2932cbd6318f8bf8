package newsroom

import (
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/locale"
)

// PseudoLocale returns a language in which every text stands between ⟦ and ⟧. The parts of a
// text do not.
func PseudoLocale(t *testing.T) *locale.Locale {
	t.Helper()
	loc := *locale.Of("en")
	loc.Lang = "en-XA"
	words := reflect.ValueOf(&loc.Words).Elem()
	for i := range words.NumField() {
		if words.Type().Field(i).Name != "Names" { // of patterns
			wrapField(words.Field(i))
		}
	}
	for _, names := range []any{&loc.Names.Months, &loc.Names.Weekdays, &loc.Names.Alone, &loc.Names.ShortMonths} {
		wrapField(reflect.ValueOf(names).Elem())
	}
	keys := deskKeys(t)
	loc.Desk = locale.DeskTexts{Texts: map[string]string{}, Counts: map[string]locale.Forms{}}
	for _, text := range append(keys.texts, keys.faults...) {
		loc.Desk.Texts[text] = wrapped(text)
	}
	for _, many := range keys.counts {
		loc.Desk.Counts[many] = locale.Forms{One: wrapped(many), Other: wrapped(many)}
	}
	return &loc
}

// wrapField wraps the text or the texts of a field of locale.Words.
func wrapField(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.String() != "" {
			v.SetString(wrapped(v.String()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			wrapField(v.Field(i))
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			wrapField(v.Index(i))
		}
	}
}

// wrapped puts a text between brackets, without its context and its parts.
func wrapped(text string) string {
	if i := strings.LastIndexByte(text, '|'); i >= 0 && !strings.Contains(text, "%") {
		text = text[:i]
	}
	text = placeholder.ReplaceAllStringFunc(text, func(part string) string { return "⟧" + part + "⟦" })
	return "⟦" + strings.ReplaceAll(text, "{n}", "⟧{n}⟦") + "⟧"
}

// shownByScripts are the ways in which our scripts put a text into the page.
var shownByScripts = regexp.MustCompile(`(?:textContent|\.title|placeholder|ariaLabel|innerText) \+?= (?:"[^"]*[A-Za-z]{2}|` + "`" + `[^` + "`" + `]*[A-Za-z]{2})` +
	`|"?(?:aria-label|aria-description|title|placeholder|alt|label)"?[:,] *"[^"]*[A-Za-z]{2}` +
	`|\bmade\([^;]*[},] *"[A-Z][a-z][^"]*"\)` +
	`|\b(?:append|prepend|replaceChildren|replaceWith|say|alert|confirm|Notification)\((?:[^;"]*, *)?"[^"]*[A-Za-z]{2}`)

// Our scripts put no text into the page that does not pass through t, tn or tnodes.
func TestScriptsTranslateTexts(t *testing.T) {
	for _, wrong := range []string{
		`const dismiss = made("button", { type: "button" }, "Dismiss");`, `e.textContent = "Show " + n;`, `made("div", { "aria-label": "Alerts", role: "log" })`,
		`b.setAttribute("title", "Read more");`, `line.append("and more");`, `say("The story was hidden.");`, "x.title = `${n} stories`;",
	} {
		if !shownByScripts.MatchString(wrong) {
			t.Errorf("%s is not found", wrong)
		}
	}
	err := fs.WalkDir(deskFiles, "assets", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".js") {
			return err
		}
		b, err := deskFiles.ReadFile(path)
		for i, line := range strings.Split(string(b), "\n") {
			code := scriptCall().ReplaceAllString(line, "text(")
			if found := shownByScripts.FindString(code); found != "" && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				t.Errorf("%s:%d: a text that is not translated: %s", path, i+1, strings.TrimSpace(line))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
