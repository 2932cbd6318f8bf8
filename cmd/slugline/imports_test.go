package main

import (
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "accept what the golden files would say now")

const module = "github.com/slugline/slugline/"

// floors are the storeys of the house: imports go down, never up or sideways.
var floors = [][]string{
	{"internal/news"},
	{"internal/store/pagecheck", "internal/words", "internal/locale", "internal/feed", "internal/fetch", "internal/origin", "internal/retry"},
	{"internal/canon", "internal/pace", "internal/story", "internal/topic", "internal/store", "internal/live"},
	{"internal/journal", "internal/desk/ledger", "internal/desk/membership", "internal/desk/alerting"},
	{"internal/poll", "internal/desk", "internal/edition", "internal/config", "internal/notify", "internal/search"},
	{"internal/view"},
	{"internal/reply"},
	{"internal/site", "internal/newsroom", "internal/websub", "internal/webtest"},
	{"internal/site/export"},
	{"cmd/slugline"},
}

// sole names the only package that may import a library.
var sole = map[string]string{
	"go.etcd.io/bbolt":                "internal/store",
	"github.com/mmcdole/gofeed":       "internal/feed",
	"github.com/gorilla/feeds":        "internal/feed",
	"go.yaml.in/yaml/v4":              "internal/config",
	"github.com/nats-io/nats.go":      "internal/wire",
	"github.com/blevesearch/bleve/v2": "internal/search",

	"github.com/blevesearch/bleve_index_api": "internal/search",
}

func TestImportsGoDown(t *testing.T) {
	imports := listImports(t)
	for pkg, deps := range imports {
		for _, dep := range deps {
			if ours, ok := strings.CutPrefix(dep, module); ok && floor(t, ours) >= floor(t, pkg) {
				t.Errorf("%s (floor %d) imports %s (floor %d)", pkg, floor(t, pkg), ours, floor(t, ours))
			}
			for lib, only := range sole {
				if (dep == lib || strings.HasPrefix(dep, lib+"/")) && pkg != only {
					t.Errorf("%s imports %s, which is for %s alone", pkg, dep, only)
				}
			}
		}
	}
	compareGolden(t, "testdata/imports.txt", formatImports(imports))
}

func floor(t *testing.T, pkg string) int {
	i := slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, pkg) })
	if i < 0 {
		t.Fatalf("%s stands on no floor", pkg)
	}
	return i
}

// listImports asks the go command what each package of the daemon imports.
func listImports(t *testing.T) map[string][]string {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "../../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if pkg, ok := strings.CutPrefix(f[0], module); ok {
			imports[pkg] = f[1:]
		}
	}
	return imports
}

func formatImports(imports map[string][]string) string {
	var lines []string
	for pkg, deps := range imports {
		var ours []string
		for _, d := range deps {
			if d, ok := strings.CutPrefix(d, module+"internal/"); ok {
				ours = append(ours, d)
			}
		}
		lines = append(lines, strings.TrimSpace(pkg+": "+strings.Join(ours, " ")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
