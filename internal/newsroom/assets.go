package newsroom

import (
	"net/http"
	"slices"

	"github.com/slugline/slugline/internal/reply"
)

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

// sendAsset answers with a file that read returns. Browsers keep it, and ask each time
// whether it is current: an update of the program changes it.
func sendAsset(kind string, read func() ([]byte, error)) func(http.ResponseWriter, *http.Request) error {
	b, err := read()
	e := reply.NewEdition(kind, b)
	return func(w http.ResponseWriter, r *http.Request) error {
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "private, no-cache")
		return reply.Send(w, r, e)
	}
}
