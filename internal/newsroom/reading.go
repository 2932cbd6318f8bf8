package newsroom

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

const (
	maxReadable = 30 // outlets of a story that are examined for a text
	maxPictures = 5  // beside a text, and as many players
)

// reading is what one outlet's feed brought of a story. What a source lets us republish
// (show:) does not bound it: only the newsroom reads it.
type reading struct {
	Outlet  view.Outlet // its Entry is empty if no outlet has a text
	Dir     string
	Author  string
	Rights  string
	Body    template.HTML // safe HTML
	Summary string        // if there is no body
	Media   []medium      // that is not in the body
	Deleted bool          // the text is no longer stored
}

// IsEmpty reports whether there is nothing to read, see or hear.
func (r *reading) IsEmpty() bool { return r.Body == "" && r.Summary == "" && len(r.Media) == 0 }

// medium is a picture, audio or video at the outlet's address.
type medium struct {
	Kind   string // picture, audio or video
	Poster string // address of a picture for a video
	news.Media
}

// readText reads the text of an entry of the story, or of the first outlet that has one.
func (p *storyPage) readText(tx *store.Tx, entry string) error {
	p.Readable = map[string]bool{}
	for _, o := range p.Story.Outlets[:min(len(p.Story.Outlets), maxReadable)] {
		e, err := tx.Entries.Get(o.Entry)
		if err != nil {
			return err
		}
		p.Readable[o.Entry] = e != nil && (e.Summary != "" || len(e.Media) > 0)
	}
	i := slices.IndexFunc(p.Story.Outlets, func(o view.Outlet) bool { return o.Entry == entry })
	if i < 0 || !p.Readable[entry] {
		if j := slices.IndexFunc(p.Story.Outlets, func(o view.Outlet) bool { return p.Readable[o.Entry] }); j >= 0 {
			i = j
		}
	}
	if i < 0 {
		return nil
	}
	r, err := readEntry(tx, p.Story.Outlets[i])
	p.Reading = r
	return err
}

func readEntry(tx *store.Tx, o view.Outlet) (r reading, err error) {
	e, err := tx.Entries.Get(o.Entry)
	if err != nil || e == nil {
		return r, err
	}
	r = reading{Outlet: o, Dir: words.Dir(cmp.Or(e.Summary, o.Headline)), Author: e.Author, Rights: e.Rights, Deleted: e.TextDeleted}
	body, err := tx.Entries.Body(e.ID)
	if err != nil {
		return r, err
	}
	if body != "" {
		r.Body = template.HTML(withAlternatives(canon.NestHeadings(canon.Safe(body, cmp.Or(e.Base, e.Link)))))
	}
	if r.Body == "" && words.Key(e.Summary) != words.Key(o.Headline) {
		r.Summary = e.Summary
	}
	r.Media = mediaBeside(string(r.Body), e.Media)
	return r, nil
}

// withAlternatives gives pictures without an alternative text an empty one: screen readers
// would read their addresses.
func withAlternatives(safe string) string {
	if !strings.Contains(safe, "<img") {
		return safe
	}
	var out strings.Builder
	for z := html.NewTokenizer(strings.NewReader(safe)); z.Next() != html.ErrorToken; {
		raw := string(z.Raw())
		if t := z.Token(); t.DataAtom == atom.Img && !slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
			raw = strings.Replace(raw, "<img", `<img alt=""`, 1)
		}
		out.WriteString(raw)
	}
	return out.String()
}

// mediaBeside returns the pictures and players that a body does not have.
func mediaBeside(body string, all []news.Media) (out []medium) {
	poster := ""
	count := map[bool]int{} // of pictures, and of players
	for _, m := range all {
		kind := m.PlayerKind()
		if m.Picture {
			kind, poster = "picture", cmp.Or(poster, m.URL)
		}
		isIn := strings.Contains(body, html.EscapeString(m.URL)) || slices.ContainsFunc(out, func(o medium) bool { return o.URL == m.URL })
		if kind == "" || isIn || count[m.Picture] == maxPictures {
			continue
		}
		count[m.Picture]++
		out = append(out, medium{Kind: kind, Media: m})
	}
	for i := range out {
		if out[i].Kind == "video" {
			out[i].Poster = poster
		}
	}
	return out
}

// Line is the story as its line on the wire shows it.
func (p *storyPage) Line() storyLine { return storyLine{&p.wirePage, p.Story} }
