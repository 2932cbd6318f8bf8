// The lines of the wire: one element for each group, built from the model.

import { made, hidden } from "./dom.js";
import { shownStories } from "./model.js";
import { delay, span } from "./time.js";

const breakingFor = 2 * 3600e3; // ms for which an event is called breaking

// Lines builds the elements of groups. state has read, selected and marked; topics has the
// title and colour of topics by name.
export class Lines {
  #open = new Set(); // ids of stories whose outlets are shown

  constructor(state, clock, topics) {
    this.state = state;
    this.clock = clock;
    this.topics = topics;
  }

  // group builds the element of a group. expand is called when the user wants all its
  // stories.
  group(g, expand) {
    const stories = g.expanded ? g.stories : g.stories.slice(0, shownStories);
    const node = made("li", { class: "event", id: "e-" + g.id });
    const breaking = g.breaking && this.clock.now() - Date.parse(g.breaking) < breakingFor;
    if (breaking) node.dataset.breaking = "";
    if (breaking || g.claim) node.append(this.#alarm(g, breaking));
    node.append(...stories.map(s => this.#story(s)));
    if (stories.length < g.stories.length) {
      const more = made("button", { type: "button" }, `${g.stories.length - stories.length} more in this event`);
      more.onclick = expand;
      node.append(more);
    }
    return node;
  }

  #alarm(g, breaking) {
    return made("p", { class: "alarm" }, breaking ? made("b", {}, "breaking") : "",
      breaking && g.surge ? `${g.surge.voices} outlets within ${span(g.surge.seconds)} ` : "", g.claim ? claim(g.claim) : "");
  }

  #story(s) {
    const { read, selected, marked } = this.state;
    const line = made("article", { class: "story", id: "s-" + s.id }, this.#first(s), this.#outlets(s),
      made("div", {}, made("h2", { dir: s.dir, lang: s.language }, made("a", { href: "/stories/" + s.id }, s.headline)), this.#byline(s), ...(s.corrections || []).map(correction)));
    const flags = { unread: read.isUnread(s), killed: s.killed, rtl: s.dir === "rtl", fresh: s.fresh, at: s.id === selected, marked: s.id === marked };
    for (const [name, on] of Object.entries(flags)) if (on) line.dataset[name] = "";
    s.fresh = false;
    return line;
  }

  #byline(s) {
    const by = made("p", { class: "by" }, this.state.read.isUnread(s) ? hidden("unread") : "", s.killed ? made("b", {}, "withdrawn") : "");
    if (s.was) by.append(made("b", { title: s.was }, "headline changed"));
    if (s.held) by.append(this.#held(s.held[0]), " ");
    if (s.claim) by.append(claim(s.claim));
    const title = made("bdi", s.link ? {} : { class: "of" }, s.title);
    by.append(s.link ? made("a", { class: "of", href: s.link, rel: "noopener noreferrer", target: "_blank", title: "Open at the outlet" }, title) : title);
    by.append(this.#tags(s));
    return by;
  }

  #held(h) {
    const until = h.until ? " until " + this.clock.short(h.until) : "";
    return made("b", { class: "held", title: h.why }, "held" + (h.topic ? " in " + h.topic : "") + until + ": ", made("bdi", {}, h.why));
  }

  #tags(s) {
    const topics = s.topics.map(name => this.topics.get(name) || { title: name, colour: 0 });
    const tags = made("span", { class: "tags", title: topics.map(t => t.title).join(", ") });
    for (const t of topics) tags.append(made("span", { class: "tag t" + t.colour }, made("bdi", {}, t.title)), " ");
    return tags;
  }

  #first(s) {
    const [day, minute] = this.clock.stamp(s.first);
    return this.clock.isToday(s.first) ? time(s.first, minute) : time(s.first, made("span", { class: "date" }, day), " ", minute);
  }

  #outlets(s) {
    if (s.outlets.length < 2) return made("span", { class: "outlets", title: "1 outlet" }, "1", hidden(" outlet"));
    const first = Math.min(...s.outlets.map(o => Date.parse(o.at)));
    const items = s.outlets.map(o => made("li", {}, made("bdi", {}, o.title), " ", time(o.at, delay(o.at, first) || this.clock.short(o.at))));
    const list = made("details", { class: "outlets", open: this.#open.has(s.id) ? "open" : undefined },
      made("summary", { title: s.voices + " outlets: show which, and when" }, String(s.voices), hidden(" outlets")), made("ol", {}, ...items));
    list.addEventListener("toggle", () => this.#open[list.open ? "add" : "delete"](s.id));
    return list;
  }
}

const time = (when, ...text) => made("time", { datetime: when }, ...text);

const correction = c => made("p", { class: "by corrected" }, made("span", {}, made("bdi", {}, c.title), " corrected: ", made("bdi", { dir: c.dir, lang: c.language }, c.headline)));

const claim = c => made("span", { class: "claim" }, "claimed by ", made("bdi", {}, c.who), ...(c.note ? [": ", made("bdi", {}, c.note)] : []));
