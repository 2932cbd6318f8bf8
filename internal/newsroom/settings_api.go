package newsroom

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// SourceDetails is the answer of GET /api/sources/NAME.
type SourceDetails struct {
	Source   *view.Source     `json:"source"`
	Settings *SourceSettings  `json:"settings,omitempty"` // absent: the desk can't read it in feeds.yaml
	Recent   []news.PastVisit `json:"recent"`             // the last visits, newest first; those without news share a row
}

// SourceSettings is what feeds.yaml says about a source.
type SourceSettings struct {
	Line   int      `json:"line"`   // of feeds.yaml
	Others int      `json:"others"` // sources that share the settings; a change gives the source an item of its own
	Title  string   `json:"title"`
	Tags   []string `json:"tags"`
	Rank   int      `json:"rank"`
	Paused bool     `json:"paused"`
}

// NewSource is the body of POST /api/sources.
type NewSource struct {
	Address string   `json:"address"`         // of a feed
	Name    string   `json:"name,omitempty"`  // a-z, 0-9 and -; empty: made from the address
	Title   string   `json:"title,omitempty"` // empty: the feed's own
	Tags    []string `json:"tags,omitempty"`
}

// SourceChange is the body of PATCH /api/sources/NAME. What is absent stays.
type SourceChange struct {
	Name   *string   `json:"name,omitempty"`
	Title  *string   `json:"title,omitempty"`
	Tags   *[]string `json:"tags,omitempty"`
	Rank   *int      `json:"rank,omitempty"`
	Paused *bool     `json:"paused,omitempty"`
}

// TopicDetails is the answer of GET /api/topics/NAME.
type TopicDetails struct {
	Topic *view.Topic `json:"topic"`
	Match []string    `json:"match"` // as feeds.yaml has it
}

// TopicChange is the body of PATCH /api/topics/NAME.
type TopicChange struct {
	Match []string `json:"match"` // any of them; empty: everything
}

// SettingsResult is the answer to a change of feeds.yaml, which is in force.
type SettingsResult struct {
	Name string `json:"name"` // of the source or topic
}

// trySource answers POST /api/try.
func (a api) trySource(w http.ResponseWriter, r *http.Request) error {
	if a.Settings == nil {
		return errNoSettings
	}
	var want struct {
		Address string `json:"address"`
	}
	if err := readStrict(r, &want); err != nil || want.Address == "" {
		return reply.BodyFault(err, `Send JSON such as {"address": "https://press.example/feed.xml"}.`)
	}
	address, err := feedAddress(want.Address)
	if err != nil {
		return err
	}
	found, err := pages(a).tryOnce(w, r, address)
	if fault := (*reply.Fault)(nil); errors.As(err, &fault) {
		return err
	}
	if err != nil {
		return reply.Faultf(http.StatusUnprocessableEntity, "%s", sentenceOf(err))
	}
	return reply.JSON(w, http.StatusOK, found)
}

// source answers GET /api/sources/NAME.
func (a api) source(w http.ResponseWriter, r *http.Request) error {
	out, name := SourceDetails{Recent: []news.PastVisit{}}, r.PathValue("name")
	err := a.Store.ViewContext(r.Context(), func(tx *store.Tx) (err error) {
		out.Source, err = view.SourceByName(tx, name)
		if err == nil && out.Source != nil {
			out.Recent, err = view.PastVisits(tx, out.Source.ID)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case out.Source == nil:
		return reply.Faultf(http.StatusNotFound, "There is no source %q.", name)
	}
	if f, err := a.openSettings(); err == nil {
		w.Header().Set("ETag", f.tag())
		out.Settings = settingsOf(f, name)
	}
	return reply.JSON(w, http.StatusOK, out)
}

func settingsOf(f *settingsFile, name string) *SourceSettings {
	it := f.Source(name)
	i := slices.IndexFunc(f.Config.Sources, func(s news.SourceConfig) bool { return s.Name == name })
	if it == nil || i < 0 {
		return nil
	}
	s := &f.Config.Sources[i]
	return &SourceSettings{Line: it.Line, Others: it.Feeds - 1, Title: s.Title, Tags: append([]string{}, s.Tags...), Rank: s.Rank, Paused: s.Paused}
}

// addSource answers POST /api/sources.
func (a api) addSource(w http.ResponseWriter, r *http.Request) error {
	var want NewSource
	if err := readStrict(r, &want); err != nil || want.Address == "" {
		return reply.BodyFault(err, `Send JSON such as {"address": "https://press.example/feed.xml", "tags": ["world"]}.`)
	}
	address, err := feedAddress(want.Address)
	if err != nil {
		return err
	}
	src := config.NewSource{Address: address, Name: want.Name, Title: want.Title, Tags: want.Tags}
	return a.changeSettings(w, r, func() string { return src.Snippet() }, func(f *config.File) ([]byte, error) {
		if known := f.Known(address); known != nil {
			return nil, reply.Faultf(http.StatusConflict, "This is already the source %q.", known.Name)
		}
		src.Name = cmp.Or(src.Name, f.FreeName(address))
		return f.Add(src)
	}, func() string { return src.Name })
}

// feedAddress returns an address that may be written into feeds.yaml.
func feedAddress(s string) (string, error) {
	address := completeAddress(strings.TrimSpace(s))
	switch u, err := url.Parse(address); {
	case address == "":
		return "", reply.Faultf(http.StatusUnprocessableEntity, "Enter a complete address, such as https://press.example/feed.xml.")
	case err == nil && u.User != nil:
		return "", reply.Faultf(http.StatusUnprocessableEntity, "An address with a password is written into feeds.yaml by hand, with the password in an environment variable.")
	}
	return address, nil
}

// changeSource answers PATCH /api/sources/NAME.
func (a api) changeSource(w http.ResponseWriter, r *http.Request) error {
	var want SourceChange
	if err := readStrict(r, &want); err != nil || want == (SourceChange{}) {
		return reply.BodyFault(err, `Send JSON such as {"paused": true} or {"tags": ["world"], "rank": 3}.`)
	}
	name := r.PathValue("name")
	change := want.keys(name)
	return a.changeSettings(w, r, change.yaml, func(f *config.File) ([]byte, error) {
		if f.Source(name) == nil {
			return nil, reply.Faultf(http.StatusNotFound, "feeds.yaml has no source %q.", name)
		}
		return change.apply(f)
	}, func() string {
		if want.Name != nil {
			return *want.Name
		}
		return name
	})
}

// keys returns the keys that change. The name is the last: the other keys are those of a
// source with the old one.
func (c *SourceChange) keys(name string) *sourceChange {
	out := &sourceChange{name: name}
	if c.Paused != nil {
		out.add("paused", strconv.FormatBool(*c.Paused))
	}
	if c.Rank != nil {
		out.add("rank", strconv.Itoa(*c.Rank))
	}
	if c.Tags != nil {
		out.add("tags", unlisted(*c.Tags)...)
	}
	if c.Title != nil {
		out.add("title", unlisted([]string{*c.Title})...)
	}
	if c.Name != nil {
		out.add("name", *c.Name)
	}
	return out
}

// unlisted returns the values that are not empty, each once.
func unlisted(values []string) (out []string) {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// removeSource answers DELETE /api/sources/NAME.
func (a api) removeSource(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	return a.changeSettings(w, r, func() string { return "" }, func(f *config.File) ([]byte, error) {
		if f.Source(name) == nil {
			return nil, reply.Faultf(http.StatusNotFound, "feeds.yaml has no source %q.", name)
		}
		return f.Remove(name)
	}, func() string { return name })
}

// topic answers GET /api/topics/NAME.
func (a api) topic(w http.ResponseWriter, r *http.Request) error {
	var out TopicDetails
	name := r.PathValue("name")
	err := a.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		all, err := view.Topics(tx)
		if i := slices.IndexFunc(all, func(t view.Topic) bool { return t.Name == name }); i >= 0 {
			out.Topic, out.Match = &all[i], all[i].Match
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case out.Topic == nil:
		return reply.Faultf(http.StatusNotFound, "There is no topic %q.", name)
	}
	if f, err := a.openSettings(); err == nil {
		w.Header().Set("ETag", f.tag())
		if it := f.Topic(name); it != nil {
			out.Match = append([]string{}, it.Values("match")...)
		}
	}
	return reply.JSON(w, http.StatusOK, out)
}

// changeTopic answers PATCH /api/topics/NAME.
func (a api) changeTopic(w http.ResponseWriter, r *http.Request) error {
	var want TopicChange
	if err := readStrict(r, &want); err != nil || want.Match == nil {
		return reply.BodyFault(err, `Send JSON such as {"match": ["cyber* -film"]}.`)
	}
	name, match := r.PathValue("name"), unlisted(want.Match)
	yaml := func() string { return config.Snippet("match", match) }
	return a.changeSettings(w, r, yaml, func(f *config.File) ([]byte, error) {
		if f.Topic(name) == nil {
			return nil, reply.Faultf(http.StatusNotFound, "feeds.yaml has no topic %q.", name)
		}
		return f.SetTopic(name, match)
	}, func() string { return name })
}

// readStrict decodes the body of a request, in which unknown members are errors.
func readStrict(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// changeSettings writes a change of feeds.yaml and answers when it is in force. If the
// request names a version with If-Match, the file must still be that one. yaml returns the
// lines to write by hand if the change can't be made here.
func (a api) changeSettings(w http.ResponseWriter, r *http.Request, yaml func() string, change func(*config.File) ([]byte, error), name func() string) error {
	f, err := a.openSettings()
	if err != nil {
		return err
	}
	w.Header().Set("ETag", f.tag())
	if want := r.Header.Get("If-Match"); want != "" && want != "*" && want != f.tag() {
		return reply.Faultf(http.StatusPreconditionFailed, "feeds.yaml has been changed since you read it, and nothing was written. Read it again, then send your change with the new ETag.")
	}
	after, err := change(f.File)
	if err == nil {
		err = errNotWritable(f)
	}
	if err == nil {
		err = a.writeSettings(r.Context(), f, f.version(), after)
	}
	if err == nil {
		w.Header().Set("ETag", tagOf(config.VersionOf(after)))
		return reply.JSON(w, http.StatusOK, SettingsResult{Name: name()})
	}
	if fault := (*reply.Fault)(nil); errors.As(err, &fault) {
		return err
	}
	answer := map[string]string{"error": sentenceOf(err)}
	if lines := yaml(); errors.Is(err, config.ErrKeep) && lines != "" {
		answer["yaml"] = lines
	}
	return reply.JSON(w, statusOf(err), answer)
}

// tag is the ETag of the file.
func (f *settingsFile) tag() string { return tagOf(f.version()) }

func tagOf(version string) string { return `"` + version + `"` }
