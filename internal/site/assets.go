package site

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/reply"
)

// assets are the files that pages load.
type assets struct{ *Site }

// style answers /style.css.
func (s assets) style(set *settings) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := s.css(set)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "public, max-age=300")
		return reply.Send(w, r, reply.NewEdition("text/css; charset=utf-8", body))
	}
}

// css returns our style sheet followed by site.style. If that can't be read, it is logged
// and left out.
func (s assets) css(set *settings) ([]byte, error) {
	ours := reply.Style()
	if set.site.Style == "" {
		return ours, nil
	}
	own, err := os.ReadFile(filepath.Join(s.Dir, set.site.Style))
	if err != nil {
		if s.Log != nil {
			s.Log.Warn("read site.style", "error", err)
		}
		return ours, nil
	}
	return append(append(ours, '\n'), own...), nil
}

// icon answers the address of the icon.
func (s assets) icon(set *settings) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := s.iconFile(set)
		if errors.Is(err, fs.ErrNotExist) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "public, max-age=3600")
		contentType := cmp.Or(mime.TypeByExtension(path.Ext(set.icon())), "application/octet-stream")
		return reply.Send(w, r, reply.NewEdition(contentType, body))
	}
}

// iconFile returns site.icon or, without one, our own icon.
func (s assets) iconFile(set *settings) ([]byte, error) {
	if set.site.Icon == "" {
		return reply.Icon(), nil
	}
	return os.ReadFile(filepath.Join(s.Dir, set.site.Icon))
}

// asset returns the text of an embedded file below assets.
func asset(name string) string {
	b, err := embedded.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // the file is embedded
	}
	return string(b)
}

// element answers /embed.js. Pages of other sites load it as a module, which needs CORS
// headers.
func (s assets) element(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "public, max-age=3600")
	return reply.Send(w, r, elementScriptFile)
}

var elementScriptFile = reply.NewEdition("text/javascript; charset=utf-8", []byte(asset("embed.js")))

// script returns a handler that answers with a script of our pages.
func (s assets) script(file *edition.Edition) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		return reply.Send(w, r, file)
	}
}

var (
	pageScriptFile   = reply.NewEdition("text/javascript; charset=utf-8", []byte(asset("site.js")))
	playerScriptFile = reply.NewEdition("text/javascript; charset=utf-8", []byte(asset("player.js")))
)

//go:embed pages assets
var embedded embed.FS

var (
	errNotFound  = reply.FaultWithCode(reply.NotFound)
	errTakenDown = reply.FaultWithCode(reply.TakenDown)
)
