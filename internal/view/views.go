package view

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
)

// SaveRequest says which filter to save, and under which name.
type SaveRequest struct {
	Name  string `json:"name"`          // of at most 60 characters
	Query string `json:"q"`             // of at most 2,000 bytes; empty: the whole wire
	Was   string `json:"was,omitempty"` // the name of the view that this replaces; empty: one of the same name, if there is one
}

const (
	maxViewName  = 60   // characters
	maxViewQuery = 2000 // bytes
)

// changeViews changes the views of a read state as want says.
func changeViews(s *news.ReadState, want *ReadStateChange) error {
	if want.Save != nil {
		if err := saveView(s, want.Save); err != nil {
			return err
		}
	}
	if want.Drop != "" {
		s.Views = slices.DeleteFunc(s.Views, func(v news.SavedView) bool { return v.Name == want.Drop })
	}
	if want.Up != "" {
		return moveUp(s, want.Up)
	}
	return nil
}

func saveView(s *news.ReadState, want *SaveRequest) error {
	v := news.SavedView{Name: strings.Join(strings.Fields(want.Name), " "), Query: strings.TrimSpace(want.Query)}
	if v.Name == "" || utf8.RuneCountInString(v.Name) > maxViewName {
		return invalid("Enter a name of at most %d characters for the view.", maxViewName)
	}
	if len(v.Query) > maxViewQuery {
		return invalid("The filter of a view has at most %d bytes.", maxViewQuery)
	}
	if _, err := NewFilter(CheckingScope(time.Now()), v.Query, nil); err != nil {
		return err
	}
	at := slices.IndexFunc(s.Views, func(o news.SavedView) bool { return o.Name == v.Name })
	if want.Was != "" && want.Was != v.Name {
		was := slices.IndexFunc(s.Views, func(o news.SavedView) bool { return o.Name == want.Was })
		switch {
		case was < 0:
			return notFound("There is no view %q.", want.Was)
		case at >= 0:
			return conflict("There is already a view %q.", v.Name)
		}
		at = was
	}
	switch {
	case at >= 0:
		s.Views[at] = v
	case len(s.Views) >= news.MaxViews:
		return conflict("There are already %d views, the maximum. Delete some first.", news.MaxViews)
	default:
		s.Views = append(s.Views, v)
	}
	return nil
}

// moveUp puts a view before the one above it.
func moveUp(s *news.ReadState, name string) error {
	i := slices.IndexFunc(s.Views, func(v news.SavedView) bool { return v.Name == name })
	if i < 0 {
		return notFound("There is no view %q.", name)
	}
	if i > 0 {
		s.Views[i-1], s.Views[i] = s.Views[i], s.Views[i-1]
	}
	return nil
}
