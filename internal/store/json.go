package store

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// The JSON of entries and stories, which are most of what is written: encoding/json would
// need more time for them than bbolt does. The encoders here write what json.Marshal does,
// except for its escapes of HTML. A test compares them for every field of the types.

// object encodes the members of a JSON object. Only the methods named always write zero
// values.
type object struct {
	b []byte
}

func beginObject(b []byte) object { return object{append(b, '{')} }

func (o *object) name(n string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(appendText(o.b, n), ':')
}

func (o *object) close() []byte { return append(o.b, '}') }

func (o *object) text(n, v string) {
	if v != "" {
		o.alwaysText(n, v)
	}
}

func (o *object) alwaysText(n, v string) {
	o.name(n)
	o.b = appendText(o.b, v)
}

func (o *object) uint(n string, v uint64) {
	if v != 0 {
		o.alwaysUint(n, v)
	}
}

func (o *object) alwaysUint(n string, v uint64) {
	o.name(n)
	o.b = strconv.AppendUint(o.b, v, 10)
}

func (o *object) int(n string, v int64) {
	if v != 0 {
		o.name(n)
		o.b = strconv.AppendInt(o.b, v, 10)
	}
}

func (o *object) flag(n string, v bool) {
	if v {
		o.name(n)
		o.b = append(o.b, "true"...)
	}
}

func (o *object) time(n string, v time.Time) {
	if !v.IsZero() {
		o.alwaysTime(n, v)
	}
}

func (o *object) alwaysTime(n string, v time.Time) {
	o.name(n)
	o.b = append(v.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
}

func appendList[T any](o *object, n string, v []T, each func([]byte, *T) []byte) {
	if len(v) > 0 {
		appendAlwaysList(o, n, v, each)
	}
}

func appendAlwaysList[T any](o *object, n string, v []T, each func([]byte, *T) []byte) {
	o.name(n)
	if v == nil {
		o.b = append(o.b, "null"...)
		return
	}
	o.b = append(o.b, '[')
	for i := range v {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = each(o.b, &v[i])
	}
	o.b = append(o.b, ']')
}

// appendText appends a JSON string, with the escapes that JSON requires.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

func appendString(b []byte, s *string) []byte { return appendText(b, *s) }

// appendEntry appends the JSON of an entry without its Body.
func appendEntry(b []byte, e *news.Entry) []byte {
	o := beginObject(b)
	o.text("id", e.ID)
	o.alwaysText("source", e.Source)
	o.text("guid", e.GUID)
	o.text("link", e.Link)
	o.text("headline", e.Headline)
	o.text("summary", e.Summary)
	o.text("base", e.Base)
	o.text("author", e.Author)
	o.text("agency", e.Agency)
	o.text("rights", e.Rights)
	o.text("license", e.License)
	o.text("origin", e.Origin)
	o.text("originFeed", e.OriginFeed)
	appendList(&o, "categories", e.Categories, appendString)
	o.text("language", e.Language)
	o.time("published", e.Published)
	appendList(&o, "media", e.Media, appendMedia)
	o.name("keys")
	o.b = appendKeys(o.b, e.Keys)
	o.alwaysUint("hash", e.Hash)
	o.time("at", e.At)
	o.uint("seq", e.Seq)
	o.int("judged", int64(e.SignatureNumber))
	o.text("story", e.Story)
	o.flag("dropped", e.Dropped)
	o.time("unlisted", e.Unlisted)
	o.flag("bare", e.TextDeleted)
	return o.close()
}

func appendMedia(b []byte, m *news.Media) []byte {
	o := beginObject(b)
	o.alwaysText("url", m.URL)
	o.text("type", m.Type)
	o.int("length", m.Length)
	o.int("width", int64(m.Width))
	o.int("height", int64(m.Height))
	o.int("duration", int64(m.Duration))
	o.text("title", m.Title)
	o.text("alt", m.Alt)
	o.text("credit", m.Credit)
	o.flag("picture", m.Picture)
	return o.close()
}

func appendKeys(b []byte, k news.Keys) []byte {
	o := beginObject(b)
	o.uint("guid", k.GUID)
	o.uint("link", k.Link)
	o.uint("headline", k.Headline)
	o.uint("text", k.Text)
	o.text("page", k.Page)
	return o.close()
}

func appendStory(b []byte, s *news.Story) []byte {
	o := beginObject(b)
	o.alwaysText("id", s.ID)
	o.alwaysUint("seq", s.Seq)
	o.alwaysText("uri", s.URI)
	o.alwaysText("event", s.Event)
	o.text("item_of", s.ItemOf)
	o.text("into", s.MergedInto)
	o.alwaysTime("first", s.First)
	o.time("begun", s.Begun)
	o.alwaysTime("last", s.Last)
	o.alwaysText("lead", s.Lead)
	o.alwaysText("headline", s.Headline)
	o.text("link", s.Link)
	o.text("language", s.Language)
	o.alwaysText("source", s.Source)
	o.name("published")
	o.b = strconv.AppendBool(o.b, s.Published)
	o.time("revised", s.Revised)
	o.time("killed", s.Killed)
	if len(s.Hidden) > 0 {
		o.name("hidden")
		o.b = appendHidden(o.b, s.Hidden)
	}
	if s.Claim != nil {
		o.name("claim")
		o.b = appendClaim(o.b, s.Claim)
	}
	if s.Assigned != nil {
		o.name("assigned")
		o.b = appendAssignment(o.b, s.Assigned)
	}
	appendList(&o, "notes", s.Notes, appendNote)
	appendAlwaysList(&o, "takes", s.Takes, appendTake)
	if len(s.Places) > 0 {
		o.name("places")
		o.b = appendPlaces(o.b, s.Places)
	}
	appendList(&o, "met", s.MatchedAlerts, appendString)
	return o.close()
}

func appendClaim(b []byte, c *news.Claim) []byte {
	o := beginObject(b)
	o.alwaysText("who", c.Who)
	o.text("note", c.Note)
	o.alwaysTime("at", c.At)
	o.alwaysUint("seq", c.Seq)
	return o.close()
}

func appendNote(b []byte, n *news.Note) []byte {
	o := beginObject(b)
	o.alwaysText("who", n.Who)
	o.alwaysText("text", n.Text)
	o.alwaysTime("at", n.At)
	o.alwaysUint("seq", n.Seq)
	return o.close()
}

func appendAssignment(b []byte, a *news.Assignment) []byte {
	o := beginObject(b)
	o.alwaysText("to", a.To)
	o.text("who", a.Who)
	o.text("note", a.Note)
	o.alwaysTime("at", a.At)
	o.time("due", a.Due)
	o.alwaysUint("seq", a.Seq)
	return o.close()
}

func appendTake(b []byte, t *news.Take) []byte {
	o := beginObject(b)
	o.alwaysText("entry", t.Entry)
	o.alwaysText("source", t.Source)
	o.alwaysText("owner", t.Owner)
	o.alwaysText("headline", t.Headline)
	o.text("link", t.Link)
	o.text("language", t.Language)
	o.alwaysTime("at", t.At)
	o.alwaysUint("seq", t.Seq)
	o.alwaysText("level", string(t.Level))
	o.int("score", int64(t.Score))
	appendList(&o, "was", t.Earlier, appendEarlier)
	o.time("killed", t.Killed)
	o.text("by", t.KilledBy)
	appendList(&o, "holds", t.Holds, appendHold)
	o.uint("released", t.Released)
	o.text("righted", t.CorrectedBy)
	o.time("corrected", t.Corrected)
	return o.close()
}

func appendHold(b []byte, h *news.Hold) []byte {
	o := beginObject(b)
	o.text("topic", h.Topic)
	o.time("until", h.Until)
	o.alwaysText("why", h.Why)
	return o.close()
}

func appendEarlier(b []byte, p *news.EarlierHeadline) []byte {
	o := beginObject(b)
	o.alwaysText("headline", p.Headline)
	o.alwaysTime("until", p.Until)
	return o.close()
}

func appendHidden(b []byte, by map[string]uint64) []byte {
	o := beginObject(b)
	for _, topic := range slices.Sorted(maps.Keys(by)) {
		o.alwaysUint(topic, by[topic])
	}
	return o.close()
}

func appendPlaces(b []byte, places map[string]news.Place) []byte {
	o := beginObject(b)
	for _, topic := range slices.Sorted(maps.Keys(places)) {
		o.name(topic)
		o.b = appendPlace(o.b, places[topic])
	}
	return o.close()
}

func appendPlace(b []byte, p news.Place) []byte {
	o := beginObject(b)
	o.alwaysTime("at", p.At)
	o.alwaysUint("seq", p.Seq)
	o.alwaysTime("updated", p.Updated)
	o.flag("out", p.Out)
	o.text("lead", p.Lead)
	return o.close()
}
