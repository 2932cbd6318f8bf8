// The model of the wire: which stories it has, in which order, and what was read. It does
// not touch the document, so node can test it.

// newer orders by time, newest first, then by id. Times are RFC 3339 texts.
const newer = (firstA, idA, firstB, idB) => (firstA < firstB ? 1 : firstA > firstB ? -1 : idA < idB ? 1 : -1);
const byTime = (a, b) => newer(a.first, a.id, b.first, b.id);
const groupsByTime = (a, b) => newer(a.stories[0].first, a.id, b.stories[0].first, b.id);

// isGone reports whether the wire must not show a story: it was merged or hidden, or it
// does not match the filter.
export const isGone = s => Boolean(s.into || s.out || (s.hidden || []).includes("*"));

// coverageOf counts the coverage of an event as the server does, from some of its stories.
export function coverageOf(stories) {
  const reports = stories.filter(s => !s.killed).flatMap(s => s.outlets).filter(o => !o.killed && !o.held?.some(h => !h.topic));
  const outlets = new Set(reports.map(o => o.owner)).size;
  if (outlets < 2 && stories.length < 2) return undefined;
  const times = reports.map(o => o.at).sort((a, b) => Date.parse(a) - Date.parse(b));
  return { outlets, stories: stories.filter(s => !s.killed).length, first: times[0], last: times.at(-1) };
}

export const shownStories = 4; // of a group that is not expanded

// Wire holds the stories in groups, one for each event. The newest group is the first, and
// so is the newest story of a group.
//
// A group has id, stories, breaking, surge, claim and coverage of the event, and expanded. The list
// stores its own fields in it: node, height, lastHeight and y. The wire sets node to null
// when the group changes.
export class Wire {
  groups = [];
  #byEvent = new Map(); // groups by event id
  #eventOf = new Map(); // event ids by story id

  clear() {
    this.groups = [];
    this.#byEvent.clear();
    this.#eventOf.clear();
  }

  has(id) { return this.#eventOf.has(id); }

  // groupOf returns the group with a story, or undefined.
  groupOf(id) { return this.#byEvent.get(this.#eventOf.get(id)); }

  story(id) { return this.groupOf(id)?.stories.find(s => s.id === id); }

  // shown lists the stories that have a line, in the order of the lines.
  shown() { return this.groups.flatMap(g => (g.expanded ? g.stories : g.stories.slice(0, shownStories))); }

  // around lists the stories next to one that has a line: below it, the nearest first, then
  // above it.
  around(id, most = 50) {
    const all = this.shown().map(s => s.id), i = all.indexOf(id);
    return i < 0 ? [] : [...all.slice(i + 1, i + 1 + most), ...all.slice(Math.max(0, i - most), i).reverse()];
  }

  // countNew counts the stories of a list that the wire does not have and would show.
  countNew(stories) {
    return new Set(stories.filter(s => !this.has(s.id) && !s.out && !s.into).map(s => s.id)).size;
  }

  // put adds a story as the server sent it, replaces it, or removes it if it is gone. fresh
  // highlights a story that was not there before. The result says whether the headline of a
  // story changed.
  put(s, fresh) {
    const known = this.has(s.id);
    if (known && this.#eventOf.get(s.id) !== s.event) this.#leaveEvent(s.id);
    if (isGone(s)) {
      this.remove(s.id);
      this.#cover(this.#byEvent.get(s.event), s.coverage);
      return { headlineChanged: false };
    }
    const g = this.#detachGroup(s.event);
    const old = g.stories.find(o => o.id === s.id);
    const headlineChanged = old !== undefined && old.headline !== s.headline;
    s.fresh = fresh && !known;
    s.was = headlineChanged ? old.headline : old?.was;
    g.breaking = s.breaking || g.breaking;
    g.surge = s.surge || g.surge;
    g.claim = s.event_claim;
    g.coverage = s.coverage;
    g.stories = [s, ...g.stories.filter(o => o.id !== s.id)].sort(byTime);
    g.node = null;
    this.#eventOf.set(s.id, g.id);
    this.#insert(g);
    return { headlineChanged };
  }

  // tryPut returns the group of a story as put would leave it, without changing the wire. It
  // is undefined if put would add, remove or move a line.
  tryPut(s) {
    const g = this.groupOf(s.id), old = this.story(s.id);
    if (!g || isGone(s) || s.event !== g.id || s.first !== old.first) return undefined;
    const trial = new Wire();
    for (const known of g.stories) trial.put({ ...known, breaking: g.breaking, surge: g.surge }, false);
    trial.groups[0].expanded = g.expanded;
    trial.put({ ...s }, false);
    return trial.groups[0];
  }

  remove(id) {
    const g = this.groupOf(id);
    this.#eventOf.delete(id);
    if (!g) return;
    g.stories = g.stories.filter(s => s.id !== id);
    g.node = null;
    if (!g.stories.length) {
      this.#byEvent.delete(g.id);
      this.groups.splice(this.groups.indexOf(g), 1);
    }
  }

  // #leaveEvent removes a story that is now in another event. What the server said of the
  // coverage of its event is no longer true; the stories that are here tell it.
  #leaveEvent(id) {
    const g = this.groupOf(id);
    this.remove(id);
    this.#cover(g, coverageOf(g.stories));
  }

  // #cover sets the coverage of a group, if there is one.
  #cover(g, coverage) {
    if (!g) return;
    g.coverage = coverage;
    g.node = null;
  }

  // #detachGroup removes the group of an event from the order and returns it, or a new one.
  #detachGroup(event) {
    let g = this.#byEvent.get(event);
    if (g) {
      this.groups.splice(this.groups.indexOf(g), 1);
      return g;
    }
    g = { id: event, stories: [], expanded: false, height: 0, node: null };
    this.#byEvent.set(event, g);
    return g;
  }

  #insert(g) {
    let low = 0, high = this.groups.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (groupsByTime(this.groups[mid], g) < 0) low = mid + 1; else high = mid;
    }
    this.groups.splice(low, 0, g);
  }

  // layout sets the y of each group and returns the groups that overlap the range from top to
  // bottom, and the height of all. guess is the height of a group that was never drawn.
  layout(top, bottom, guess) {
    let y = 0;
    const near = [];
    for (const g of this.groups) {
      const h = g.height || g.lastHeight || guess;
      g.y = y;
      if (y + h >= top && y <= bottom) near.push(g);
      y += h;
    }
    return { near, height: y };
  }
}

export const sameSets = (a, b) => a.size === b.size && [...a].every(x => b.has(x));

// ReadState is what the server stores for a token: what was read, and what is muted. It is
// the same in all browsers with that token.
export class ReadState {
  constructor({ upto = 0, read = [], again = [], mutes = [], reads = false, stars = [] } = {}) {
    this.upto = upto; // stories up to this seq were read, except those in unread
    this.read = new Set(read); // ids of later stories that were read
    this.unread = new Set(again);
    this.stars = new Set(stars); // ids of starred stories
    this.mutes = JSON.stringify(mutes);
    this.readOnly = reads; // the server stores no marks of this token
  }

  isUnread(s) { return s.seq <= this.upto ? this.unread.has(s.id) : !this.read.has(s.id); }

  isStarred(s) { return this.stars.has(s.id); }

  // mark marks a story as read or unread and reports whether that changed anything.
  mark(s, read) {
    if (this.isUnread(s) !== read) return false;
    if (s.seq <= this.upto) this.unread[read ? "delete" : "add"](s.id);
    else this.read[read ? "add" : "delete"](s.id);
    return true;
  }

  sameMarks(other) {
    return this.upto === other.upto && sameSets(this.read, other.read) && sameSets(this.unread, other.unread) && sameSets(this.stars, other.stars);
  }

  sameMutes(other) { return this.mutes === other.mutes; }
}

// MarkQueue collects marks until they are sent. Only the last mark of a story counts.
export class MarkQueue {
  #marks = new Map(); // whether it was read, by story id

  get size() { return this.#marks.size; }

  add(id, read) { this.#marks.set(id, read); }

  clear() { this.#marks.clear(); }

  // restore puts a request that was not sent back, but for what was marked since.
  restore({ read, unread }) {
    for (const [ids, isRead] of [[read, true], [unread, false]]) for (const id of ids) if (!this.#marks.has(id)) this.#marks.set(id, isRead);
  }

  // drain empties the queue and returns the request for the server.
  drain() {
    const ids = read => [...this.#marks].filter(([, r]) => r === read).map(([id]) => id);
    const request = { read: ids(true), unread: ids(false) };
    this.clear();
    return request;
  }
}

// Inbox holds stories back while somebody reads the wire.
export class Inbox {
  #stories = [];

  // put adds a story to the wire; isReading reports whether stories must be held back.
  // putInPlace changes a story of the wire if that moves nothing, and reports whether it did.
  constructor(wire, put, isReading, putInPlace = () => false) {
    Object.assign(this, { wire, put, isReading, putInPlace });
  }

  get isEmpty() { return this.#stories.length === 0; }

  // arrive adds stories to the wire, or holds them back. It reports whether it added them.
  arrive(stories) {
    if (this.isReading()) {
      for (const s of stories) if (this.#holdsEventOf(s) || !this.putInPlace(s)) this.#stories.push(s);
      return false;
    }
    for (const s of stories) this.put(s, !s.backlog);
    return true;
  }

  // #holdsEventOf reports whether something of a story's event is held back. What comes later
  // must wait for it.
  #holdsEventOf(s) { return this.#stories.some(h => h.id === s.id || h.event === s.event); }

  release() {
    for (const s of this.#stories) this.put(s, !s.backlog);
    this.#stories = [];
  }

  clear() { this.#stories = []; }

  // takeOver holds back what another inbox of the same wire held back.
  takeOver(other) { this.#stories = other.#stories; }

  countNew() { return this.wire.countNew(this.#stories); }
}
