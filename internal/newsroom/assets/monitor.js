// The wire, live. The page works without this script. With it headlines arrive as they are
// committed, and only the visible part of the wire is in the document.
//
// This file connects the parts; see the modules in wire/.

import { changeReadState, giveOrder, readStatus, readWire, send, unreachable } from "./wire/api.js";
import { byId, closeList, made, say } from "./wire/dom.js";
import { listen } from "./wire/keyboard.js";
import { Lines } from "./wire/lines.js";
import { List } from "./wire/list.js";
import { Marks } from "./wire/marks.js";
import { Inbox, ReadState, Wire } from "./wire/model.js";
import { Pane } from "./wire/pane.js";
import { Stream } from "./wire/stream.js";
import { t } from "./wire/text.js";
import { Clock } from "./wire/time.js";

const element = byId("wire"), box = byId("q");
const clock = new Clock(element.dataset.zone);
const topics = new Map(element.dataset.topics.split("\n").filter(Boolean).map(line => {
  const [name, title, colour] = line.split("\t");
  return [name, { title, colour }];
}));

const state = {
  wire: new Wire(),
  read: new ReadState(),
  query: box.value.trim(),
  seq: element.dataset.seq, // of the last record that the page has
  before: element.dataset.before, // the story above the first one not yet loaded; empty at the end
  selected: "", // a story id
  marked: "", // the id of the first story of a merge
  around: [], // the ids of the stories next to the selected one
  decisions: [], // of this page that can be undone, the newest last
};
const { wire } = state;

// The list.

const lines = new Lines(state, clock, topics);
const list = new List(element, wire, {
  build: g => lines.group(g, () => { g.expanded = true; g.node = null; list.paint(); }),
  empty: () => made("li", { class: "nothing" }, state.query ? "No matches. " : "No news yet.",
    state.query ? made("a", { href: "/search?" + new URLSearchParams({ q: state.query }) }, "Search all stored stories") : ""),
  focus: focusSelected,
  painted: showUnread,
  nearEnd: loadOlder,
});
const marks = new Marks(state, ids => {
  if (ids) ids.forEach(id => list.rebuild(id)); else list.rebuildAll();
  list.paintSoon();
});

function focusSelected() {
  byId("s-" + state.selected)?.querySelector("h2 a")?.focus({ preventScroll: true });
}

function showUnread() {
  if (!byId("unread")) return;
  const n = wire.countUnread(state.read);
  byId("unread").textContent = (n > 999 ? "999+" : n) + " unread";
}

function put(s, fresh) {
  if (wire.put(s, fresh).headlineChanged) marks.set(s.id, false);
}

function putWire(answer) {
  for (const e of answer.events) for (const s of e.stories) put({ ...s, breaking: s.breaking || e.breaking }, false);
  state.before = answer.before || "";
}

element.addEventListener("pointerover", e => { // formatting the time of every line would be slow
  const time = e.target.closest?.("time");
  if (time && !time.title) time.title = clock.full(time.dateTime);
});

// New stories are held back while somebody reads: if the wire is paused or scrolled, or if
// the mouse moves over it.

const mouseHolds = 1200; // ms for which a mouse that moved holds stories back
let paused = false, mouseMoved = 0, mouseTimer = 0;
const isReading = () => paused || scrollY > 120 || Date.now() - mouseMoved < mouseHolds;
const inbox = new Inbox(wire, put, isReading);

function arrive(stories) {
  if (!inbox.arrive(stories)) return showWaiting();
  keepCursor();
  list.paintSoon();
}

function showWaiting() {
  const n = inbox.countNew();
  byId("waiting").hidden = n === 0;
  byId("waiting").textContent = `${n} new ${n === 1 ? "headline" : "headlines"}`;
  document.title = document.title.replace(/^(\(\d+\) )?/, n ? `(${n}) ` : "");
}

function release() {
  inbox.release();
  keepCursor();
  showWaiting();
  list.paintSoon();
}

function releaseUnlessReading() {
  if (!isReading() && !inbox.isEmpty) release();
}

element.addEventListener("pointermove", e => {
  if (e.pointerType !== "mouse") return;
  mouseMoved = Date.now();
  clearTimeout(mouseTimer);
  mouseTimer = setTimeout(releaseUnlessReading, mouseHolds + 20);
});
element.addEventListener("pointerleave", () => {
  mouseMoved = 0;
  releaseUnlessReading();
});

function goToTop() {
  mouseMoved = 0;
  setPause(false);
  scrollTo(0, 0);
  release();
}

function setPause(on) {
  paused = on;
  byId("pause").setAttribute("aria-pressed", String(on));
  byId("pause").textContent = on ? "Resume" : "Pause";
  if (byId("state").className === "on") showLive();
  if (!isReading()) release();
}

// The connection.

let lostSince = null, mustLoad = false;
const stream = new Stream({
  opened() {
    showLive();
    if (mustLoad) load();
    else if (lostSince) refresh();
    lostSince = null;
  },
  lost() {
    lostSince ??= clock.short(Date.now());
    showState("lost", `reconnecting since ${lostSince}`);
  },
  arrived(stories, id) {
    state.seq = id;
    dispatchEvent(new CustomEvent("arrived", { detail: stories })); // for bell.js
    arrive(stories);
  },
  missed: loadAgain,
  ended(text) {
    showState("lost", "live updates ended");
    byId("wrong").textContent = text;
  },
});

function showState(kind, text) {
  byId("state").className = kind;
  byId("state").textContent = text;
}

function showLive() { showState("on", paused ? "paused" : "live"); }

// load reads the wire again, for example after a change of the filter.
let loading = null;
async function load() {
  loading?.abort();
  loading = new AbortController();
  try {
    const [answer] = await Promise.all([readWire({ q: state.query }, { signal: loading.signal }), marks.read()]);
    wire.clear();
    inbox.clear();
    showWaiting();
    putWire(answer);
    keepCursor();
    state.seq = String(answer.seq);
    mustLoad = false;
    byId("wrong").textContent = "";
    list.loaded();
    stream.connect(() => ({ after: state.seq, q: state.query }));
  } catch (e) {
    if (e.name === "AbortError") return;
    mustLoad = e.name === unreachable; // load again when the stream is back
    byId("wrong").textContent = e.message;
  }
}

// loadAgain loads the wire because the stream leaves out events. While very much is new that
// may happen again and again, so there is a pause before the next time.
const loadAgainEvery = 10e3; // ms
let loadedAgain = -loadAgainEvery, loadTimer = 0;
function loadAgain() {
  clearTimeout(loadTimer);
  const wait = loadedAgain + loadAgainEvery - performance.now();
  if (wait > 0) {
    loadTimer = setTimeout(loadAgain, wait);
    return;
  }
  loadedAgain = performance.now();
  say("There was too much news to add line by line. The wire was loaded again.");
  load();
}

let loadingOlder = false;
async function loadOlder() {
  if (!state.before || loadingOlder) return;
  loadingOlder = true;
  const { query, before } = state;
  try {
    const answer = await readWire({ q: query, before });
    if (query === state.query) putWire(answer);
    list.paintSoon();
  } catch (e) {
    say(e.message);
    state.before = "";
  } finally {
    loadingOlder = false;
  }
}

// refresh reads what the stream does not carry: marks and mutes of other browsers with this
// token, and problems of the daemon.
async function refresh() {
  if (document.hidden) return;
  try {
    if (await marks.read()) load();
    const status = await readStatus();
    showProblem("refused", status.refused);
    showProblem("trouble", status.trouble);
    showProblem("damage", status.damage);
    byId("troubled").hidden = !status.troubled;
    byId("troubled").querySelector("b").textContent = status.troubled;
  } catch { /* the state of the stream shows that the connection is lost */ }
}

function showProblem(id, text) {
  byId(id).hidden = !text;
  if (text) byId(id).querySelector("pre").textContent = text;
}

// The filter.

let typing = 0;
function filter() {
  clearTimeout(typing);
  if (box.value.trim() === state.query) return;
  state.query = box.value.trim();
  showAddress();
  scrollTo(0, 0);
  load();
}
// showAddress makes the address of the page that of its filter.
function showAddress() {
  history.replaceState(history.state, "", state.query ? "/?" + new URLSearchParams({ q: state.query }) : "/");
}
box.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(filter, 250);
});
box.form.addEventListener("submit", e => {
  e.preventDefault();
  filter();
});

// The selected story.

const selectedStory = () => wire.story(state.selected);

function select(id) {
  if (!id) return;
  moveCursor(id);
  marks.set(id, true);
  list.scrollTo(id);
  list.paint();
  focusSelected();
  pane.follow(id);
}

function moveCursor(id) {
  list.rebuild(state.selected);
  state.selected = id;
  state.around = wire.around(id);
  list.rebuild(id);
}

// keepCursor moves the cursor to the next story if the selected one has left the wire.
function keepCursor() {
  if (state.selected && !wire.has(state.selected)) moveCursor(state.around.find(id => wire.has(id)) || "");
}

// goOn shows where the cursor is after an action that removed the selected story.
function goOn() {
  keepCursor();
  if (state.selected) list.scrollTo(state.selected);
  list.paint();
  if (!state.selected) return;
  focusSelected();
  pane.follow(state.selected);
}

function step(n) {
  const group = wire.groupOf(state.selected);
  if (group && !wire.shown().some(s => s.id === state.selected)) group.expanded = true;
  const all = wire.shown(), i = all.findIndex(s => s.id === state.selected);
  select(all[i < 0 ? 0 : Math.max(0, Math.min(all.length - 1, i + n))]?.id);
}

function selectNextUnread() {
  const all = wire.shown(), i = all.findIndex(s => s.id === state.selected);
  select([...all.slice(i + 1), ...all.slice(0, i + 1)].find(s => state.read.isUnread(s))?.id);
}

element.addEventListener("click", e => {
  const a = e.target.closest("h2 a");
  if (!a || e.metaKey || e.ctrlKey || e.shiftKey) return;
  e.preventDefault();
  select(a.pathname.split("/").pop());
  pane.show(state.selected);
});

const pane = new Pane({
  mark: id => marks.set(id, true), order, step,
  closed() {
    showAddress();
    focusSelected();
  },
});

// Orders, marks and mutes.

async function order(wish) {
  try {
    const done = await giveOrder(wish);
    if (wish.verb === "undo") state.decisions.pop(); else state.decisions.push(done.decision);
    say(done.text + "." + (wish.verb === "undo" ? "" : " " + t("Undo (u)")));
    return true;
  } catch (e) {
    if (wish.verb === "undo" && e.name !== unreachable) state.decisions.pop(); // it can't be undone
    say(e.message);
    return false;
  }
}

// merge marks the selected story, or merges it with the marked one. With what "event" it
// merges their events.
async function merge(...what) {
  const { marked, selected } = state;
  if (!marked || marked === selected) {
    state.marked = marked === selected ? "" : selected;
    select(selected);
    return say(state.marked ? "Marked. Press m on another headline to merge the two, M to merge their events." : "");
  }
  state.marked = "";
  const [, younger] = [wire.story(marked), wire.story(selected)].sort((a, b) => a?.seq - b?.seq);
  if (!await order({ verb: "merge", args: [marked, selected, ...what] })) return;
  if (!what.length && younger) wire.remove(younger.id);
  list.rebuild(marked);
  goOn();
}

function undo() {
  const last = state.decisions.at(-1);
  if (last) return order({ verb: "undo", args: [String(last)] });
  say(t("Nothing left to undo on this page. Decisions has everything that was done."));
}

async function hide(id) {
  if (!await order({ verb: "hide", args: [id] })) return;
  wire.remove(id);
  goOn();
}

function pin() {
  const topic = selectedStory()?.topics[0];
  if (topic) order({ verb: "pin", args: [state.selected, topic], for: "6h" });
}

function split() {
  const s = selectedStory();
  if (s?.outlets.length > 1) order({ verb: "split", args: [s.outlets.at(-1).entry] });
}

// mute changes what is muted and reads the wire again.
async function mute(change, done) {
  try {
    await changeReadState(change);
    const doc = new DOMParser().parseFromString(await (await send(location.href)).text(), "text/html");
    const muted = doc.getElementById("muted");
    if (muted) byId("muted").replaceChildren(...muted.children);
    const selected = state.selected;
    await load();
    if (state.selected !== selected) goOn();
    say(done);
  } catch (e) {
    say(e.message);
  }
}

const markAllRead = () => marks.markAll(state.seq);

document.addEventListener("submit", e => {
  if (e.target.getAttribute("action") !== "/api/seat") return;
  e.preventDefault();
  const form = new FormData(e.target), act = form.get("act");
  if (act === "read") return markAllRead();
  const time = form.get("for") ? { for: form.get("for") } : {};
  mute({ [act]: { kind: form.get("kind"), what: form.get("what"), ...time } }, act === "mute" ? "Muted, for you only." : "Unmuted.");
});

// Shortcuts.

const onSelected = run => () => { if (state.selected) run(state.selected); };

function openAtOutlet() {
  const s = selectedStory();
  if (s?.link) open(s.link, "_blank", "noopener,noreferrer");
}

function toggleRead() {
  const s = selectedStory();
  if (s) marks.set(s.id, state.read.isUnread(s));
}

function toggleOutlets() {
  const details = byId("s-" + state.selected)?.querySelector("details");
  if (details) details.open = !details.open;
}

const shortcuts = {
  j: () => step(1), k: () => step(-1), n: selectNextUnread, t: goToTop,
  v: onSelected(id => pane.show(id)), Enter: onSelected(id => pane.show(id)), Escape: () => { if (!closeList()) pane.close(); },
  o: openAtOutlet, e: toggleOutlets, r: toggleRead, A: markAllRead,
  "/": () => { byId("menu").open = true; box.focus(); }, "?": () => byId("help").showModal(), p: () => setPause(!paused),
  x: onSelected(id => mute({ mute: { kind: "event", what: id, for: "1d" } }, "Event muted for a day, for you only. See Muted.")),
  c: onSelected(id => pane.claim(id, "claim")), C: onSelected(id => pane.claim(id, "claimevent")),
  h: onSelected(hide), P: pin, s: split,
  m: onSelected(() => merge()), M: onSelected(() => merge("event")), S: onSelected(id => order({ verb: "split", args: [id, "event"] })),
  u: undo,
};
listen(window, shortcuts, () => byId("help").open);

// Start.

addEventListener("scroll", () => {
  releaseUnlessReading();
  list.paintSoon();
}, { passive: true });
addEventListener("unhandledrejection", e => say(t("Something went wrong: {}. Reload the page if it goes on.", String(e.reason?.message ?? e.reason))));
addEventListener("focus", refresh);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, 30000);
byId("waiting").onclick = goToTop;
byId("pause").onclick = () => setPause(!paused);
byId("keys").onclick = () => byId("help").showModal();
for (const b of document.querySelectorAll("button[data-scripted]")) b.disabled = false;
byId("menu").open = false; // a browser may have kept it open
new ResizeObserver(([bar]) => document.body.style.setProperty("--bar", bar.borderBoxSize[0].blockSize + "px")).observe(document.querySelector(".bar"));
load();
