package site

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// picture is a picture of an outlet, which pages link to and never copy.
type picture struct {
	URL, Alt, Credit string
	Dir, Lang        string // of Alt; Lang may be empty
	Width, Height    int    // in pixels; 0: unknown
}

// The width in pixels from which a picture is good enough to be shown, and from which a
// larger one is no better.
const (
	minPicture    = 200
	enoughPicture = 1200
)

// bestPicture returns the picture that looks best on a page: the first one of unknown size,
// or the widest one up to enoughPicture. It returns nil when there is none. lang is the
// language of its outlet's text.
func bestPicture(media []news.Media, lang string) *picture {
	var best *news.Media
	for i := range media {
		m := &media[i]
		if !m.Picture || m.Width > 0 && m.Width < minPicture {
			continue
		}
		if best == nil || best.Width > 0 && best.Width < enoughPicture && m.Width > best.Width {
			best = m
		}
	}
	if best == nil {
		return nil
	}
	p := &picture{URL: best.URL, Alt: best.Alt, Credit: best.Credit}
	if p.Alt != "" {
		p.Dir, p.Lang = words.Dir(p.Alt), lang
	}
	if best.Width > 0 && best.Height > 0 {
		p.Width, p.Height = best.Width, best.Height
	}
	return p
}

// allowPictures adds pictures of any site to what a policy allows.
func allowPictures(policy string) string {
	if slices.Contains(strings.Split(policy, "; "), anyPicture) {
		return policy
	}
	return strings.Replace(policy, "img-src 'self'", anyPicture, 1)
}

const anyPicture = "img-src 'self' https: http:"
