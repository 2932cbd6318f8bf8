package store

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// The descriptions of the types in the encoding of coder.go. The order of the fields is
// that of the stored bytes: it never changes.

// newTyped returns a zero value for the rows of a bucket whose type is described here, nil
// for other buckets.
func newTyped(b bucket) any {
	switch b {
	case sources:
		return new(news.SourceState)
	case entries:
		return new(news.Entry)
	case stories:
		return new(news.Story)
	case changes:
		return new(news.Change)
	}
	return nil
}

// describeTyped describes the value v of a row with a key.
func describeTyped(key []byte, v any) func(*coder) {
	switch v := v.(type) {
	case *news.SourceState:
		v.ID = string(key)
		return func(c *coder) { describeSource(c, v) }
	case *news.Entry:
		v.Seq, v.ID = splitSeqKey(key)
		return func(c *coder) { describeEntry(c, v) }
	case *news.Story:
		v.Seq, v.ID = splitSeqKey(key)
		return func(c *coder) { describeStory(c, v) }
	case *news.Change:
		v.Seq, _ = splitSeqKey(key)
		return func(c *coder) { describeChange(c, v) }
	}
	return (*coder).fail
}

// decodeTyped decodes a row of a type that is described here.
func decodeTyped(key, payload []byte, v any) error {
	return decodeValue(payload, describeTyped(key, v))
}

// current returns the payload of a row as this version writes it.
func current(b bucket, key, payload []byte) ([]byte, error) {
	if b == recordIDs {
		return filedID(payload), nil
	}
	v := newTyped(b)
	if v == nil || isEncoded(payload) && !(b == entries && isTextDeleted(payload)) {
		return payload, nil
	}
	if err := decode(b, key, payload, v); err != nil {
		return nil, err
	}
	return encodeValue(nil, describeTyped(key, v)), nil
}

// splitSeqKey is the opposite of seqKey.
func splitSeqKey(key []byte) (seq uint64, id string) {
	if len(key) < 8 {
		return 0, ""
	}
	return readSeq(key), string(key[8:])
}

// sourceMask is how many bytes the mask of a source's fields has.
const sourceMask = 5

// describeSource describes a source without ID, which is its row's key.
func describeSource(c *coder, s *news.SourceState) {
	o := c.fieldSet(sourceMask)
	describeForVisits(&o, s)
	o.text(&s.Address)
	o.text(&s.Title)
	list(&o, &s.Tags, (*coder).string)
	o.text(&s.Owner)
	o.text(&s.Language)
	o.number(&s.Rank)
	o.text((*string)(&s.Show))
	o.text(&s.Match)
	o.flag(&s.Paywall)
	o.text((*string)(&s.Fold))
	o.flag(&s.Keyed)
	o.time(&s.Created)
	if o.has(s.Feed != news.Feed{}) {
		describeFeed(c, &s.Feed)
	}
	list(&o, &s.Listed, (*coder).fixed)
	list(&o, &s.Parts, (*coder).fixed)
	o.uint(&s.Seq)
	o.uint(&s.Entries)
	o.time(&s.Last)
	list(&o, &s.Days, (*coder).number)
	o.number(&s.Day)
	o.number(&s.Ahead)
	optional(&o, &s.Unfinished, describeDocument)
	o.end()
}

// describeForVisits describes the first fields of a source, which are those that visits need.
func describeForVisits(o *fieldSet, s *news.SourceState) {
	o.text(&s.Name)
	o.flag(&s.Removed)
	o.flag(&s.Visited)
	o.time(&s.At)
	o.text(&s.Validators.ETag)
	o.text(&s.Validators.LastModified)
	optional(o, &s.Pause, describePause)
}

func describePause(c *coder, p *news.Pause) {
	o := c.fieldSet(1)
	o.text(&p.Who)
	o.text(&p.Why)
	o.time(&p.At)
	o.uint(&p.Seq)
	o.end()
}

func describeFeed(c *coder, f *news.Feed) {
	o := c.fieldSet(2)
	o.text(&f.Title)
	o.text(&f.Site)
	o.text(&f.Description)
	o.text(&f.Language)
	o.text(&f.Rights)
	o.text(&f.License)
	o.text(&f.Icon)
	o.text(&f.Hub)
	o.text(&f.Self)
	o.end()
}

func describeDocument(c *coder, d *news.Document) {
	o := c.fieldSet(1)
	list(&o, &d.Gone, (*coder).identifier)
	o.flag(&d.Reissued)
	o.end()
}

// describeEntry describes an entry without ID, Seq and Body, which are in its row's key and
// in another row.
func describeEntry(c *coder, e *news.Entry) {
	o := c.fieldSet(4)
	o.text(&e.Source)
	o.text(&e.Link)
	o.textOr(&e.GUID, e.Link)
	o.text(&e.Headline)
	o.text(&e.Summary)
	o.text(&e.Base)
	o.text(&e.Author)
	o.text(&e.Agency)
	o.text(&e.Rights)
	o.text(&e.License)
	o.text(&e.Origin)
	o.text(&e.OriginFeed)
	list(&o, &e.Categories, (*coder).string)
	o.text(&e.Language)
	o.time(&e.At)
	o.timeFrom(&e.Published, e.At)
	list(&o, &e.Media, describeMedia)
	o.hash(&e.Hash)
	o.number(&e.SignatureNumber)
	made := e.TextDeleted && e.Story != "" && e.Story == news.StoryID(e.ID, e.Seq)
	if !made {
		o.id(&e.Story)
	} else {
		o.next++
	}
	o.flag(&e.Dropped)
	o.time(&e.Unlisted)
	o.flag(&e.TextDeleted)
	if o.has(e.Keys != news.Keys{}) {
		describeKeys(c, &e.Keys, e.Link)
	}
	if o.has(made) && o.reading {
		e.Story = news.StoryID(e.ID, e.Seq) // a digest takes less space than the id
	}
	o.uint(&e.Path)
	o.end()
}

// isTextDeleted reports whether the payload of an entry's row says that its text is deleted.
func isTextDeleted(payload []byte) bool {
	const textDeleted = 24 // the number of the field in describeEntry
	return isEncoded(payload) && len(payload) > 1+textDeleted/8 && payload[1+textDeleted/8]&(1<<(textDeleted%8)) != 0
}

func describeKeys(c *coder, k *news.Keys, link string) {
	o := c.fieldSet(1)
	o.hash(&k.GUID)
	o.hash(&k.Link)
	o.hash(&k.Headline)
	o.hash(&k.Text)
	o.textEnd(&k.Page, link)
	o.end()
}

func describeMedia(c *coder, m *news.Media) {
	o := c.fieldSet(2)
	o.text(&m.URL)
	o.text(&m.Type)
	o.int(&m.Length)
	o.number(&m.Width)
	o.number(&m.Height)
	duration := int64(m.Duration)
	o.int(&duration)
	m.Duration = time.Duration(duration)
	o.text(&m.Title)
	o.text(&m.Alt)
	o.text(&m.Credit)
	o.flag(&m.Picture)
	o.end()
}

// describeStory describes a story without ID and Seq, which are in its row's key.
func describeStory(c *coder, s *news.Story) {
	o := c.fieldSet(5)
	list(&o, &s.Takes, describeTake)
	o.id(&s.Lead)
	lead := leadOf(s)
	o.textOr(&s.Headline, lead.Headline)
	o.textOr(&s.Link, lead.Link)
	o.textOr(&s.Language, lead.Language)
	o.textOr(&s.Source, lead.Source)
	o.textStart(&s.URI, s.ID)
	o.idOr(&s.Event, s.ID)
	o.id(&s.ItemOf)
	o.id(&s.MergedInto)
	o.time(&s.First)
	o.timeFrom(&s.Begun, s.First)
	o.timeFrom(&s.Last, s.First)
	o.flag(&s.Published)
	o.time(&s.Revised)
	o.time(&s.Killed)
	table(&o, &s.Hidden, (*coder).uvarint)
	optional(&o, &s.Claim, describeClaim)
	optional(&o, &s.Assigned, describeAssignment)
	list(&o, &s.Notes, describeNote)
	table(&o, &s.Places, describePlace)
	list(&o, &s.MatchedAlerts, (*coder).string)
	o.end()
}

func leadOf(s *news.Story) *news.Take {
	for i := range s.Takes {
		if s.Takes[i].Entry == s.Lead {
			return &s.Takes[i]
		}
	}
	return &news.Take{}
}

func describeTake(c *coder, t *news.Take) {
	o := c.fieldSet(3)
	o.id(&t.Entry)
	o.text(&t.Source)
	o.textOr(&t.Owner, t.Source)
	o.text(&t.Headline)
	o.text(&t.Link)
	o.text(&t.Language)
	o.time(&t.At)
	o.uint(&t.Seq)
	level := string(t.Level)
	o.text(&level)
	t.Level = news.Level(level)
	o.number(&t.Score)
	list(&o, &t.Earlier, describeEarlier)
	o.time(&t.Killed)
	o.text(&t.KilledBy)
	list(&o, &t.Holds, describeHold)
	o.uint(&t.Released)
	o.id(&t.CorrectedBy)
	o.time(&t.Corrected)
	o.end()
}

func describeEarlier(c *coder, h *news.EarlierHeadline) {
	o := c.fieldSet(1)
	o.text(&h.Headline)
	o.time(&h.Until)
	o.end()
}

func describeHold(c *coder, h *news.Hold) {
	o := c.fieldSet(1)
	o.text(&h.Topic)
	o.time(&h.Until)
	o.text(&h.Why)
	o.end()
}

func describeClaim(c *coder, v *news.Claim) {
	o := c.fieldSet(1)
	o.text(&v.Who)
	o.text(&v.Note)
	o.time(&v.At)
	o.uint(&v.Seq)
	o.end()
}

func describeNote(c *coder, n *news.Note) {
	o := c.fieldSet(1)
	o.text(&n.Who)
	o.text(&n.Text)
	o.time(&n.At)
	o.uint(&n.Seq)
	o.end()
}

func describeAssignment(c *coder, a *news.Assignment) {
	o := c.fieldSet(1)
	o.text(&a.To)
	o.text(&a.Who)
	o.text(&a.Note)
	o.time(&a.At)
	o.time(&a.Due)
	o.uint(&a.Seq)
	o.end()
}

func describePlace(c *coder, p *news.Place) {
	o := c.fieldSet(1)
	o.time(&p.At)
	o.uint(&p.Seq)
	o.timeFrom(&p.Updated, p.At)
	o.flag(&p.Out)
	o.id(&p.Lead)
	o.end()
}

// describeChange describes a change without Seq, which is its row's key.
func describeChange(c *coder, v *news.Change) {
	o := c.fieldSet(1)
	o.time(&v.At)
	o.flag(&v.Backlog)
	list(&o, &v.Stories, (*coder).identifier)
	list(&o, &v.Topics, (*coder).string)
	list(&o, &v.TextChanged, (*coder).identifier)
	table(&o, &v.Rang, describeNames)
	o.end()
}

func describeNames(c *coder, v *[]string) {
	o := c.fieldSet(1)
	list(&o, v, (*coder).string)
	o.end()
}
