package newsroom_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The unit tests of the scripts pass in node. They run in a copy that declares the files to
// be ES modules, because older versions of node do not detect that.
func TestScripts(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node is missing: apt-get install nodejs")
		}
		t.Skip("node is missing: the scripts were not tested")
	}
	dir := t.TempDir()
	for _, folder := range []string{"assets", "scripts_test"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests, err := filepath.Glob(filepath.Join(dir, "scripts_test", "*.test.js"))
	if err != nil || len(tests) == 0 {
		t.Fatalf("tests of scripts: %q, %v", tests, err)
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{"--test"}, tests...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("node --test: %v\n%s", err, out)
	}
}
