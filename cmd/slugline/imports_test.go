package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

const module = "github.com/slugline/slugline/"

// floors lists the packages from the bottom: a package imports only packages of lower
// floors. doc.go has the same list in the same order.
var floors = [][]string{
	{"internal/news", "internal/tempfile", "internal/weburl", "internal/loopback", "internal/bubble"},
	{"internal/words", "internal/locale", "internal/feed", "internal/fetch", "internal/clock", "internal/retry", "internal/quota", "internal/origin", "internal/webhook", "internal/store/pagecheck", "internal/search/posting"},
	{"internal/canon", "internal/pace", "internal/topic", "internal/story", "internal/store", "internal/storetest", "internal/live"},
	{"internal/journal", "internal/published", "internal/side", "internal/cluster", "internal/desk/ledger", "internal/desk/membership", "internal/desk/alerting", "internal/desk/embargo"},
	{"internal/config", "internal/poll", "internal/desk", "internal/edition", "internal/search", "internal/notify", "internal/wire"},
	{"internal/view", "internal/trial"},
	{"internal/reply"},
	{"internal/site", "internal/newsroom", "internal/websub", "internal/webtest"},
	{"internal/site/export"},
	{"cmd/slugline"},
}

// sole names the only package that may import a library.
var sole = map[string]string{
	"go.etcd.io/bbolt":                  "internal/store",
	"github.com/mmcdole/gofeed":         "internal/feed",
	"github.com/gorilla/feeds":          "internal/feed",
	"go.yaml.in/yaml/v4":                "internal/config",
	"github.com/nats-io/nats.go":        "internal/wire",
	"github.com/nats-io/nats-server/v2": "internal/wire",
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
					t.Errorf("%s imports %s, which only %s may import", pkg, dep, only)
				}
			}
		}
	}
	compareGolden(t, "testdata/imports.txt", formatImports(imports))
}

func floor(t *testing.T, pkg string) int {
	i := slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, pkg) })
	if i < 0 {
		t.Fatalf("%s is on no floor", pkg)
	}
	return i
}

// listImports returns the imports of each package of the module, as the go command has
// them.
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

// formatImports writes one line for each package with its imports from this module.
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

// mapLine is a package in the list of doc.go, with its floor or, if empty, the floor of
// the line before.
var mapLine = regexp.MustCompile(`(?m)^//\t(\d*) +([a-z/]+)  `)

// TestMapNamesEveryPackage compares the list of packages in doc.go with floors.
func TestMapNamesEveryPackage(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "\n// # The packages")
	list, _, _ = strings.Cut(list, "\n// # ")
	var got []string
	for _, m := range mapLine.FindAllStringSubmatch(list, -1) {
		if m[1] != "" {
			got = append(got, m[1]+":")
		}
		got = append(got, m[2])
	}
	var want []string
	for i, f := range floors {
		want = append(want, fmt.Sprintf("%d:", i+1))
		for _, pkg := range f {
			want = append(want, strings.TrimPrefix(pkg, "internal/"))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the packages of doc.go (-floors +doc.go):\n%s", diff)
	}
}
