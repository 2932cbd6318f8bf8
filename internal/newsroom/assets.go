package newsroom

import (
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/reply"
)

// assetVersion names the files that pages load, as they are in this program. It is part of
// their addresses, so browsers need not ask whether what they keep is current.
var assetVersion = sync.OnceValue(func() string {
	h := xxhash.New()
	_, _ = h.Write(reply.Style())
	_, _ = h.Write(reply.Icon())
	err := fs.WalkDir(deskFiles, "assets", func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		b, err := deskFiles.ReadFile(path)
		_, _ = h.Write(b)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("read the files that are part of this program: %v", err))
	}
	return fmt.Sprintf("%016x", h.Sum64())
})

// assetPath returns the address of a file in this version.
func assetPath(name string) string { return "/assets/" + assetVersion() + "/" + name }

// withVersions adds the addresses that have a version to routes of files.
func withVersions(files []route) []route {
	for _, f := range files {
		path := strings.TrimPrefix(f.pattern, "GET ")
		files = append(files, route{"GET /assets/{version}" + path, f.answer})
	}
	return files
}

// asset answers with a file of the folder assets.
func (pg pages) asset(name, kind string) func(http.ResponseWriter, *http.Request) error {
	return sendAsset(kind, func() ([]byte, error) { return deskFiles.ReadFile("assets/" + name) })
}

// style answers with the style sheet of all pages of the desk.
func (pg pages) style() func(http.ResponseWriter, *http.Request) error {
	return sendAsset("text/css; charset=utf-8", func() ([]byte, error) {
		desk, err := deskFiles.ReadFile("assets/desk.css")
		return slices.Concat(reply.Style(), []byte("\n"), desk), err
	})
}

func (pg pages) icon() func(http.ResponseWriter, *http.Request) error {
	return sendAsset("image/svg+xml", func() ([]byte, error) { return reply.Icon(), nil })
}

// sendAsset answers with a file that read returns. Browsers keep it. They ask each time
// whether it is current, because an update of the program changes it, unless its address has
// the current version.
func sendAsset(kind string, read func() ([]byte, error)) func(http.ResponseWriter, *http.Request) error {
	b, err := read()
	e := reply.NewEdition(kind, b)
	return func(w http.ResponseWriter, r *http.Request) error {
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "private, no-cache")
		if r.PathValue("version") == assetVersion() {
			w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
		}
		return reply.Send(w, r, e)
	}
}
