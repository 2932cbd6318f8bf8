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

	"github.com/slugline/slugline/internal/reply"
)

// assets are the files that pages load.
type assets struct{ *Site }

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

// css is our style with the site's own after it. A site.style that can't be
// read is worth a line in the log, not a site without style.
func (s assets) css(set *settings) ([]byte, error) {
	ours := reply.Style()
	if set.site.Style == "" {
		return ours, nil
	}
	theirs, err := os.ReadFile(filepath.Join(s.Dir, set.site.Style))
	if err != nil {
		if s.Log != nil {
			s.Log.Warn("read site.style", "error", err)
		}
		return ours, nil
	}
	return append(append(ours, '\n'), theirs...), nil
}

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
		kind := cmp.Or(mime.TypeByExtension(path.Ext(set.icon())), "application/octet-stream")
		return reply.Send(w, r, reply.NewEdition(kind, body))
	}
}

func (s assets) iconFile(set *settings) ([]byte, error) {
	if set.site.Icon == "" {
		return reply.Icon(), nil
	}
	return os.ReadFile(filepath.Join(s.Dir, set.site.Icon))
}

func asset(name string) string {
	b, err := embedded.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is built in
	}
	return string(b)
}

// element answers /embed.js. Another site's page loads it as a module, which asks
// for leave (CORS).
func (s assets) element(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "public, max-age=3600")
	return reply.Send(w, r, elementScriptFile)
}

var elementScriptFile = reply.NewEdition("text/javascript; charset=utf-8", []byte(asset("embed.js")))

// script answers /player.js.
func (s assets) playerScript(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return reply.Send(w, r, playerScriptFile)
}

var playerScriptFile = reply.NewEdition("text/javascript; charset=utf-8", []byte(asset("player.js")))

//go:embed pages assets
var embedded embed.FS

var (
	errNotFound  = reply.FaultWithCode(reply.NotFound)
	errTakenDown = reply.FaultWithCode(reply.TakenDown)
)
