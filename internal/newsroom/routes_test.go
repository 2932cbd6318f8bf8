package newsroom

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/trial"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webhook"
)

var update = flag.Bool("update", false, "write the schemas of openapi.json")

// routesOf lists the patterns of the API.
func (d *Desk) routesOf() (all []string) {
	for _, r := range (api{d}).routes() {
		all = append(all, r.pattern)
	}
	slices.Sort(all)
	return all
}

// apiTypes are the types of requests and answers of the API.
var apiTypes = []any{
	view.Status{}, view.Source{}, view.Topic{}, view.Story{}, view.Wire{}, view.Unread{}, view.Event{}, view.Explanation{}, view.TopicPreview{}, view.SearchResults{}, view.Decision{}, view.MergedEntries{}, view.OrderRequest{}, view.OrderResult{}, view.ClaimedStory{}, view.ClaimRequest{},
	view.Alerts{}, view.NoticeRequest{}, poll.Visited{}, Token{}, TokenRequest{}, view.Recipient{}, view.RecipientRequest{}, view.RecipientResult{}, view.ReadState{}, view.ReadStateChange{}, view.Starred{}, view.StarRequest{}, view.StarResult{}, view.StarFeed{}, webhook.Message{},
	SourceDetails{}, NewSource{}, SourceChange{}, TopicDetails{}, TopicChange{}, SettingsResult{}, trial.Found{}, cluster.ClusterState{},
}

const openAPI = "assets/openapi.json"

// The schemas of openapi.json match the types of the API. -update writes them; the paths are
// written by hand.
func TestOpenAPISchemas(t *testing.T) {
	b, err := os.ReadFile(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	s := schemas{notes: notes(t, ".", "../view", "../news", "../poll", "../trial", "../webhook", "../cluster"), all: map[string]any{
		"Error": map[string]any{"type": "object", "required": []string{"error"}, "properties": map[string]any{
			"error": map[string]any{"type": "string", "description": "What is wrong, and what to do."},
			"yaml":  map[string]any{"type": "string", "description": "The lines to write into feeds.yaml by hand, if the desk can't write a change."}}},
	}}
	for _, v := range apiTypes {
		s.of(reflect.TypeOf(v))
	}
	doc["components"].(map[string]any)["schemas"] = s.all
	want := writeJSON(t, doc)
	if string(b) == want {
		return
	}
	if !*update {
		t.Fatalf("%s does not match the types of the API: go test ./internal/newsroom -run OpenAPISchemas -update", openAPI)
	}
	if err := os.WriteFile(openAPI, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t *testing.T, v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every route of the API is documented, and every documented route exists.
func TestOpenAPIRoutes(t *testing.T) {
	b, err := deskFiles.ReadFile(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var documented []string
	for path, does := range doc.Paths {
		for method := range does {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	answered := (&Desk{}).routesOf()
	for _, r := range answered {
		if !slices.Contains(documented, r) {
			t.Errorf("%s is not in %s", r, openAPI)
		}
	}
	for _, r := range documented {
		if !slices.Contains(answered, r) {
			t.Errorf("%s is in %s but has no route", r, openAPI)
		}
	}
}

// notes reads the comments of types and fields, by "Type" and "Type.Field".
func notes(t *testing.T, folders ...string) map[string]string {
	all := map[string]string{}
	for _, dir := range folders {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool { note(all, n); return true })
		}
	}
	return all
}

func note(all map[string]string, n ast.Node) {
	g, ok := n.(*ast.GenDecl)
	if !ok || len(g.Specs) != 1 {
		return
	}
	spec, ok := g.Specs[0].(*ast.TypeSpec)
	if !ok {
		return
	}
	all[spec.Name.Name] = strings.Join(strings.Fields(g.Doc.Text()), " ")
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range st.Fields.List {
		for _, name := range f.Names {
			all[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Comment.Text()), " ")
		}
	}
}

// schemas builds the JSON schemas of types.
type schemas struct {
	notes map[string]string
	all   map[string]any
}

func (s *schemas) of(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[news.When]():
		return map[string]any{"type": "string", "enum": []any{"story", "breaking", "quiet", "problem"}}
	case t == reflect.TypeFor[news.FoldMode]():
		return map[string]any{"type": "string", "enum": []any{"none", "link", "story", "event"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Uint, reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Struct:
		return s.object(t)
	}
	panic(fmt.Sprint("no schema for ", t))
}

func (s *schemas) object(t reflect.Type) map[string]any {
	ref := map[string]any{"$ref": "#/components/schemas/" + t.Name()}
	if s.all[t.Name()] != nil {
		return ref
	}
	props, need := map[string]any{}, []any{}
	one := map[string]any{"type": "object", "properties": props}
	s.all[t.Name()] = one
	if text := s.notes[t.Name()]; text != "" {
		one["description"] = text
	}
	for _, f := range reflect.VisibleFields(t) {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		p := maps.Clone(s.of(f.Type))
		if text := s.notes[t.Name()+"."+f.Name]; text != "" {
			p["description"] = text
		}
		props[name] = p
		if !strings.Contains(opts, "omit") {
			need = append(need, name)
		}
	}
	if len(need) > 0 {
		one["required"] = need
	}
	return ref
}
