package newsroom

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html/template"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/topic"
)

var deskLanguages = []string{"ar", "fr", "de", "es", "ru", "fa", "zh"}

// Every text of the desk's templates, scripts and Go code has a translation in every
// language, and every translation is used.
func TestDeskTexts(t *testing.T) {
	keys := deskKeys(t)
	for _, lang := range deskLanguages {
		loc := locale.Of(lang)
		var missing, unused []string
		for _, text := range keys.texts {
			if got := loc.Desk.Texts[text]; got == "" {
				missing = append(missing, text)
			} else if !slices.Equal(placeholders(got), placeholders(text)) {
				t.Errorf("%s: %q has other placeholders than %q", lang, got, text)
			}
		}
		for _, many := range keys.counts {
			if forms, ok := loc.Desk.Counts[many]; ok {
				checkCounts(t, lang, many, forms)
			} else {
				missing = append(missing, many)
			}
		}
		for text := range loc.Desk.Texts {
			if !slices.Contains(keys.texts, text) && !slices.Contains(keys.faults, text) {
				unused = append(unused, text)
			}
		}
		for many := range loc.Desk.Counts {
			if !slices.Contains(keys.counts, many) {
				unused = append(unused, many)
			}
		}
		slices.Sort(unused)
		if len(missing)+len(unused) > 0 {
			t.Errorf("%s lacks %d texts: %q\nnot used: %q", lang, len(missing), missing, unused)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\}|%(?:\[[0-9]+\])?[a-z]`)

// placeholders returns the {} and the verbs of a text, sorted. Verbs have their index: a
// translation may have them in another order.
func placeholders(text string) (all []string) {
	next := 1
	for _, p := range placeholder.FindAllString(text, -1) {
		if !strings.Contains(p, "[") {
			p = fmt.Sprintf("%s[%d]%s", p[:1], next, p[1:])
			next++
		}
		all = append(all, p)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkCounts checks that a plural has the categories that CLDR defines for whole numbers
// in the language, and the placeholders of the English text.
func checkCounts(t *testing.T, lang, many string, forms locale.Forms) {
	t.Helper()
	needed := map[string]bool{"Other": true}
	names := map[plural.Form]string{plural.Zero: "Zero", plural.One: "One", plural.Two: "Two", plural.Few: "Few", plural.Many: "Many", plural.Other: "Other"}
	for n := range 1000 {
		needed[names[plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0)]] = true
	}
	v := reflect.ValueOf(forms)
	for i := range v.NumField() {
		form, text := v.Type().Field(i).Name, v.Field(i).String()
		if needed[form] != (text != "") {
			t.Errorf("%s: %q: form %s is %q, needed: %v", lang, many, form, text, needed[form])
		}
		if text != "" && strings.Count(text, "{}") != strings.Count(many, "{}") {
			t.Errorf("%s: %q has other placeholders than %q", lang, text, many)
		}
	}
}

// collectedKeys are the English texts that the desk shows, and the formats of faults. A
// language may lack those: only programs see most of them.
type collectedKeys struct {
	textKeys
	faults []string
}

// deskKeys collects the English texts that the desk shows.
func deskKeys(t *testing.T) collectedKeys {
	t.Helper()
	var keys collectedKeys
	keys.textKeys = textKeys{slices.Clone(scriptKeys().texts), slices.Clone(scriptKeys().counts)}
	collectFromTemplates(t, &keys.textKeys)
	for _, x := range topic.Syntax {
		keys.texts = append(keys.texts, x.Finds)
	}
	for _, f := range topic.Fields {
		keys.texts = append(keys.texts, f.Matches)
	}
	for _, dir := range []string{".", "../view", "../reply", "../topic", "../search"} {
		collectFromGo(t, &keys, dir)
	}
	return keys
}

var templateCall = regexp.MustCompile(`[{(\s]([TN]) ("(?:[^"\\]|\\.)*")(?: ("(?:[^"\\]|\\.)*"))?`)

// collectFromTemplates finds the calls of T and N with literals.
func collectFromTemplates(t *testing.T, keys *textKeys) {
	t.Helper()
	files, err := fs.Glob(deskFiles, "pages/*.html")
	if err != nil || len(files) < 8 {
		t.Fatalf("templates: %q, %v", files, err)
	}
	for _, name := range files {
		b, err := deskFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range templateCall.FindAllStringSubmatch(string(b), -1) {
			keys.add(m[1] == "N", m[2], m[3])
		}
	}
}

// collectFromGo finds the calls of T and N with literals, and what is converted to
// locale.Text.
func collectFromGo(t *testing.T, keys *collectedKeys, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %q, %v", dir, files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				collectCall(keys, call)
			}
			return true
		})
	}
}

// messages are the functions that make a locale.Message of the query language, with the
// position of its format.
var messages = map[string]int{"Messagef": 0, "fail": 1}

func collectCall(keys *collectedKeys, call *ast.CallExpr) {
	for _, arg := range call.Args[:min(len(call.Args), 2)] { // Faultf has a status before its format
		if text, err := strconv.Unquote(literal(arg)); err == nil {
			keys.faults = append(keys.faults, text)
		}
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if at, made := 0, false; ok {
		if at, made = messages[f.Sel.Name]; made && at < len(call.Args) {
			if text, err := strconv.Unquote(literal(call.Args[at])); err == nil && text != "%s" {
				keys.texts = append(keys.texts, text)
			}
		}
	}
	if !ok || len(call.Args) == 0 || !slices.Contains([]string{"T", "N", "Text"}, f.Sel.Name) {
		return
	}
	if pkg, ok := f.X.(*ast.Ident); f.Sel.Name == "Text" && (!ok || pkg.Name != "locale") {
		return
	}
	first, second := literal(call.Args[0]), ""
	if f.Sel.Name == "N" && len(call.Args) > 1 {
		second = literal(call.Args[1])
	}
	keys.add(f.Sel.Name == "N", first, second)
}

// literal returns the quoted string of an expression, empty if it is none.
func literal(x ast.Expr) string {
	if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		return lit.Value
	}
	return ""
}

func TestSpan(t *testing.T) {
	for seconds, want := range map[int]string{30: "30 seconds", 60: "a minute", 119: "a minute", 300: "5 minutes", 3600: "an hour"} {
		if got := span(locale.Of("en"), seconds); got != want {
			t.Errorf("%d s: %q, want %q", seconds, got, want)
		}
	}
}

// Texts with markup keep it, and escape all else.
func TestTextsInTemplates(t *testing.T) {
	loc := *locale.Of("en")
	loc.Desk = locale.DeskTexts{
		Texts:  map[string]string{"by {}, due {}": "bis {}, <von> {}", "open|state": "offen"},
		Counts: map[string]locale.Forms{"{n} outlets of {}": {One: "{n} Medium von {}", Other: "{n} Medien von {}"}},
	}
	for _, tt := range []struct{ template, want string }{
		{`{{T "by {}, due {}" "<b>" 3}}`, "bis &lt;b&gt;, &lt;von&gt; 3"},
		{`{{T "by {}, due {}" (bdi "<b>") "<i>"}}`, "bis <bdi>&lt;b&gt;</bdi>, &lt;von&gt; &lt;i&gt;"},
		{`<p title="{{T "by {}, due {}" "\"" 3}}">`, `<p title="bis &#34;, &lt;von&gt; 3">`},
		{`{{N "{n} outlet of {}" "{n} outlets of {}" 1 "A"}}, {{N "{n} outlet of {}" "{n} outlets of {}" 2 (bdi "A")}}`, "1 Medium von A, 2 Medien von <bdi>A</bdi>"},
		{`{{T "open|state"}} {{T "open|verb"}} {{N "{n} day" "{n} days" 1}}`, "offen open 1 day"},
		{`{{define "x"}} <i>{{.}}</i> {{end}}{{T "by {}, due {}" (part "x" "<") "y"}}`, "bis <i>&lt;</i>, &lt;von&gt; y"},
	} {
		page := template.New("page")
		template.Must(page.Funcs(textFuncs(&loc, page)).Parse(tt.template))
		var b bytes.Buffer
		if err := page.Execute(&b, nil); err != nil || b.String() != tt.want {
			t.Errorf("%s writes %q, %v, want %q", tt.template, b.String(), err, tt.want)
		}
	}
}
