// Package news is Slugline's vocabulary: the types that cross from one package to
// another, and the rules about them. It is pure: no I/O and no clock, and it imports no
// other package of Slugline.
//
// # Vocabulary
//
// A Source is one feed that Slugline visits. A visit is one attempt at it; what goes
// wrong is the visit's problem, not an error of Slugline. A feed document holds items.
// An Entry is an item as Slugline stores it, with a stable id, a canonical link and a
// plausible date. A Story is the entries that carry the same headline, word for word or
// lightly edited: one item in a topic feed. A Take is one outlet's report of a story.
// The lead is the take whose headline and link the story shows. A voice is an outlet
// counted once: sources of one owner are one voice, and so are reprints of one agency.
// An Event is the stories about one happening under different headlines. A Topic is a
// rule that says which stories a topic feed carries; an edition is that feed as
// published. A Notice is a message about an alert to one target; a Mail is an issue of
// a newsletter to one recipient.
//
// # Records
//
// Shared state changes only by records, one after the other: a Visit (the new and changed
// entries of a visit, and the validators to send next time), an Order (an editor's
// decision), Rules (everything in feeds.yaml that stories or editions depend on), a Sweep
// (the hourly clean-up) or Sent (notices that were sent). A record's ID is a hash of its
// content and its At, so a record that is filed twice is applied once. Package desk gives
// it a Seq, 1 more than that of the last record, in the transaction that applies it. Two
// databases that applied the same records have the same shared state. What belongs to one
// node, such as schedules, attempts and read marks, is not part of it; the comments of
// VisitState, ReadState, Dispatch and others say so.
//
// # Time
//
// State depends on Record.At, not on the clock; At never decreases from one record to the
// next. Entry.At is the only time by which stories are merged and sorted: the published
// date, limited to the time between the previous visit and this one (Clamp). What a first
// visit or a catch-up brings is backlog: it is sorted in by date and rings no alert. A
// story's Place in a topic is assigned once.
//
// # Identity
//
// Keys identify an entry within its source: guid, canonical link, or headline and day.
// EntryID hashes the source, the first key and the Seq of the record that created the
// entry; StoryID hashes the id of the story's first entry and that Seq. Ids never change.
// When stories or events merge, the older id stays and the other redirects to it
// (MergedInto). Retention deletes an entry's text, and a story only when
// Rules.Archive is over.
//
// JSON tags name the fields of stored rows and of the API. They don't change when a Go
// name does.
package news
