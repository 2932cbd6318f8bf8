package webtest

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

const vnu = "vnu-jar/build/dist/vnu.jar"

// MarkupFolder returns a folder for the pages and style sheets that CheckMarkup reads. It
// skips the test where the Nu HTML Checker can't be run.
func MarkupFolder(t *testing.T) string {
	t.Helper()
	NodeTool(t, vnu)
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("java is missing: the HTML checker was not run")
	}
	return t.TempDir()
}

// CheckMarkup fails the test if a file with the ending html or css in a folder is not valid
// (Nu HTML Checker).
func CheckMarkup(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "java", "-Xmx512m", "-jar", NodeTool(t, vnu), "--errors-only", "--also-check-css", "--skip-non-html", "--format", "json", dir)
	out, err := cmd.CombinedOutput()
	var report struct {
		Messages []struct {
			Type, URL, Message, Extract string
			LastLine                    int
		}
	}
	if json.Unmarshal(out, &report) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, m := range report.Messages {
		t.Errorf("%s:%d: %s\n%s", filepath.Base(m.URL), m.LastLine, m.Message, m.Extract)
	}
}
