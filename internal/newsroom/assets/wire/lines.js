// The lines of the wire: one element for each group, built from the model.

import { made, hidden } from "./dom.js";
import { shownStories } from "./model.js";
import { t, tn, tnodes, number } from "./text.js";
import { delay, span } from "./time.js";

const breakingFor = 2 * 3600e3; // ms for which an event is called breaking

// Lines builds the elements of groups. state has read, unsent, selected and marked; topics has the
// title and colour of topics by name. prefix starts the ids of elements.
export class Lines {
  #open = new Set(); // ids of stories whose outlets are shown

  constructor(state, clock, topics, prefix = "") {
    this.state = state;
    this.prefix = prefix;
    this.clock = clock;
    this.topics = topics;
  }

  // takeOver leaves the outlets shown that another list of the same stories shows.
  takeOver(other) { this.#open = other.#open; }

  // group builds the element of a group. expand is called when the user wants all its
  // stories.
  group(g, expand) {
    const stories = g.expanded ? g.stories : g.stories.slice(0, shownStories);
    const node = made("li", { class: "event", id: this.prefix + "e-" + g.id });
    const breaking = g.breaking && this.clock.now() - Date.parse(g.breaking) < breakingFor;
    if (breaking) node.dataset.breaking = "";
    const headed = breaking || g.claim || g.coverage?.stories > 1;
    if (headed) node.append(this.#alarm(g, breaking));
    node.append(...stories.map(s => this.#story(s, headed ? null : g.coverage)));
    if (stories.length < g.stories.length) {
      const more = made("button", { type: "button" }, tn("{n} more in this event", "{n} more in this event", g.stories.length - stories.length));
      more.onclick = expand;
      node.append(more);
    }
    return node;
  }

  // adopt makes an element of a group that the server drew one of ours. It returns null if
  // there is none, or the group has more stories than are shown at first.
  adopt(g) {
    const node = document.getElementById(this.prefix + "e-" + g.id);
    if (!node || g.stories.length > shownStories) return null;
    for (const list of node.querySelectorAll("details.outlets")) this.#follow(list, list.closest("article").id.slice((this.prefix + "s-").length));
    return node;
  }

  // #follow remembers whether the outlets of a story are shown.
  #follow(list, id) { list.addEventListener("toggle", () => this.#open[list.open ? "add" : "delete"](id)); }

  #alarm(g, breaking) {
    const { surge, coverage } = g;
    return made("p", { class: "alarm" }, breaking ? made("b", {}, t("breaking")) : "", " ", this.#covered(coverage), " ",
      breaking && surge ? made("span", {}, tn("{n} outlet within {}", "{n} outlets within {}", surge.voices, span(surge.seconds))) : "", " ", g.claim ? claim(g.claim) : "");
  }

  // #covered says how many outlets have an event, and from when to when. The day of beside is
  // on the line already, if given.
  #covered(c, beside) {
    if (!c) return "";
    const first = beside ? this.clock.shortAfter(beside, c.first) : this.clock.short(c.first), last = this.clock.shortAfter(c.first, c.last);
    return made("span", { class: "covered" }, this.clock.short(c.first) === this.clock.short(c.last) ? tn("{n} outlet, {}", "{n} outlets, {}", c.outlets, first)
      : tn("{n} outlet, {} to {}", "{n} outlets, {} to {}", c.outlets, first, last));
  }

  #story(s, covered) {
    const { read, selected, marked } = this.state;
    const line = made("article", { class: "story", id: this.prefix + "s-" + s.id }, this.#first(s), this.#outlets(s),
      made("div", {}, made("h2", { dir: s.dir, lang: s.language }, made("a", { href: "/stories/" + s.id }, s.headline)), this.#byline(s, covered), this.#marks(s), ...(s.corrections || []).map(correction)));
    const flags = { unread: read.isUnread(s), killed: s.killed, rtl: s.dir === "rtl", fresh: s.fresh, at: s.id === selected, marked: s.id === marked };
    for (const [name, on] of Object.entries(flags)) if (on) line.dataset[name] = "";
    s.fresh = false;
    return line;
  }

  #byline(s, covered) {
    const by = made("p", { class: "by" }, this.state.read.isUnread(s) ? hidden(t("unread")) : "", " ", s.killed ? made("b", {}, t("withdrawn")) : "", " ");
    if (s.was) by.append(made("b", { title: s.was }, t("headline changed")), " ");
    const term = "source:" + s.name, open = t("Open at the outlet");
    by.append(made("a", { class: "of", href: filterAddress(term), "data-term": term, title: t("Filter by this outlet"), dir: "auto" }, s.title), " "); // dir: what is too long is cut at its end
    if (s.link) by.append(outletLink(s.link, { class: "out", title: open }, made("span", { "aria-hidden": "true" }, "↗"), hidden(open)), " ");
    by.append(this.#covered(covered, s.first), " ", this.#tags(s));
    return by;
  }

  // #marks says what editors did with a story, and why it is held.
  #marks(s) {
    const pins = (s.pins || []).filter(p => !p.until || Date.parse(p.until) > this.clock.now());
    const all = [s.held ? this.#held(s.held[0]) : "", this.state.read.isStarred(s) ? made("span", { class: "starred" }, made("span", { "aria-hidden": "true" }, "★"), " ", t("starred")) : "", s.claim ? claim(s.claim) : "", s.assigned ? this.#assigned(s.assigned) : "", ...(this.state.unsent[s.id] || []).map(u => this.#unsent(u)), ...(s.notes || []).map(n => this.#note(n)), ...pins.map(p => this.#pin(p))].filter(Boolean);
    return all.length ? made("p", { class: "by marks" }, ...all.flatMap(m => [m, " "])) : "";
  }

  #assigned(a) {
    const to = made("bdi", {}, a.to), due = a.due && this.clock.short(a.due);
    const late = due && Date.parse(a.due) < this.clock.now();
    return made("span", { class: "assigned" }, ...(!due ? tnodes("assigned to {}", to) : late ? tnodes("assigned to {}, overdue since {}", to, due) : tnodes("assigned to {}, due {}", to, due)));
  }

  // #unsent says that a story that was sent by hand did not arrive.
  #unsent(u) {
    const parts = [made("bdi", {}, u.target), made("bdi", {}, u.problem)];
    return made("span", { class: "unsent" }, ...(u.next ? tnodes("sending to {} failed: {}; next attempt at {}", ...parts, this.clock.short(u.next))
      : [...tnodes("sending to {} failed: {}", ...parts), " ", made("a", { href: "/alerts#n-" + u.notice }, t("Send again"))]));
  }

  #note(n) {
    const text = made("bdi", {}, n.text);
    return made("span", { class: "noted" }, time(n.at, this.clock.short(n.at)), " ", ...(n.who ? tnodes("note by {}: {}", made("bdi", {}, n.who), text) : tnodes("note: {}", text)));
  }

  #pin(p) {
    const topic = made("bdi", {}, this.topics.get(p.topic)?.title || p.topic);
    return made("span", { class: "pin" }, ...(p.until ? tnodes("pinned in {} until {}", topic, this.clock.short(p.until)) : tnodes("pinned in {}", topic)));
  }

  #held(h) {
    const topic = made("bdi", {}, this.topics.get(h.topic)?.title || h.topic || ""), until = h.until && this.clock.short(h.until);
    const text = h.topic ? (until ? tnodes("held in {} until {}", topic, until) : tnodes("held in {}", topic)) : [until ? t("held until {}", until) : t("held")];
    return made("b", { class: "held" }, ...text, ": ", made("bdi", {}, h.why));
  }

  #tags(s) {
    const topics = s.topics.map(name => ({ name, ...(this.topics.get(name) || { title: name, colour: 0 }) }));
    const tags = made("span", { class: "tags", title: topics.map(topic => topic.title).join(", ") });
    for (const topic of topics) {
      const term = "topic:" + topic.name;
      tags.append(made("a", { class: "tag t" + topic.colour, href: filterAddress(term), "data-term": term }, made("bdi", {}, topic.title)), " ");
    }
    return tags;
  }

  #first(s) {
    const [day, minute] = this.clock.stamp(s.first);
    return this.clock.isToday(s.first) ? time(s.first, minute) : time(s.first, made("span", { class: "date" }, day), " ", minute);
  }

  #outlets(s) {
    const n = s.voices, count = [number(n), hidden(" " + tn("outlet|after its number", "outlets|after their number", n))];
    if (!n) return made("span", { class: "outlets" });
    if (s.outlets.length < 2) return made("span", { class: "outlets", title: tn("{n} outlet", "{n} outlets", n) }, ...count);
    const list = made("details", { class: "outlets", open: this.#open.has(s.id) ? "open" : undefined },
      made("summary", { title: tn("{n} outlet: show which, and when", "{n} outlets: show which, and when", n) }, ...count),
      made("ol", {}, ...s.outlets.map(o => this.#outlet(s, o))));
    this.#follow(list, s.id);
    return list;
  }

  #outlet(s, o) {
    const title = made("bdi", {}, o.title);
    const state = o.killed ? t("withdrawn") : o.held ? t("held") : o.righted ? t("corrected") : "";
    return made("li", {}, time(o.at, delay(o.at, Date.parse(s.outlets[0].at)) || this.clock.short(o.at)), " ",
      made("span", {}, o.link ? outletLink(o.link, {}, title) : title, state && " ", state && made("b", {}, state),
        o.headline === s.headline ? "" : " ", o.headline === s.headline ? "" : made("span", { class: "own", dir: "auto", lang: o.language }, o.headline)));
  }
}

const outletLink = (href, attributes, ...children) => made("a", { ...attributes, href, rel: "noopener noreferrer", target: "_blank" }, ...children);

const filterAddress = term => "/?" + new URLSearchParams({ q: term });

const time = (when, ...text) => made("time", { datetime: when }, ...text);

const correction = c => made("p", { class: "by corrected" }, made("span", {}, ...tnodes("{} corrected: {}", made("bdi", {}, c.title), made("bdi", { dir: c.dir, lang: c.language }, c.headline))));

const claim = c => made("span", { class: "claim" }, ...(c.note ? tnodes("claimed by {}: {}", made("bdi", {}, c.who), made("bdi", {}, c.note)) : tnodes("claimed by {}", made("bdi", {}, c.who))));
