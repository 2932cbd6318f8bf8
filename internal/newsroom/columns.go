package newsroom

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// column is one column of the wire, with what its view holds.
type column struct {
	page   wirePage // the page's data with the query and the stories of the column
	Number int      // from 1
	Name   string   // of the view
	Unread string   // how many stories are unread, in words; empty: not counted

	missing bool // there is no view of this name
}

// Base is the column as the templates of lines need it.
func (c column) Base() *wirePage { return &c.page }

// Wire is what the column shows.
func (c column) Wire() *view.Wire { return c.page.Wire }

// Query is the filter of the column.
func (c column) Query() string { return c.page.Query }

// Problem says why the column can't be shown. It is empty when it can.
func (c column) Problem() string { return c.page.Problem }

// Href is the address of the view alone.
func (c column) Href() string { return viewAddress(c.Name) }

// CloseHref is the address of the page without the column.
func (c column) CloseHref() string {
	return viewAddress(slices.DeleteFunc(slices.Clone(c.page.Shown), func(name string) bool { return name == c.Name })...)
}

func viewAddress(names ...string) string { return "/?" + url.Values{"view": names}.Encode() }

// savedView is a view as the list of views shows it.
type savedView struct {
	news.SavedView
	Href    string
	Beside  string // the address of this page with the view as one more column; empty: there is none
	Shown   bool   // on this page
	Current bool   // alone
	First   bool
}

// Views lists the saved views of the caller.
func (p *wirePage) Views() []savedView {
	var all []savedView
	for i, v := range p.ReadState.Views {
		shown := slices.Contains(p.Shown, v.Name)
		all = append(all, savedView{SavedView: v, Href: viewAddress(v.Name), Beside: p.beside(v.Name), Shown: shown, Current: shown && len(p.Shown) == 1, First: i == 0})
	}
	return all
}

// beside is the address of the page with one more view. It is empty when the page shows no
// view, or this one, or as many as it can.
func (p *wirePage) beside(name string) string {
	if len(p.Shown) == 0 || len(p.Shown) >= maxColumns || slices.Contains(p.Shown, name) {
		return ""
	}
	return viewAddress(slices.Concat(p.Shown, []string{name})...)
}

// ViewName is the name of the only view that the page shows. It is empty when it shows none
// or several.
func (p *wirePage) ViewName() string {
	if len(p.Shown) != 1 {
		return ""
	}
	return p.Shown[0]
}

// columns answers GET /?view=NAME, with one view, or several side by side.
func (pg pages) columns(w http.ResponseWriter, r *http.Request, names []string) error {
	p := pg.newPage()
	p.Address, p.Status, p.Part = addressOf(r), pg.problems(), r.URL.Query().Has("part")
	loc := pg.locale()
	if names = withoutRepeats(names); len(names) > maxColumns {
		names, p.Problem = names[:maxColumns], loc.T("The wire shows at most {} views side by side.", strconv.Itoa(maxColumns))
	}
	p.Shown = names
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		return errors.Join(p.Status.Read(tx), pg.readPageData(tx, &p, callerOf(r.Context())))
	})
	if err != nil {
		return err
	}
	for i, name := range names {
		c, err := pg.column(r, &p, name, loc)
		if err != nil {
			return err
		}
		c.Number = i + 1
		p.Columns = append(p.Columns, c)
	}
	if only := p.Columns[0]; len(p.Columns) == 1 {
		p.Columns, p.Query, p.Wire, p.Known, p.Problem = nil, only.page.Query, only.page.Wire, only.page.Known, cmp.Or(p.Problem, only.page.Problem)
		if only.missing { // the whole wire in its place
			p.Shown = nil
			if p.Wire, err = pg.readWire(r.Context(), "", r.URL.Query().Get("before"), pageLines, nil); err != nil {
				return err
			}
		}
	}
	return pg.show(w, "wire.html", &p)
}

// withoutRepeats removes names that stand before in the list: two columns of one view would
// show the same.
func withoutRepeats(names []string) (once []string) {
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}

// column reads what a view holds. A view that does not exist, or whose filter the query
// language no longer accepts, has a problem instead.
func (pg pages) column(r *http.Request, p *wirePage, name string, loc *locale.Locale) (column, error) {
	c := column{Name: name, page: *p}
	c.page.Problem, c.page.Wire = "", &view.Wire{Events: []view.Event{}}
	if len(p.Shown) > 1 {
		c.page.Prefix = "c" + strconv.Itoa(slices.Index(p.Shown, name)+1) + "-"
	}
	i := slices.IndexFunc(p.ReadState.Views, func(v news.SavedView) bool { return v.Name == name })
	if i < 0 {
		c.missing, c.page.Problem = true, loc.T("There is no view {}.", name)
		return c, nil
	}
	c.page.Query = p.ReadState.Views[i].Query
	if c.page.Known = p.Part && slices.Contains(r.URL.Query()["has"], name); c.page.Known {
		return c, nil
	}
	wire, err := pg.readWire(r.Context(), c.page.Query, r.URL.Query().Get("before"), linesOf(p), nil)
	if wrong := (*view.Error)(nil); errors.As(err, &wrong) && wrong.Kind == view.Invalid {
		c.page.Problem = wrong.Said.In(loc)
		return c, nil
	}
	if err != nil {
		return c, err
	}
	c.page.Wire = wire
	return c, pg.countColumn(r, &c, loc)
}

// A page of the wire has pageLines stories, one with several columns columnLines in each:
// more than is seen at first. Scripts load more when somebody scrolls.
const (
	pageLines   = 100
	columnLines = 60
)

func linesOf(p *wirePage) int {
	if len(p.Shown) > 1 {
		return columnLines
	}
	return pageLines
}

// countTime is the processor time that a page spends on the unread stories of a column. Where
// that is too little, the page says "120+ unread", and the script asks for the rest.
const countTime = 20 * time.Millisecond

// countColumn counts the unread stories of a column.
func (pg pages) countColumn(r *http.Request, c *column, loc *locale.Locale) error {
	if c.page.ReadState.ReadOnly {
		return nil
	}
	found, err := pg.readUnread(r.Context(), c.page.Query, countTime)
	if err != nil {
		return err
	}
	c.Unread = unreadText(loc, found)
	return nil
}

// unreadText says how many stories are unread. It is empty when none was found before the
// processor time was used up.
func unreadText(loc *locale.Locale, found *view.Unread) string {
	n := len(found.IDs)
	switch {
	case !found.More && n <= maxCounted:
		return loc.N("{n} unread", "{n} unread", n)
	case n == 0:
		return ""
	}
	return loc.N("{n}+ unread", "{n}+ unread", min(n, maxCounted))
}

// maxCounted is the largest number of unread stories that pages write.
const maxCounted = 999
