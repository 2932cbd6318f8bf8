// The wire, live. The page works without this script. With it headlines arrive as they are
// committed, and only the visible part of the wire is in the document.
//
// This file connects the parts; see the modules in wire/.

import { changeNotice, changeReadState, changeStar, giveOrder, readStatus, send, unreachable } from "./wire/api.js";
import { Column } from "./wire/column.js";
import { byId, closeList, hidden, made, say } from "./wire/dom.js";
import { listen } from "./wire/keyboard.js";
import { Marks } from "./wire/marks.js";
import { ReadState, sameSets } from "./wire/model.js";
import { chips, narrow } from "./wire/narrow.js";
import { arrangeBoard, formAddress, isBoard, isWirePage, readWirePage, replaceFrame, replaceLists, sectionsOf } from "./wire/page.js";
import { Pane } from "./wire/pane.js";
import { Stream } from "./wire/stream.js";
import { t } from "./wire/text.js";
import { Clock } from "./wire/time.js";

const main = byId("main"), box = byId("q");
const clock = new Clock(main.dataset.zone);
const topics = new Map(main.dataset.topics.split("\n").filter(Boolean).map(line => {
  const [name, title, colour] = line.split("\t");
  return [name, { title, colour }];
}));

const state = {
  read: new ReadState(JSON.parse(byId("marks").textContent)),
  paused: false,
  column: null, // the one with the cursor
  selected: "", // a story id
  marked: "", // the id of the first story of a merge
  around: [], // the ids of the stories next to the selected one
  unsent: Object.groupBy(JSON.parse(byId("unsent").textContent), u => u.story), // what was sent by hand and did not arrive
  decisions: [], // of this page that can be undone, the newest last
  story: id => columns.map(c => c.wire.story(id)).find(Boolean),
};

// The columns. Most pages have one.

let isAlone = !isBoard(document);
let columns = sectionsOf(document).map(section => newColumn(section));
state.column = columns[0];

function newColumn(section, from) {
  const c = new Column(section, {
    state, clock, topics, isAlone, changed: showNumbers, focused: focusSelected, marked: s => marks.set(s.id, false), from,
  });
  c.element.addEventListener("pointerover", e => { // formatting the time of every line would be slow
    const time = e.target.closest?.("time");
    if (time && !time.title) time.title = clock.full(time.dateTime);
  });
  c.element.addEventListener("click", e => {
    const a = e.target.closest("h2 a");
    if (!a || e.metaKey || e.ctrlKey || e.shiftKey) return;
    e.preventDefault();
    select(a.pathname.split("/").pop(), c);
    pane.show(state.selected);
  });
  c.waiting.onclick = () => goToTop(c);
  return c;
}

// A page of the wire has a number in the history, which the entries of its pane have too.
const pageOf = state => state?.page || 0;
let page = pageOf(history.state);

const marks = new Marks(state, ids => {
  for (const c of columns) c.marksChanged(ids);
});

const lineOfSelected = () => state.column.line(state.selected);

function focusSelected(column = state.column) {
  if (column === state.column) lineOfSelected()?.querySelector("h2 a")?.focus({ preventScroll: true });
}

// What the page shows of its numbers: in each column how many stories are unread and how many
// are held back, and in the title of a tab in the background how many are new since then.

const arrivedHidden = new Set(); // ids of stories that are new since the tab went to the background

function showNumbers(column) {
  column.showNumbers();
  const n = document.hidden ? arrivedHidden.size : Math.max(...columns.map(c => c.inbox.countNew()));
  document.title = document.title.replace(/^(\(\d+\) )?/, n ? `(${n}) ` : "");
}

document.addEventListener("visibilitychange", () => {
  arrivedHidden.clear();
  columns.forEach(showNumbers);
});

function arrive(stories) {
  columns.forEach((c, i) => {
    const mine = columns.length === 1 ? stories : stories.map(s => ({ ...s, out: !s.in.includes(i) }));
    if (document.hidden) for (const s of mine) if (!s.out && !s.into && !s.backlog && state.read.isUnread(s) && !c.wire.has(s.id)) arrivedHidden.add(s.id);
    c.arrive(mine);
    showNumbers(c);
  });
  keepCursor();
}

function goToTop(column = state.column) {
  setPause(false);
  column.goToTop();
}

function setPause(on) {
  state.paused = on;
  byId("pause").setAttribute("aria-pressed", String(on));
  byId("pause").textContent = on ? t("Resume") : t("Pause");
  if (byId("state").className === "on") showLive();
  for (const c of columns) c.releaseUnlessReading();
}

// The connection.

let lostSince = null, mustLoad = false;
const stream = new Stream({
  opened() {
    showLive();
    if (pageOf(history.state) !== page) go(location, true);
    else if (mustLoad) load();
    else if (lostSince) refresh();
    lostSince = null;
  },
  lost() {
    lostSince ??= clock.short(Date.now());
    showState("lost", t("reconnecting since {}", lostSince));
  },
  arrived(stories, id) {
    if (loading) return; // the next connection sends them again
    for (const c of columns) c.seq = id;
    dispatchEvent(new CustomEvent("arrived", { detail: stories })); // for bell.js
    arrive(stories);
    pane.changed(stories.map(s => s.id));
  },
  missed: loadAgain,
  ended(text, i) {
    if (i !== undefined) return columns[i].showProblem(text);
    showState("lost", t("live updates ended"));
    byId("wrong").textContent = text;
  },
});

function showState(kind, text) {
  byId("state").className = kind;
  byId("state").textContent = text;
}

function showLive() { showState("on", state.paused ? t("paused") : t("live")); }

// load reads the columns again, for example after a change of the filter.
let loading = null; // the load that is under way
async function load() {
  const mine = loading = {};
  try {
    await Promise.all([...columns.map(c => c.load()), marks.read()]);
    keepCursor();
    mustLoad = false;
    byId("wrong").textContent = "";
    stream.connect(streamParameters);
    for (const c of columns) c.count();
  } catch (e) {
    if (e.name === "AbortError") return;
    mustLoad = e.name === unreachable; // load again when the stream is back
    byId("wrong").textContent = e.message;
  } finally {
    if (loading === mine) loading = null;
  }
}

// streamParameters are those of one connection for all columns.
function streamParameters() {
  const after = columns.map(c => Number(c.seq)).reduce((a, b) => Math.min(a, b));
  return [["after", after], ...columns.map(c => ["q", c.query])];
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
  say(t("There was too much news to add line by line. The wire was loaded again."));
  load();
}

// refresh reads what the stream does not carry: marks and mutes of other browsers with this
// token, and problems of the daemon.
async function refresh() {
  if (document.hidden) return;
  try {
    const { stars } = state.read;
    if (await marks.read()) load();
    else if (!sameSets(stars, state.read.stars)) loadStarred();
    const status = await readStatus();
    showProblem("refused", status.refused);
    showProblem("trouble", status.trouble);
    showProblem("damage", status.damage);
    byId("troubled").hidden = !status.troubled;
    byId("troubled").querySelector("b").textContent = status.troubled;
    showUnsent(Object.groupBy(status.unsent, u => u.story));
  } catch { /* the state of the stream shows that the connection is lost */ }
}

// showUnsent shows at which stories sending by hand failed, or no longer does.
function showUnsent(unsent) {
  const texts = list => JSON.stringify(list ?? []);
  const ids = Object.keys({ ...state.unsent, ...unsent }).filter(id => texts(state.unsent[id]) !== texts(unsent[id]));
  state.unsent = unsent;
  if (!ids.length) return;
  marks.repaint(ids);
  pane.changed(ids);
}

function showProblem(id, text) {
  byId(id).hidden = !text;
  if (text) byId(id).querySelector("pre").textContent = text;
}

// The filter. Beside several columns it leads to a page of its own.

let typing = 0, address = location.pathname + location.search;
function filter() {
  clearTimeout(typing);
  going?.abort();
  main.ariaBusy = null;
  const column = columns[0], query = box.value.trim();
  if (query === column.query) return;
  column.filter(query);
  address = query ? "/?" + new URLSearchParams({ q: query }) : "/";
  fillForms(query);
  showAddress();
  showChips();
  scrollTo(0, 0);
  load();
}
// fillForms makes a new filter that of the forms, and where they lead back to.
function fillForms(query) {
  for (const field of document.querySelectorAll(".views [name=q]")) field.value = query;
  for (const field of document.querySelectorAll(".muted [name=to]")) field.value = address;
}

// showChips lists the fields of the filter, which a click takes off.
function showChips() {
  const all = chips(box.value).map(({ term, rest }) => {
    const link = made("a", { href: "/?" + new URLSearchParams({ q: rest }), title: t("Take {} off the filter", term) }, made("code", { dir: "ltr" }, term), " ×", hidden(" " + t("Take {} off the filter", term)));
    link.onclick = e => {
      e.preventDefault();
      box.value = rest;
      filter();
    };
    return made("li", {}, link);
  });
  byId("chips").replaceChildren(...all);
}

// showAddress makes the address of the page that of its filter.
function showAddress() { history.replaceState(history.state, "", address); }

// A link with a term adds it to the filter of its column, or to the only one.
document.addEventListener("click", e => {
  const link = e.target.closest?.("a[data-term]");
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  const column = columns.length > 1 && columns.find(c => c.element.contains(link));
  const query = narrow(column ? column.query : box.value, link.dataset.term);
  if (!isAlone) return go(new URL("/?" + new URLSearchParams({ q: query }), location));
  box.value = query;
  filter();
  if (pane.coversWire && pane.element.contains(link)) pane.close();
});

box.addEventListener("input", () => {
  clearTimeout(typing);
  if (isAlone) typing = setTimeout(filter, 250);
});
box.form.addEventListener("submit", e => {
  if (!isAlone) return;
  e.preventDefault();
  filter();
});

// The selected story.

const selectedStory = () => state.column.wire.story(state.selected);

function select(id, column = state.column) {
  if (!id) return;
  moveCursor(id, column);
  marks.set(id, true);
  column.list.scrollTo(id);
  column.list.paint();
  focusSelected();
  pane.follow(id);
}

function moveCursor(id, column = state.column) {
  state.column.list.rebuild(state.selected);
  if (column !== state.column) state.column.list.paintSoon();
  state.column = column;
  state.selected = id;
  state.around = column.wire.around(id);
  column.list.rebuild(id);
}

// keepCursor moves the cursor to the next story if the selected one has left the wire.
function keepCursor() {
  const { wire } = state.column;
  if (state.selected && !wire.has(state.selected)) moveCursor(state.around.find(id => wire.has(id)) || "");
}

// goOn shows where the cursor is after an action that removed the selected story.
function goOn() {
  keepCursor();
  const { list } = state.column;
  if (state.selected) list.scrollTo(state.selected);
  list.paint();
  if (!state.selected) return;
  focusSelected();
  pane.follow(state.selected);
}

function step(n) {
  const { wire } = state.column;
  const group = wire.groupOf(state.selected);
  if (group && !wire.shown().some(s => s.id === state.selected)) group.expanded = true;
  const all = wire.shown(), i = all.findIndex(s => s.id === state.selected);
  select(all[i < 0 ? 0 : Math.max(0, Math.min(all.length - 1, i + n))]?.id);
}

function selectNextUnread() {
  const all = state.column.wire.shown(), i = all.findIndex(s => s.id === state.selected);
  select([...all.slice(i + 1), ...all.slice(0, i + 1)].find(s => state.read.isUnread(s))?.id);
}

// goToColumn moves the cursor to a column: to the story that it had selected there, or to the
// first one.
function goToColumn(column) {
  if (!column) return;
  column.section.scrollIntoView({ block: "nearest", inline: "nearest" });
  select(column.wire.has(state.selected) ? state.selected : column.firstVisible(), column);
}

const beside = n => goToColumn(columns[columns.indexOf(state.column) + n]);

const pane = new Pane({
  mark: id => marks.set(id, true), order, star, resend, step,
  closed() {
    if (pageOf(history.state) !== page) return; // another page follows
    showAddress();
    focusSelected();
  },
});

// Pages. A link to another page of the wire leads there without a navigation: columns that it
// has too stay as they are.

function follow(e, url) {
  if (!isWirePage(url) || url.pathname + url.search === address) return;
  e.preventDefault();
  go(url);
}

document.addEventListener("click", e => {
  const link = e.target.closest?.("a[href]");
  if (!link || link.target || e.defaultPrevented || e.ctrlKey || e.metaKey || e.shiftKey) return;
  follow(e, new URL(link.href));
});

document.addEventListener("submit", e => {
  if (e.defaultPrevented || e.target.method !== "get") return;
  follow(e, formAddress(e.target, e.submitter));
});

addEventListener("popstate", e => {
  if (pageOf(e.state) !== page) go(location, true);
});

// go shows the page of the wire at an address. hasEntry says that the history has its entry
// already.
let going = null; // the request that is under way
async function go(url, hasEntry = false) {
  going?.abort();
  clearTimeout(typing);
  const mine = going = new AbortController(), views = new URL(url).searchParams.getAll("view");
  main.ariaBusy = "true";
  try {
    const doc = await readWirePage(url, columns.map(c => c.name).filter(name => views.includes(name)), mine.signal);
    showPage(doc, url, hasEntry);
  } catch (e) {
    if (e.name === "AbortError") return;
    if (e.name === unreachable && lostSince) return say(e.message); // a page of the history is tried again
    if (hasEntry) location.reload(); else location.assign(url);
  } finally {
    if (mine === going) main.ariaBusy = null;
  }
}

function showPage(doc, url, hasEntry) {
  const pairs = sectionsOf(doc).map(section => [section, columns.find(c => isSameColumn(c, section))]);
  if (!pairs.length || pairs.some(([section, old]) => !old && !section.querySelector(".loaded"))) throw new Error("a column has no stories");
  if (!hasEntry) addEntry(url);
  page = pageOf(history.state);
  address = location.pathname + location.search;
  const place = columns.findIndex(c => c.section.contains(document.activeElement)), tops = new Map(columns.map(c => [c, c.list.top()]));
  replaceFrame(doc);
  const opened = isAlone || !isBoard(doc) ? replaceColumns(doc, pairs, tops) : rearrange(doc, pairs);
  const drawn = opened.every(c => c.adopt());
  focusLost(opened[0] || columns[place] || columns.at(-1));
  if (loading || mustLoad || !drawn) return load();
  if (hasEntry) for (const c of opened) c.scrollToTop(history.state?.tops?.[columns.indexOf(c)]);
  stream.connect(streamParameters);
  afterPaint(async () => {
    await marks.flush();
    for (const c of columns) if (!c.isCounted) c.count();
  });
}

const isSameColumn = (c, section) => c.name !== "" && c.name === section.dataset.view && c.query === section.querySelector(".wire").dataset.query;

// addEntry adds a page to the history, and to the entry of this one where its columns are.
function addEntry(url) {
  pane.leave();
  history.replaceState({ ...history.state, tops: columns.map(c => c.list.top()) }, "");
  history.scrollRestoration = "manual";
  history.pushState({ page: Date.now() }, "", url);
}

// replaceColumns replaces all columns: from the only one to several and back, the page has
// other elements. It returns those with other stories than before.
function replaceColumns(doc, pairs, tops) {
  isAlone = !isBoard(doc);
  replaceLists(doc);
  const old = columns;
  columns = pairs.map(([section, from]) => newColumn(section, from));
  for (const c of old) c.end();
  moveState(from => columns[pairs.findIndex(pair => pair[1] === from)]);
  scrollTo(0, 0);
  pairs.forEach(([, from], i) => { if (from) columns[i].show(tops.get(from)); });
  return columns.filter((c, i) => !pairs[i][1]);
}

// rearrange opens and closes columns beside others. It returns those that it opened.
function rearrange(doc, pairs) {
  const old = columns, drawn = doc.querySelectorAll("section.stream");
  columns = pairs.map(([section, same]) => same || newColumn(document.adoptNode(section)));
  pairs.forEach(([section, same]) => same?.moveTo(section));
  for (const c of columns) if (old.includes(c)) c.list.paintVisible(); // so that little changes its width
  for (const c of old) if (!columns.includes(c)) c.end();
  arrangeBoard(doc, [...drawn].map(section => columns[pairs.findIndex(pair => pair[0] === section)]?.section || section));
  moveState(c => columns.includes(c) ? c : undefined);
  for (const c of columns) if (old.includes(c)) c.list.fit();
  return columns.filter(c => !old.includes(c));
}

// moveState makes the column with the cursor the one that follows it. Without one there is no
// cursor.
function moveState(next) {
  const column = next(state.column);
  if (!column) [state.selected, state.around] = ["", []];
  state.column = column || columns[0];
}

// focusLost gives a column the focus, if nothing has it any more.
function focusLost(column) {
  if (column.box) column.section.scrollIntoView({ block: "nearest", inline: "nearest" });
  const focused = document.activeElement;
  if (focused && focused !== document.body && focused.checkVisibility()) return;
  (column.box || column.section).focus({ preventScroll: true });
}

// Orders, marks and mutes.

// starChanged shows a star that was set or removed, here or in another tab of this browser.
function starChanged(id, on) {
  state.read.stars[on ? "add" : "delete"](id);
  marks.repaint([id]);
  loadStarred();
}

const otherTabs = new BroadcastChannel("stars");
otherTabs.onmessage = ({ data: [id, on] }) => starChanged(id, on);

// loadStarred reads the columns again whose stories depend on stars.
async function loadStarred() {
  const starred = columns.filter(c => asksForStars.test(c.query));
  try {
    await Promise.all(starred.map(c => c.load()));
    if (starred.length) keepCursor();
    for (const c of starred) c.count();
  } catch (e) {
    if (e.name !== "AbortError") say(e.message);
  }
}
const asksForStars = /\bhas:"?(star|favou?rite)/i;

// star stars a story or removes its star, and reports whether that was done.
async function star(id, on = !state.read.stars.has(id)) {
  try {
    const done = await changeStar(on ? { star: id } : { unstar: id });
    starChanged(done.story, on);
    otherTabs.postMessage([done.story, on]);
    say(on ? t("Starred: it is kept for ever") : t("Star removed"));
    return true;
  } catch (e) {
    say(e.message);
    return false;
  }
}

const firstAttempt = 2000; // ms after which the first attempt to send a story has mostly ended
let ordered = null; // settles when the last order has its answer
async function order(wish) {
  const answer = giveOrder(wish);
  ordered = answer.catch(() => {});
  try {
    const done = await answer;
    state.decisions.push(done.decision);
    say(done.text + ". " + t("Undo (u)"));
    if (wish.verb === "send") setTimeout(refresh, firstAttempt);
    return true;
  } catch (e) {
    say(e.message);
    return false;
  }
}

// resend sends again what was given up, and reports whether that is under way.
async function resend(notice) {
  try {
    await changeNotice({ notice, do: "retry" });
    await refresh();
    setTimeout(refresh, firstAttempt);
    return true;
  } catch (e) {
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
    return say(state.marked ? t("Marked. Press m on another headline to merge the two, M to merge their events.") : "");
  }
  state.marked = "";
  const [, younger] = [state.story(marked), state.story(selected)].sort((a, b) => a?.seq - b?.seq);
  if (!await order({ verb: "merge", args: [marked, selected, ...what] })) return;
  for (const c of columns) {
    if (!what.length && younger) c.remove(younger.id);
    c.list.rebuild(marked);
  }
  goOn();
}

// undo takes the last decision off the list before it asks, so that a second u at once undoes
// the one before.
async function undo() {
  await ordered;
  const last = state.decisions.pop();
  if (!last) return say(t("Nothing left to undo on this page. Decisions has everything that was done."));
  try {
    const done = await giveOrder({ verb: "undo", args: [String(last)] });
    say(done.text + ".");
  } catch (e) {
    if (e.name === unreachable) state.decisions.push(last); // otherwise it can't be undone
    say(e.message);
  }
}

async function hide(id) {
  if (!await order({ verb: "hide", args: [id] })) return;
  for (const c of columns) c.remove(id);
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

// markAllRead marks what the filter of a column holds as read, or everything where there is
// no filter.
async function markAllRead(column = state.column) {
  if (state.read.readOnly) return;
  if (!column.query) return marks.markAll(column.seq);
  if (!column.unread.isKnown) await column.count(); // the filter has just changed
  if (!column.unread.isKnown) return say(t("Slugline does not answer. Try again when the page says that it is live."));
  await marks.markMany(column.unread.ids);
  if (column.unread.hasMore) say(t("The newest 1,000 were marked as read. There are more."));
}

document.addEventListener("submit", e => {
  if (e.target.getAttribute("action") !== "/api/seat") return;
  const form = new FormData(e.target, e.submitter), act = form.get("act");
  if (!["read", "readview", "mute", "unmute"].includes(act)) return; // the answer is a page
  e.preventDefault();
  if (act.startsWith("read")) return markAllRead(columns.find(c => c.section.contains(e.target)) || columns[0]);
  const time = form.get("for") ? { for: form.get("for") } : {};
  mute({ [act]: { kind: form.get("kind"), what: form.get("what"), ...time } }, act === "mute" ? t("Muted, for you only.") : t("Unmuted."));
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
  const details = lineOfSelected()?.querySelector("details");
  if (details) details.open = !details.open;
}

const shortcuts = {
  j: () => step(1), k: () => step(-1), n: selectNextUnread, t: () => goToTop(), "[": () => beside(-1), "]": () => beside(1),
  v: onSelected(id => pane.show(id)), Enter: onSelected(id => pane.show(id)), Escape: () => { if (!closeList()) pane.close(); },
  o: openAtOutlet, e: toggleOutlets, r: toggleRead, A: () => markAllRead(),
  "/": () => { byId("menu").open = true; box.focus(); }, "?": () => byId("help").showModal(), p: () => setPause(!state.paused),
  x: onSelected(id => mute({ mute: { kind: "event", what: id, for: "1d" } }, t("Event muted for a day, for you only. See Muted."))),
  c: onSelected(id => pane.claim(id, "claim")), C: onSelected(id => pane.claim(id, "claimevent")),
  f: onSelected(id => star(id)), a: onSelected(id => pane.claim(id, "assign")), y: onSelected(id => pane.copies(id)), ">": onSelected(id => pane.claim(id, "send")),
  h: onSelected(hide), P: pin, s: split,
  m: onSelected(() => merge()), M: onSelected(() => merge("event")), S: onSelected(id => order({ verb: "split", args: [id, "event"] })),
  u: undo,
};
for (let i = 1; i <= 5; i++) shortcuts[i] = () => goToColumn(columns[i - 1]);
listen(window, shortcuts, () => byId("help").open);

// Start.

addEventListener("unhandledrejection", e => say(t("Something went wrong: {}. Reload the page if it goes on.", String(e.reason?.message ?? e.reason))));
addEventListener("focus", refresh);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, 30000);
byId("pause").onclick = () => setPause(!state.paused);
byId("keys").onclick = () => byId("help").showModal();
for (const b of document.querySelectorAll("button[data-scripted]")) b.disabled = false;
byId("menu").open = false; // a browser may have kept it open
new ResizeObserver(([bar]) => document.body.style.setProperty("--bar", bar.borderBoxSize[0].blockSize + "px")).observe(document.querySelector(".bar"));
start();

function afterPaint(run) { requestAnimationFrame(() => setTimeout(run)); }

// start takes over what the server drew. It loads what the page lacks because its filter is
// wrong.
function start() {
  if (!columns.length) return;
  if (!columns.every(c => c.adopt())) return load();
  stream.connect(streamParameters);
  afterPaint(() => columns.forEach(c => c.count()));
}
