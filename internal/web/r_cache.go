package web

import (
	"errors"
	"sync"

	"github.com/slugline/slugline/internal/edition"
)

// printed is a page as it goes out.
type printed struct {
	*edition.Edition
	caching, policy string
}

// maxPages is how many pages are kept: about 30 MB with their compressed forms.
const maxPages = 1000

// shelf keeps pages. Zero is ready.
type shelf struct {
	mu sync.Mutex // guards by
	by map[string]*copyOf
}

// copyOf is a page, made by who asks first while the others wait.
type copyOf struct {
	once sync.Once
	page *printed
	err  error
}

// take returns a page as it was made before, or makes it. What could not be made is
// not kept.
func (k *shelf) take(name string, print func() (*printed, error)) (*printed, error) {
	c := k.find(name)
	c.once.Do(func() { c.page, c.err = print() })
	if c.err != nil {
		k.drop(name, c)
	}
	return c.page, c.err
}

func (k *shelf) find(name string) *copyOf {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.by[name]; c != nil {
		return c
	}
	if k.by == nil || len(k.by) >= maxPages {
		k.by = map[string]*copyOf{}
	}
	k.by[name] = &copyOf{err: errUnmade}
	return k.by[name]
}

func (k *shelf) drop(name string, c *copyOf) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by[name] == c {
		delete(k.by, name)
	}
}

// errUnmade is of a page whose making ended the request that it was for.
var errUnmade = errors.New("the page was not made")
