// The wire, live. The page works without this script; with it headlines arrive as
// they are committed, and only what is seen is in the document.

const $ = id => document.getElementById(id);
const list = $("wire"), pane = $("pane"), box = $("q");
const zone = list.dataset.zone === "UTC" ? "UTC" : list.dataset.zone;
const topics = new Map(list.dataset.topics.split("\n").filter(Boolean).map(line => {
  const [name, title, shade] = line.split("\t");
  return [name, { title, shade }];
}));

const clockIn = options => new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
const minute = clockIn({ hour: "2-digit", minute: "2-digit" });
const day = clockIn({ day: "numeric", month: "short" });
const full = clockIn({ dateStyle: "medium", timeStyle: "long" });
const stamps = new Map(); // day and minute, by minute
function stamp(when) {
  const k = Math.floor(new Date(when) / 60000);
  if (stamps.size > 5000) stamps.clear();
  if (!stamps.has(k)) stamps.set(k, [day.format(k * 60000), minute.format(k * 60000)]);
  return stamps.get(k);
}
const clock = at => (day.format(at) === day.format(Date.now()) ? "" : day.format(at) + " ") + minute.format(at);

// The model: groups of stories, one for each event, the newest first.
let groups = [];
const groupOf = new Map(); // by event id
const placeOf = new Map(); // event id by story id
let before = list.dataset.before, seq = list.dataset.seq, query = box.value.trim();
let at = "", marked = "", lastDecision = 0;

// What this token's editor has read, the same in all browsers: the server keeps it.
let seat = { upto: 0, read: new Set(), again: new Set(), mutes: "[]", reads: false };
const unread = s => s.seq <= seat.upto ? seat.again.has(s.id) : !seat.read.has(s.id);

const newest = g => g.stories[0].first;
const byAge = (a, b) => (newest(a) < newest(b) ? 1 : newest(a) > newest(b) ? -1 : a.id < b.id ? 1 : -1);

function drop(id) {
  const g = groupOf.get(placeOf.get(id));
  placeOf.delete(id);
  if (!g) return;
  g.stories = g.stories.filter(s => s.id !== id);
  g.node = null;
  if (!g.stories.length) {
    groupOf.delete(g.id);
    groups.splice(groups.indexOf(g), 1);
  }
}

// put takes a story as the server tells it: new, changed, or to be seen no more.
// It says whether it is one that was not there.
function put(s, fresh) {
  const known = placeOf.has(s.id);
  if (s.into || s.out || (s.hidden || []).includes("*")) {
    drop(s.id);
    return false;
  }
  if (known && placeOf.get(s.id) !== s.event) drop(s.id);
  let g = groupOf.get(s.event);
  if (!g) {
    g = { id: s.event, stories: [], height: 0, node: null };
    groupOf.set(g.id, g);
  } else {
    groups.splice(groups.indexOf(g), 1);
  }
  const had = g.stories.find(o => o.id === s.id);
  s.fresh = fresh && !known;
  s.was = had && had.headline !== s.headline ? had.headline : had?.was;
  if (had && had.headline !== s.headline) mark([s.id], false);
  g.breaking = s.breaking || g.breaking;
  g.surge = s.surge || g.surge;
  g.claim = s.event_claim;
  g.stories = [s, ...g.stories.filter(o => o.id !== s.id)].sort((a, b) => (a.first < b.first ? 1 : a.first > b.first ? -1 : a.id < b.id ? 1 : -1));
  g.node = null;
  placeOf.set(s.id, g.id);
  let low = 0, high = groups.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (byAge(groups[mid], g) < 0) low = mid + 1; else high = mid;
  }
  groups.splice(low, 0, g);
  return !known;
}

const made = (tag, attributes = {}, ...inside) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) if (v !== undefined && v !== "") e.setAttribute(k, v);
  e.append(...inside.filter(x => x !== ""));
  return e;
};
const off = text => made("span", { class: "off" }, text);
const timed = (when, ...text) => made("time", { datetime: when }, ...(text.length ? text : [clock(new Date(when))]));
const dated = when => {
  const [d, m] = stamp(when);
  return d === stamp(Date.now())[0] ? timed(when, m) : timed(when, made("span", { class: "date" }, d), " ", m);
};
list.addEventListener("pointerover", e => { // writing times is slow, and few are pointed at
  const time = e.target.closest?.("time");
  if (time && !time.title) time.title = full.format(new Date(time.dateTime));
});

const opened = new Set(); // stories whose outlets are shown

function outlets(s) {
  if (s.outlets.length < 2) return made("span", { class: "outlets", title: "one outlet" }, "1", off(" outlet"));
  const first = Math.min(...s.outlets.map(o => Date.parse(o.at)));
  const lines = s.outlets.map(o => {
    const late = Math.floor((Date.parse(o.at) - first) / 60000);
    return made("li", {}, made("bdi", {}, o.title), " ", late > 0 && late < 600 ? timed(o.at, "+" + late) : timed(o.at));
  });
  const list = made("details", { class: "outlets", open: opened.has(s.id) ? "open" : undefined },
    made("summary", { title: s.voices + " outlets: who has it, and since when" }, String(s.voices), off(" outlets")), made("ol", {}, ...lines));
  list.addEventListener("toggle", () => {
    if (list.open) opened.add(s.id); else opened.delete(s.id);
  });
  return list;
}

const claimed = c => made("span", { class: "claim" }, "claimed by ", made("bdi", {}, c.who), ...(c.note ? [": ", made("bdi", {}, c.note)] : []));

function lineOf(s) {
  const by = made("p", { class: "by" }, unread(s) ? off("unread") : "", s.killed ? made("b", {}, "withdrawn") : "");
  if (s.was) by.append(made("b", { title: s.was }, "headline changed"));
  if (s.claim) by.append(claimed(s.claim));
  by.append(s.link ? made("a", { class: "of", href: s.link, rel: "noopener noreferrer", target: "_blank", title: "open it at the outlet" }, made("bdi", {}, s.title)) : made("bdi", { class: "of" }, s.title));
  const tags = made("span", { class: "tags" });
  for (const name of s.topics) {
    const t = topics.get(name) || { title: name, shade: 0 };
    tags.append(made("span", { class: "tag t" + t.shade }, made("bdi", {}, t.title)), " ");
  }
  tags.title = s.topics.map(name => topics.get(name)?.title || name).join(", ");
  by.append(tags);
  const line = made("article", { class: "story", id: "s-" + s.id }, dated(s.first), outlets(s),
    made("div", {}, made("h2", { dir: s.dir, lang: s.language }, made("a", { href: "/stories/" + s.id }, s.headline)), by));
  const is = { unread: unread(s), killed: s.killed, rtl: s.dir === "rtl", fresh: s.fresh, at: s.id === at, marked: s.id === marked };
  for (const [k, v] of Object.entries(is)) if (v) line.dataset[k] = "";
  s.fresh = false;
  return line;
}

const shown = 4; // stories of an event before "more"
const hot = 2 * 3600e3; // how long an event is called breaking
const span = n => n < 60 ? n + " seconds" : n < 120 ? "a minute" : n < 3600 ? Math.floor(n / 60) + " minutes" : "an hour";

function nodeOf(g) {
  if (g.node) return g.node;
  const few = g.open ? g.stories : g.stories.slice(0, shown);
  const breaks = g.breaking && Date.now() - Date.parse(g.breaking) < hot;
  g.node = made("li", { class: "event", id: "e-" + g.id });
  if (breaks) g.node.dataset.breaking = "";
  if (breaks || g.claim) {
    g.node.append(made("p", { class: "alarm" }, breaks ? made("b", {}, "breaking") : "",
      breaks && g.surge ? `${g.surge.voices} outlets within ${span(g.surge.seconds)} ` : "", g.claim ? claimed(g.claim) : ""));
  }
  g.node.append(...few.map(lineOf));
  if (few.length < g.stories.length) {
    const more = made("button", { type: "button" }, `${g.stories.length - few.length} more of this event`);
    more.onclick = () => { g.open = true; g.node = null; paint(); };
    g.node.append(more);
  }
  g.height = 0;
  return g.node;
}

// remake builds the line of a story anew when it is next seen.
function remake(id) {
  const g = groupOf.get(placeOf.get(id));
  if (g) g.node = null;
}

const guess = 34; // px of a group that was never seen

// place gives each group its y and returns those that are near the window, and where
// the list ends.
function place(top, bottom) {
  let y = 0;
  const near = [];
  for (const g of groups) {
    const h = g.height || g.last || guess;
    g.y = y;
    if (y + h >= top && y <= bottom) near.push(g);
    y += h;
  }
  return [near, y];
}

// paint puts into the document what can be seen. Lines are placed by transforms: what
// arrives moves others without a new layout, and the list is as long as all of it.
function paint() {
  if (!groups.length) {
    list.classList.remove("placed");
    list.style.height = "";
    list.replaceChildren(made("li", { class: "nothing" }, query ? "No story satisfies this filter. " : "No news yet.",
      query ? made("a", { href: "/search?" + new URLSearchParams({ q: query }) }, "Search all that is kept") : ""));
    return count();
  }
  list.classList.add("placed");
  const from = -list.getBoundingClientRect().top, focused = list.contains(document.activeElement);
  const [near] = place(from - 800, from + innerHeight + 1200);
  const anchor = near.find(g => g.y + (g.height || guess) > from), stood = anchor?.y;
  const want = near.map(nodeOf);
  const keep = new Set(want);
  for (const child of [...list.children]) if (!keep.has(child)) child.remove();
  want.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] || null); });
  for (const g of near) if (!g.height) g.last = g.height = g.node.offsetHeight;
  const [, end] = place(0, 0);
  for (const g of near) g.node.style.transform = `translateY(${g.y}px)`;
  list.style.height = end + "px";
  if (anchor && from > 0 && anchor.y !== stood) scrollBy(0, anchor.y - stood);
  if (focused && !list.contains(document.activeElement)) $("s-" + at)?.querySelector("h2 a")?.focus({ preventScroll: true });
  if (near.at(-1) && groups.indexOf(near.at(-1)) > groups.length - 20) older();
  count();
}

// count says how much is unread of what the page has.
function count() {
  const here = $("unread");
  if (!here) return;
  let n = 0;
  for (const g of groups) for (const s of g.stories) if (unread(s)) n++;
  here.textContent = (n > 999 ? "999+" : n) + " unread";
}

let painting = false;
function paintSoon() {
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => { painting = false; paint(); });
}

// What arrives while somebody reads waits: below the top, or with a hand on the mouse
// over the list.
let paused = false, queue = [], hand = 0;
const steady = 1200; // ms for which a mouse that moved holds the list
const reading = () => paused || scrollY > 120 || Date.now() - hand < steady;
list.addEventListener("pointermove", e => {
  if (e.pointerType !== "mouse") return;
  hand = Date.now();
  clearTimeout(list.timer);
  list.timer = setTimeout(() => { if (!reading() && queue.length) release(); }, steady + 20);
});
list.addEventListener("pointerleave", () => { hand = 0; if (!reading() && queue.length) release(); });

function arrive(stories) {
  if (reading()) {
    queue.push(...stories);
    wait();
    return;
  }
  for (const s of stories) put(s, !s.backlog);
  paintSoon();
}

function wait() {
  const n = new Set(queue.filter(s => !placeOf.has(s.id) && !s.out && !s.into).map(s => s.id)).size;
  $("waiting").hidden = n === 0;
  $("waiting").textContent = `${n} new ${n === 1 ? "headline" : "headlines"}`;
  document.title = document.title.replace(/^(\(\d+\) )?/, n ? `(${n}) ` : "");
}

function release() {
  for (const s of queue) put(s, !s.backlog);
  queue = [];
  wait();
  paintSoon();
}

function toTop() {
  hand = 0;
  setPause(false);
  scrollTo(0, 0);
  release();
}

function setPause(on) {
  paused = on;
  $("pause").setAttribute("aria-pressed", String(on));
  $("pause").textContent = on ? "Go on" : "Pause";
  if ($("state").className === "on") state("on", on ? "paused" : "live");
  if (!reading()) release();
}

// The stream.
let source = null, since = null, stale = false;
function connect() {
  source?.close();
  source = new EventSource("/live?" + new URLSearchParams({ after: seq, q: query }));
  source.onopen = () => {
    state("on", paused ? "paused" : "live");
    if (stale) load();
    else if (since) lookAround();
    since = null;
  };
  source.onerror = () => {
    since ??= clock(new Date());
    state("lost", `reconnecting since ${since}`);
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  };
  source.onmessage = e => {
    seq = e.lastEventId;
    const stories = e.data.split("\n").map(line => JSON.parse(line));
    dispatchEvent(new CustomEvent("arrived", { detail: stories })); // bell.js listens
    arrive(stories);
  };
  source.addEventListener("gap", () => load());
}

function state(kind, text) {
  $("state").className = kind;
  $("state").textContent = text;
}

// load reads the wire anew, as after a change of the filter.
let loading = null;
async function load() {
  loading?.abort();
  loading = new AbortController();
  try {
    const [got] = await Promise.all([ask("/api/wire?" + new URLSearchParams({ q: query }), { signal: loading.signal }), readSeat()]);
    groups = [];
    groupOf.clear();
    placeOf.clear();
    queue = [];
    wait();
    take(got);
    seq = String(got.seq);
    stale = false;
    $("wrong").textContent = "";
    paint();
    connect();
  } catch (e) {
    if (e.name === "AbortError") return;
    stale = e.name === unreachable; // what was asked for is loaded when the stream is there again
    $("wrong").textContent = e.message;
  }
}

function take(wire) {
  for (const e of wire.events) for (const s of e.stories) put({ ...s, breaking: s.breaking || e.breaking }, false);
  before = wire.before || "";
}

// The seat.
async function readSeat() {
  if (dirty.size) await writeMarks();
  const got = await ask("/api/seat"), was = seat;
  seat = { upto: got.upto, read: new Set(got.read), again: new Set(got.again), mutes: JSON.stringify(got.mutes), reads: got.reads };
  const same = was.upto === seat.upto && was.read.size === seat.read.size && was.again.size === seat.again.size && [...seat.read].every(id => was.read.has(id));
  if (same) return was.mutes !== seat.mutes;
  for (const g of groups) g.node = null;
  paintSoon();
  return was.mutes !== seat.mutes;
}

const dirty = new Map(); // story ids that were marked, and how, before the server knows
let writing = 0;

function mark(ids, read) {
  for (const id of ids) {
    const s = story(id);
    if (!s || unread(s) !== read) continue;
    if (s.seq <= seat.upto) seat.again[read ? "delete" : "add"](id); else seat.read[read ? "add" : "delete"](id);
    if (!seat.reads) dirty.set(id, read);
    remake(id);
  }
  clearTimeout(writing);
  if (dirty.size) writing = setTimeout(writeMarks, 600);
  paintSoon();
}

async function writeMarks() {
  clearTimeout(writing);
  const of = read => [...dirty].filter(([, r]) => r === read).map(([id]) => id);
  const wish = { read: of(true), unread: of(false) };
  dirty.clear();
  try {
    await sit(wish);
  } catch (e) {
    say(e.message);
  }
}

const sit = wish => ask("/api/seat", { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) });

async function allRead() {
  if (seat.reads) return;
  try {
    dirty.clear();
    await sit({ upto: Number(seq) });
    await readSeat();
  } catch (e) {
    say(e.message);
  }
}

// mute changes what is muted and reads the wire anew.
async function mute(wish, what) {
  try {
    await sit(wish);
    const text = await (await fetch(location.href)).text();
    const list = new DOMParser().parseFromString(text, "text/html").getElementById("muted");
    if (list) $("muted").replaceChildren(...list.children);
    await load();
    say(what);
  } catch (e) {
    say(e.message);
  }
}

document.addEventListener("submit", e => {
  const f = new FormData(e.target);
  if (e.target.getAttribute("action") !== "/api/seat") return;
  e.preventDefault();
  if (f.get("act") === "read") return allRead();
  mute({ [f.get("act")]: { kind: f.get("kind"), what: f.get("what"), ...(f.get("for") ? { for: f.get("for") } : {}) } }, f.get("act") === "mute" ? "Muted, for you alone." : "To be seen again.");
});

// Other browsers of this token may have read or muted meanwhile, and feeds.yaml, the
// disk or sources may be in trouble.
async function lookAround() {
  if (document.hidden) return;
  try {
    const [muted, now] = [await readSeat(), await ask("/api/status")];
    if (muted) load();
    for (const [id, wrong] of [["refused", now.refused], ["trouble", now.trouble]]) {
      $(id).hidden = !wrong;
      if (wrong) $(id).querySelector("pre").textContent = wrong;
    }
    $("troubled").hidden = !now.troubled;
    $("troubled").querySelector("b").textContent = now.troubled;
  } catch { /* the stream says that the connection is lost */ }
}

let fetching = false;
async function older() {
  if (!before || fetching) return;
  fetching = true;
  const asked = query;
  try {
    const got = await ask("/api/wire?" + new URLSearchParams({ q: query, before }));
    if (asked === query) take(got);
    paintSoon();
  } catch (e) {
    say(e.message);
    before = "";
  } finally {
    fetching = false;
  }
}

const unreachable = "Unreachable";
async function ask(url, options) {
  const r = await fetch(url, options).catch(e => {
    if (e.name === "AbortError") throw e;
    throw Object.assign(new Error("Slugline does not answer."), { name: unreachable });
  });
  const got = await r.json().catch(() => ({ error: r.statusText }));
  if (!r.ok) throw new Error(got.error);
  return got;
}

// The filter.
let typing = 0;
function filter() {
  if (box.value.trim() === query) return;
  query = box.value.trim();
  history.replaceState(null, "", query ? "/?" + new URLSearchParams({ q: query }) : "/");
  scrollTo(0, 0);
  load();
}
box.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(filter, 250);
});
box.form.addEventListener("submit", e => {
  e.preventDefault();
  clearTimeout(typing);
  filter();
});

// What was picked.
const stories = () => groups.flatMap(g => g.open ? g.stories : g.stories.slice(0, shown));
const story = id => groupOf.get(placeOf.get(id))?.stories.find(s => s.id === id);

function go(to) {
  if (!to) return;
  remake(at);
  at = to;
  remake(at);
  mark([at], true);
  place(0, 0);
  const y = groupOf.get(placeOf.get(at))?.y || 0;
  const where = list.getBoundingClientRect().top + scrollY + y;
  if (where < scrollY + 80 || where > scrollY + innerHeight - 120) scrollTo(0, where - innerHeight / 3);
  paint();
  $("s-" + at)?.querySelector("h2 a")?.focus({ preventScroll: true });
}

function step(n) {
  const all = stories(), i = all.findIndex(s => s.id === at);
  go(all[i < 0 ? 0 : Math.max(0, Math.min(all.length - 1, i + n))]?.id);
}

function nextUnread() {
  const all = stories(), i = all.findIndex(s => s.id === at);
  go([...all.slice(i + 1), ...all.slice(0, i + 1)].find(unread)?.id);
}

async function view(id) {
  mark([id], true);
  const r = await fetch(`/stories/${id}?part`);
  if (!r.ok) return say("This story can't be shown.");
  const doc = new DOMParser().parseFromString(await r.text(), "text/html");
  const close = made("button", { type: "button", class: "close" }, "Close");
  close.onclick = shut;
  pane.replaceChildren(close, ...doc.body.children);
  pane.hidden = false;
  pane.scrollTop = 0;
  pane.querySelector("h1")?.replaceWith(retitled(pane.querySelector("h1")));
  pane.focus();
}

// retitled makes a page's h1 the pane's h2: the page has its own.
function retitled(h1) {
  const h2 = made("h2", { dir: h1.getAttribute("dir"), lang: h1.getAttribute("lang") || undefined, class: "headline" }, ...h1.childNodes);
  return h2;
}

function shut() {
  pane.hidden = true;
  pane.replaceChildren();
  $("s-" + at)?.querySelector("h2 a")?.focus({ preventScroll: true });
}

// Orders.
async function order(wish) {
  try {
    const done = await ask("/api/orders", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) });
    lastDecision = wish.verb === "undo" ? 0 : done.decision;
    say(`${done.text}.${lastDecision ? " u undoes it." : ""}`);
    return true;
  } catch (e) {
    say(e.message);
    return false;
  }
}

pane.addEventListener("submit", async e => {
  if (e.target.getAttribute("action") !== "/api/orders") return;
  e.preventDefault();
  const f = new FormData(e.target);
  const wish = { verb: f.get("verb"), args: f.getAll("args") };
  for (const k of ["why", "for"]) if (f.get(k)) wish[k] = f.get(k);
  const id = pane.querySelector("[data-story]").dataset.story;
  if (await order(wish)) view(id);
});

pane.addEventListener("click", e => {
  const a = e.target.closest(".others a");
  if (!a || e.metaKey || e.ctrlKey) return;
  e.preventDefault();
  view(a.pathname.split("/").pop());
});

list.addEventListener("click", e => {
  const a = e.target.closest("h2 a");
  if (!a || e.metaKey || e.ctrlKey || e.shiftKey) return;
  e.preventDefault();
  go(a.pathname.split("/").pop());
  view(at);
});

function merge() {
  if (!marked || marked === at) {
    marked = marked === at ? "" : at;
    go(at);
    return say(marked ? "Marked. m on another headline merges the two." : "");
  }
  const pair = [marked, at];
  marked = "";
  order({ verb: "merge", args: pair });
}

// claim shows the form of a story's claim, or its event's, ready to type a note.
async function claim(which) {
  if (!at) return;
  await view(at);
  pane.querySelector(`#${which} .note, #${which} button`)?.focus();
}

function say(text) {
  $("said").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { $("said").textContent = ""; }, 8000);
}

const keys = {
  j: () => step(1), k: () => step(-1), ArrowDown: null, ArrowUp: null,
  v: () => at && view(at), Enter: () => at && view(at),
  o: () => { const s = story(at); if (s?.link) open(s.link, "_blank", "noopener,noreferrer"); },
  "/": () => box.focus(), "?": () => $("help").showModal(),
  p: () => setPause(!paused), t: toTop, Escape: shut,
  n: nextUnread, A: allRead,
  r: () => { const s = story(at); if (s) mark([at], unread(s)); },
  e: () => { const d = $("s-" + at)?.querySelector("details"); if (d) d.open = !d.open; },
  x: () => at && mute({ mute: { kind: "event", what: at, for: "1d" } }, "Its event is muted for a day, for you alone. See Muted."),
  c: () => claim("claim"), C: () => claim("claimevent"),
  h: () => at && order({ verb: "hide", args: [at] }),
  m: () => at && merge(),
  P: () => { const s = story(at); if (s?.topics[0]) order({ verb: "pin", args: [at, s.topics[0]], for: "6h" }); },
  s: () => { const s = story(at); if (s?.outlets.length > 1) order({ verb: "split", args: [s.outlets.at(-1).entry] }); },
  u: () => lastDecision && order({ verb: "undo", args: [String(lastDecision)] }),
};

addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("help").open) return;
  if (e.target.closest("input, select, textarea")) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  if ((e.key === "Enter" || e.key === " ") && e.target.closest("button, summary, a:not(.wire h2 a)")) return;
  const act = keys[e.key];
  if (!act) return;
  e.preventDefault();
  act();
});

addEventListener("scroll", () => {
  if (!reading() && queue.length) release();
  paintSoon();
}, { passive: true });
addEventListener("resize", paintSoon);
let wide = 0;
new ResizeObserver(([box]) => { // another width makes other heights
  if (box.contentRect.width === wide) return;
  wide = box.contentRect.width;
  for (const g of groups) g.height = 0;
  paintSoon();
}).observe(list);
addEventListener("focus", lookAround);
document.addEventListener("visibilitychange", lookAround);
addEventListener("pagehide", () => { if (dirty.size) writeMarks(); });
setInterval(lookAround, 30000);
$("waiting").onclick = toTop;
$("pause").onclick = () => setPause(!paused);
$("keys").onclick = () => $("help").showModal();
$("pause").hidden = $("keys").hidden = false;
document.querySelector(".older")?.remove();
new ResizeObserver(([bar]) => document.body.style.setProperty("--bar", bar.borderBoxSize[0].blockSize + "px")).observe(document.querySelector(".bar"));
load();
