// A column of the wire: the stories of one filter. A page has up to five, and most have one.

import { readUnread, readWire } from "./api.js";
import { made, say } from "./dom.js";
import { Lines } from "./lines.js";
import { List } from "./list.js";
import { Inbox, isGone, Wire } from "./model.js";
import { t, tn, tnodes } from "./text.js";
import { Unread } from "./unread.js";

const mouseHolds = 1200; // ms for which a mouse that moved holds stories back
const olderAgain = 5000; // ms until older stories are asked for again after a failure

// Column shows the stories of a filter in a section of the page.
//
// state is that of the page: read, selected, marked and paused. isAlone says that it is the
// only column, which scrolls with the window. changed is called when the numbers of unread
// and of waiting stories may have changed, focused when the selected story was drawn anew,
// and marked with a story whose headline changed. from is the column of the same view on the
// page before: its stories are taken over.
export class Column {
  #ended = new AbortController();
  #mouseMoved = 0;
  #mouseTimer = 0;
  #loading = null;
  #loadingOlder = false;
  #counting = null; // the last question of count
  #counted = false; // before it is, the page shows the number that the server wrote

  constructor(section, { state, clock, topics, isAlone, changed, focused, marked, from }) {
    Object.assign(this, { section, state, isAlone, changed, marked, name: section.dataset.view, wire: from?.wire || new Wire(), unread: from?.unread || new Unread() });
    this.element = section.querySelector("ol.wire");
    this.box = isAlone ? null : section.querySelector(".scroll"); // what scrolls; null: the window
    const { query, seq, before } = from || this.element.dataset;
    Object.assign(this, { query, seq, before });
    this.prefix = prefixOf(section);
    this.waiting = section.querySelector(".waiting");
    this.number = isAlone ? document.getElementById("unread") : section.querySelector(".unread"); // null: not counted
    this.lines = new Lines(this.#cursor(), clock, topics, this.prefix);
    this.list = new List(this.element, this.wire, {
      box: this.box,
      build: g => this.lines.group(g, () => { g.expanded = true; g.node = null; this.list.paint(); }),
      empty: () => this.#empty(),
      focus: () => focused(this),
      painted: () => changed(this),
      nearEnd: () => this.#loadOlder(),
    });
    this.inbox = new Inbox(this.wire, (s, fresh) => this.put(s, fresh), () => this.isReading(), s => this.#putInPlace(s));
    this.#holdWhileReading();
    if (!from) return;
    this.inbox.takeOver(from.inbox);
    this.lines.takeOver(from.lines);
    this.#counted = from.#counted;
  }

  // end stops what the column does on the page. Its stories may have been taken over.
  end() {
    this.#ended.abort();
    this.#loading?.abort();
    clearTimeout(this.#mouseTimer);
    this.list.end();
  }

  // moveTo makes the column, which stays in the document, the one that the server drew as
  // section.
  moveTo(section) {
    const { prefix } = this;
    this.section.querySelector(".close").href = section.querySelector(".close").href;
    this.prefix = this.lines.prefix = prefixOf(section);
    if (this.prefix === prefix) return;
    for (const [node, other] of [[this.section, section], ...[".scroll", "h2"].map(s => [this.section.querySelector(s), section.querySelector(s)])]) {
      for (const name of ["id", "aria-labelledby"]) if (other.hasAttribute(name)) node.setAttribute(name, other.getAttribute(name));
    }
    for (const { node } of this.wire.groups) if (node) for (const e of [node, ...node.querySelectorAll("[id]")]) e.id = this.prefix + e.id.slice(prefix.length);
  }

  // #cursor is the state of the page as the lines of this column show it.
  #cursor() {
    const column = this, { state } = this;
    return {
      get read() { return state.read; },
      get unsent() { return state.unsent; },
      get marked() { return state.marked; },
      get selected() { return state.column === column ? state.selected : ""; },
    };
  }

  #empty() {
    if (!this.query) return made("li", { class: "nothing" }, ...tnodes("No news yet. Headlines appear here when a source has been read; see {}.", made("a", { href: "/sources" }, t("Sources"))));
    return made("li", { class: "nothing" }, t("No matches."), " ", made("a", { href: "/search?" + new URLSearchParams({ q: this.query }) }, t("Search all stored stories")));
  }

  // #putInPlace changes a story where it is, if its group stays as high as it is, and reports
  // whether it did. Nothing changes while the wire is paused, or the mouse is about to click.
  #putInPlace(s) {
    const group = this.state.paused || this.#mouseMoves() ? undefined : this.wire.tryPut(s);
    if (!group || !this.list.fits(this.lines.group(group), s.id)) return false;
    this.put(s, false);
    this.list.paintSoon();
    return true;
  }

  #mouseMoves() { return Date.now() - this.#mouseMoved < mouseHolds; }

  // isReading reports whether new stories must be held back: the wire is paused or
  // scrolled, or the mouse moves over the column.
  isReading() {
    const scrolled = this.box ? this.box.scrollTop : scrollY;
    return this.state.paused || scrolled > 120 || this.#mouseMoves();
  }

  #holdWhileReading() {
    this.element.addEventListener("pointermove", e => {
      if (e.pointerType !== "mouse") return;
      this.#mouseMoved = Date.now();
      clearTimeout(this.#mouseTimer);
      this.#mouseTimer = setTimeout(() => this.releaseUnlessReading(), mouseHolds + 20);
    });
    this.element.addEventListener("pointerleave", () => {
      this.#mouseMoved = 0;
      this.releaseUnlessReading();
    });
    const target = this.box || window;
    target.addEventListener("scroll", () => {
      this.releaseUnlessReading();
      this.list.paintSoon();
    }, { passive: true, signal: this.#ended.signal });
  }

  put(s, fresh) {
    if (this.wire.put(s, fresh).headlineChanged) this.marked(s);
  }

  putWire(answer) {
    for (const e of answer.events) for (const s of e.stories) this.wire.put({ ...s, breaking: s.breaking || e.breaking }, false);
    this.before = answer.before || "";
  }

  // arrive takes stories of the live stream, and reports whether they were held back. Those
  // that the filter leaves out may change what is said of their events.
  arrive(stories) {
    for (const s of stories) this.unread[!isGone(s) && this.state.read.isUnread(s) ? "add" : "delete"](s.id);
    const added = this.inbox.arrive(stories);
    if (added) this.list.paintSoon();
    return !added;
  }

  release() {
    this.inbox.release();
    this.changed(this);
    this.list.paintSoon();
  }

  releaseUnlessReading() {
    if (!this.isReading() && !this.inbox.isEmpty) this.release();
  }

  goToTop() {
    this.#mouseMoved = 0;
    (this.box || window).scrollTo(0, 0);
    this.release();
  }

  // adopt takes over what the server drew, with the data that is in the page beside it. It
  // reports whether there is any.
  adopt() {
    const data = this.section.querySelector(".loaded");
    if (!data) return false;
    const answer = JSON.parse(data.textContent);
    this.putWire(answer);
    this.seq = answer.seq;
    this.list.adopt(g => this.lines.adopt(g));
    return true;
  }

  // show draws the stories that were taken over. top is what list.top() returned before.
  show(top) {
    this.list.rebuildAll();
    this.list.loaded();
    this.scrollToTop(top);
    this.releaseUnlessReading();
  }

  // scrollToTop scrolls to what list.top() returned, if the story is there.
  scrollToTop(top) { if (top && this.wire.has(top.id)) this.list.scrollToTop(top); }

  // load reads the stories again. It throws an AbortError when it was called again meanwhile.
  async load() {
    this.#loading?.abort();
    this.#loading = new AbortController();
    const answer = await readWire({ q: this.query }, { signal: this.#loading.signal });
    this.wire.clear();
    this.inbox.clear();
    this.putWire(answer);
    this.seq = answer.seq;
    this.list.loaded();
  }

  get isCounted() { return this.#counted; }

  // count asks the server how many stories of the filter are unread. It ends when the last of
  // the questions has its answer, which is the one that counts.
  async count() {
    if (this.state.read.readOnly) return;
    let last = this.#counting = this.#askCount();
    for (await last; last !== this.#counting; await last) last = this.#counting;
  }

  async #askCount() {
    const { query } = this, asked = this.unread.ask();
    const isLast = () => query === this.query && this.unread.isLast(asked);
    try {
      const answer = await readUnread(query);
      if (!isLast()) return;
      this.unread.load(answer);
      this.#counted = true;
      this.changed(this);
    } catch {
      if (isLast()) this.unread.forget(); // the state of the stream shows that the connection is lost
    }
  }

  async #loadOlder() {
    if (!this.before || this.#loadingOlder) return;
    this.#loadingOlder = true;
    const { query, before } = this;
    try {
      const answer = await readWire({ q: query, before });
      if (query === this.query && before === this.before) this.putWire(answer); // else the list was read again meanwhile
      this.#loadingOlder = false;
      this.list.paintSoon();
    } catch (e) {
      say(e.message);
      setTimeout(() => {
        this.#loadingOlder = false;
        this.list.paintSoon();
      }, olderAgain);
    }
  }

  // filter changes the filter. The caller loads the column again.
  filter(query) {
    this.query = query;
    this.name = ""; // no longer that of a view
    this.#counted = true;
    this.unread.forget();
  }

  remove(id) {
    this.wire.remove(id);
    this.unread.delete(id);
    this.list.paintSoon();
  }

  // marksChanged draws stories again that were marked as read or unread: all when it is
  // called without ids.
  marksChanged(ids) {
    if (ids) ids.forEach(id => this.#markChanged(id));
    else {
      this.list.rebuildAll();
      this.count();
    }
    this.list.paintSoon();
  }

  #markChanged(id) {
    const s = this.wire.story(id);
    if (!s) return;
    this.unread[this.state.read.isUnread(s) ? "add" : "delete"](id);
    this.list.rebuild(id);
  }

  // firstVisible returns the id of the first story that is visible.
  firstVisible() {
    const top = this.box ? this.box.getBoundingClientRect().top : 0;
    const lines = [...this.element.querySelectorAll("article.story")].map(line => [line.getBoundingClientRect(), line.id]);
    const first = lines.filter(([rect]) => rect.bottom > top + 8).sort(([a], [b]) => a.top - b.top)[0];
    return first?.[1].slice((this.prefix + "s-").length);
  }

  // showNumbers shows how many stories are unread and how many are held back.
  showNumbers() {
    if (this.number && this.#counted) this.number.textContent = this.unread.text();
    const n = this.inbox.countNew();
    this.waiting.hidden = n === 0;
    this.waiting.textContent = tn("{n} new headline", "{n} new headlines", n);
  }

  // showProblem says why the column gets no live updates.
  showProblem(text) {
    const p = this.section.querySelector(".wrong");
    if (p) p.textContent = text;
  }

  // line returns the link of a story's line, if it is drawn.
  line(id) { return document.getElementById(this.prefix + "s-" + id); }
}

// prefixOf returns how the ids of a section's lines begin: a story may be in several columns.
const prefixOf = section => section.id ? section.id.replace("column-", "c") + "-" : "";
