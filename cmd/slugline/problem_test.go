package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/wire"
)

// What a node announces as its problem, the desk says in its language.
func TestAnnouncedProblemsArePhrases(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "member.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{errServersUnreached.Error()}
	ast.Inspect(file, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != 1 {
			return true
		}
		field, isField := set.Lhs[0].(*ast.SelectorExpr)
		text, isText := set.Rhs[0].(*ast.BasicLit)
		if isField && isText && field.Sel.Name == "Problem" {
			said, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, said)
		}
		return true
	})
	if len(all) < 3 {
		t.Errorf("found only %q", all)
	}
	for _, text := range all {
		if _, _, ok := view.MatchPhrase(text); !ok {
			t.Errorf("%q is no phrase", text)
		}
	}
}

// An editor whose order can't be stored reads why in the language of the desk.
func TestWhyNothingIsStoredIsTranslated(t *testing.T) {
	m := &member{wire: &wire.Wire{}, log: &wire.Journal{}}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&wire.Fault{Text: "the log's replica on n3 lacks 353 records: it is damaged. To repair it, run `slugline cluster repair n3` on that node: it deletes the replica, and the other nodes fill it again."},
			"Im Augenblick wird nichts gespeichert: der Kopie des Protokolls auf n3 fehlen 353 Datensätze: Sie ist beschädigt."},
		{wire.ErrUnreachable,
			"Das ist vielleicht nicht gespeichert; sehen Sie nach, bevor Sie es wiederholen: das Protokoll des Clusters ist nicht zu erreichen: laufen die meisten stimmberechtigten Knoten?"},
	} {
		f, ok := reply.AsFault(m.explain(c.err))
		if !ok {
			t.Fatalf("%v is explained to nobody", c.err)
		}
		if _, text := f.In(locale.Of("de")); !strings.HasPrefix(text, c.want) {
			t.Errorf("%v is explained as %q, want %q", c.err, text, c.want)
		}
	}
}
