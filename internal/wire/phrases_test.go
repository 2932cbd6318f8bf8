package wire

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/view"
)

// deskLanguages are those of the desk beside English.
var deskLanguages = []string{"ar", "fr", "de", "es", "ru", "fa", "zh"}

// theLog is an identity, as identity writes it.
const theLog = "WIRE of 2026-11-28T09:00:00Z"

// faults are all that make faults, by the names of their functions.
var faults = map[string]func(j *Journal) *Fault{
	"gapFault":     func(j *Journal) *Fault { return j.gapFault(7) },
	"replicaFault": func(j *Journal) *Fault { return j.replicaFault(LogState{Replica: "n2", Missing: 353}) },
	"tailFault":    func(j *Journal) *Fault { return j.tailFault(news.WirePosition{Seq: 7, ID: "0123456789abcdef"}) },
	"agedFault":    func(*Journal) *Fault { return agedFault("n1", news.WirePosition{Seq: 7}, LogState{First: 90}) },
	"identityFault": func(j *Journal) *Fault {
		return j.identityFault(news.WirePosition{Stream: theLog}, LogState{Identity: theLog})
	},
	"newerFault": func(*Journal) *Fault {
		return newerFault(Message{Seq: 7}, fmt.Errorf("message 7 is of another format: %w", ErrNewer))
	},
	"unreadableFault": func(j *Journal) *Fault { return j.unreadableFault(Message{Seq: 7}, errors.New("EOF")) },
	"chainFault":      func(*Journal) *Fault { return chainFault("n1", 7, "n2") },
	"digestFault":     func(*Journal) *Fault { return digestFault("n1", 7, "n2") },
}

// The desk says every fault of the log in each of its languages.
func TestFaultsArePhrases(t *testing.T) {
	var made []string
	for _, f := range functions(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				if name, ok := lit.Type.(*ast.Ident); ok && name.Name == "Fault" {
					made = append(made, f.Name.Name)
				}
			}
			return true
		})
	}
	slices.Sort(made)
	if known := slices.Sorted(maps.Keys(faults)); !slices.Equal(made, known) {
		t.Errorf("faults are made by %q, and this test knows %q", made, known)
	}
	for name, fault := range faults {
		for _, outside := range []bool{false, true} {
			f := fault(&Journal{Node: "n1", Outside: outside})
			if f.Text == "" {
				t.Errorf("%s has no text", name)
			}
			checkPhrase(t, f.Text)
		}
	}
	checkPhrase(t, ErrUnreachable.Error())
}

// The reasons why a message can't be read are in faults.
func TestReasonsOfUnreadableMessagesArePhrases(t *testing.T) {
	packed := func(text string) []byte { return encoder.EncodeAll([]byte(text), []byte{formatZstd}) }
	for _, m := range []Message{
		{Data: []byte{formatZstd + 1}}, {Data: []byte{formatZstd, 1, 2, 3}}, {Data: packed(`{"Horoscope":1}`)}, {Data: packed("{} {}")}, {ID: "a", Data: packed("{}")},
		{Data: packed(`{"Rules":{"Fold":1000}}`)},
	} {
		_, err := (&Journal{Node: "n1"}).judge(m)
		var f *Fault
		if !errors.As(err, &f) {
			t.Fatalf("%q is read: %v", m.Data, err)
		}
		checkPhrase(t, f.Text)
	}
}

// notShown are functions whose errors end the start of a node, or are of one that stops.
var notShown = []string{"checkOutside", "connectOutside"}

// The desk says what is wrong with servers that run elsewhere in each of its languages.
func TestRefusalsOfServersArePhrases(t *testing.T) {
	verb := regexp.MustCompile(`%[.0-9]*[a-z]`)
	checked := 0
	for _, f := range functions(t, "outside.go", "proof.go") {
		if slices.Contains(notShown, f.Name.Name) {
			continue
		}
		for _, format := range texts(t, f) {
			if format = verb.ReplaceAllString(format, "X"); format != "X" {
				checkPhrase(t, format)
				checked++
			}
		}
	}
	if checked < 25 {
		t.Errorf("found only %d refusals", checked)
	}
}

// checkPhrase fails the test if a text, or a part of it that is a sentence, is no phrase, or
// lacks a translation.
func checkPhrase(t *testing.T, english string) {
	t.Helper()
	phrase, parts, ok := view.MatchPhrase(english)
	if !ok {
		t.Errorf("%q is no phrase", english)
		return
	}
	for _, lang := range deskLanguages {
		if locale.Of(lang).Desk.Texts[phrase] == "" {
			t.Errorf("%s lacks %q", lang, phrase)
		}
	}
	for _, part := range parts {
		if strings.Contains(part, " ") && part != theLog && !ofLibraries.MatchString(part) {
			checkPhrase(t, part)
		}
	}
}

// ofLibraries are reasons that zstd and JSON give.
var ofLibraries = regexp.MustCompile(`^(json: unknown field "Horoscope"|magic number mismatch|unexpected EOF)$`)

// functions returns the functions in files of this package; without names, in all but tests.
func functions(t *testing.T, names ...string) (all []*ast.FuncDecl) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				all = append(all, f)
			}
		}
	}
	return all
}

// texts returns the formats and texts of errors in a function, and those that are assigned.
func texts(t *testing.T, f *ast.FuncDecl) (all []string) {
	t.Helper()
	add := func(x ast.Expr) {
		if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			if text != "" {
				all = append(all, text)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			called := ""
			switch fun := n.Fun.(type) {
			case *ast.Ident:
				called = fun.Name
			case *ast.SelectorExpr:
				called = fun.Sel.Name
			}
			if slices.Contains([]string{"unfitf", "Errorf", "New", "Sprintf"}, called) && len(n.Args) > 0 {
				add(n.Args[0])
			}
		case *ast.AssignStmt:
			for _, x := range n.Rhs {
				add(x)
			}
		}
		return true
	})
	return all
}
