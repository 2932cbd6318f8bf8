package reply

import (
	"errors"
	"sync"

	"github.com/slugline/slugline/internal/edition"
)

// Page is a rendered page with its headers.
type Page struct {
	*edition.Edition
	CacheControl, Policy string
}

// maxPages is how many pages a cache holds: about 30 MB with their compressed forms.
const maxPages = 1000

// PageCache caches rendered pages by name. When it is full, it drops all of them. The
// zero value is ready.
type PageCache struct {
	mu    sync.Mutex // guards the field below
	pages map[string]*cachedPage
}

// cachedPage is a page that the first request renders while later ones wait.
type cachedPage struct {
	once sync.Once
	page *Page
	err  error
}

// Get returns the cached page with a name, or renders and caches it. Concurrent calls for
// one name render it once. Errors are returned to all of them and not cached.
func (p *PageCache) Get(name string, render func() (*Page, error)) (*Page, error) {
	c := p.find(name)
	c.once.Do(func() { c.page, c.err = render() })
	if c.err != nil {
		p.delete(name, c)
	}
	return c.page, c.err
}

func (p *PageCache) find(name string) *cachedPage {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.pages[name]; c != nil {
		return c
	}
	if p.pages == nil || len(p.pages) >= maxPages {
		p.pages = map[string]*cachedPage{}
	}
	p.pages[name] = &cachedPage{err: errNotRendered}
	return p.pages[name]
}

func (p *PageCache) delete(name string, c *cachedPage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pages[name] == c {
		delete(p.pages, name)
	}
}

// errNotRendered is the error of requests that waited for a page whose rendering
// panicked.
var errNotRendered = errors.New("page was not rendered")
