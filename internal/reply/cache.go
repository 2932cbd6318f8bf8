package reply

import (
	"errors"
	"sync"

	"github.com/slugline/slugline/internal/edition"
)

// Page is a page as it goes out.
type Page struct {
	*edition.Edition
	CacheControl, Policy string
}

// maxPages is how many pages are kept: about 30 MB with their compressed forms.
const maxPages = 1000

// PageCache keeps pages. Zero is ready.
type PageCache struct {
	mu    sync.Mutex // guards by
	pages map[string]*cachedPage
}

// cachedPage is a page, made by who asks first while the others wait.
type cachedPage struct {
	once sync.Once
	page *Page
	err  error
}

// Get returns a page as it was made before, or makes it. What could not be made is
// not kept.
func (k *PageCache) Get(name string, print func() (*Page, error)) (*Page, error) {
	c := k.find(name)
	c.once.Do(func() { c.page, c.err = print() })
	if c.err != nil {
		k.delete(name, c)
	}
	return c.page, c.err
}

func (k *PageCache) find(name string) *cachedPage {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.pages[name]; c != nil {
		return c
	}
	if k.pages == nil || len(k.pages) >= maxPages {
		k.pages = map[string]*cachedPage{}
	}
	k.pages[name] = &cachedPage{err: errNotRendered}
	return k.pages[name]
}

func (k *PageCache) delete(name string, c *cachedPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pages[name] == c {
		delete(k.pages, name)
	}
}

// errNotRendered is of a page whose making ended the request that it was for.
var errNotRendered = errors.New("the page was not made")
