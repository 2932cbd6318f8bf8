// Package news is Slugline's vocabulary: the types that cross from one package to
// another, and the rules that belong to them alone. It is pure: no I/O and no clock,
// and it imports nothing of ours.
//
// # Vocabulary
//
// A Source is one feed that is visited. A visit is one attempt at it; what goes wrong is
// the visit's problem, never an error of ours. A feed document holds items; an Entry is
// an item made ours, with a stable id, a canonical link and a believable date. A Story
// is the entries that carry the same headline, word for word or lightly edited: one item
// in a topic feed. A Take is one outlet's report of a story. The lead is the take whose
// headline and link the story shows. A voice is an outlet counted once: sources of one
// owner are one voice, and so are reprints of one agency. An Event is the stories about
// one happening under different headlines. A Topic is a rule that says which stories a
// topic feed carries; an edition is that feed as published. A Notice is something sent
// out: an alert, a webhook, a mail.
//
// # Records
//
// State changes only by records, one after the other: a Visit (the entries that a visit
// brought, with the validators that vouch for them), an Order (an editor's decision),
// Rules (all of feeds.yaml that stories or editions depend on), a Sweep (the hourly
// clean-up) or Sent (notices that left). A record's ID is a hash of its content and its
// At, so the same record filed twice is applied once. desk gives it a Seq, 1 more than
// the last one, in the transaction that applies it. Two databases that applied the same
// records are equal in their shared half. What belongs to one node (schedules, attempts,
// read marks) is no part of it: VisitState, ReadState, Dispatch and the like say so.
//
// # Time
//
// The clock is read by poll, newsroom, site and cmd. Everything below works with
// Record.At, which never decreases from one record to the next. Entry.At is the only time that the fold
// sees: the published date clamped between the previous visit and this one (Clamp). What
// a first visit or a catch-up brings is backlog: it takes its place by date and rings
// nothing. A story's Place in a topic is given once.
//
// # Identity
//
// An entry is known again by its Keys within its source: guid, canonical link, or
// headline and day. EntryID and StoryID are hashes of the first key and the Seq of the
// record that created them; they never change. When stories merge or events join, the
// older id survives and the other redirects (MergedInto). Retention deletes text, never
// identity.
//
// Names in JSON tags are those of stored rows and of the API. They stay when a Go name
// changes.
package news
