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
const clock = at => (day.format(at) === day.format(Date.now()) ? "" : day.format(at) + " ") + minute.format(at);

// The model: groups of stories, one for each event, the newest first.
let groups = [];
const groupOf = new Map(); // by event id
const placeOf = new Map(); // event id by story id
let before = list.dataset.before, seq = list.dataset.seq, query = box.value.trim();
let at = "", marked = "", lastDecision = 0;

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
  s.fresh = fresh && !known;
  g.breaking = s.breaking || g.breaking;
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
const timed = (when, text = clock(new Date(when))) => made("time", { datetime: when, title: full.format(new Date(when)) }, text);

function outlets(s) {
  if (s.outlets.length < 2) return made("span", { class: "outlets one", title: "one outlet" }, "1", off(" outlet"));
  const first = Math.min(...s.outlets.map(o => Date.parse(o.at)));
  const lines = s.outlets.map(o => {
    const late = Math.floor((Date.parse(o.at) - first) / 60000);
    return made("li", {}, made("bdi", {}, o.title), " ", timed(o.at, late > 0 && late < 600 ? "+" + late : undefined));
  });
  return made("details", { class: "outlets" },
    made("summary", { title: s.voices + " outlets: who has it, and since when" }, String(s.voices), off(" outlets")), made("ol", {}, ...lines));
}

function lineOf(s) {
  const by = made("p", { class: "by" }, s.killed ? made("b", {}, "withdrawn") : "", made("bdi", {}, s.title));
  if (s.claim) by.append(made("span", { class: "claim" }, "claimed by ", made("bdi", {}, s.claim.who), s.claim.note ? ": " + s.claim.note : ""));
  for (const name of s.topics) {
    const t = topics.get(name) || { title: name, shade: 0 };
    by.append(made("span", { class: "tag t" + t.shade }, made("bdi", {}, t.title)));
  }
  if (s.link) by.append(made("a", { href: s.link, rel: "noopener noreferrer", target: "_blank" }, "open", off(" at the outlet")));
  const classes = ["story", s.fresh && "fresh", s.id === at && "at", s.id === marked && "marked"];
  s.fresh = false;
  return made("article", { class: classes.filter(Boolean).join(" "), "data-killed": s.killed && "yes", id: "s-" + s.id }, timed(s.first), outlets(s),
    made("div", { dir: s.dir }, made("h2", { dir: s.dir, lang: s.language }, made("a", { href: "/stories/" + s.id }, s.headline)), by));
}

const shown = 4; // stories of an event before "more"
function nodeOf(g) {
  if (g.node) return g.node;
  const few = g.open ? g.stories : g.stories.slice(0, shown);
  g.node = made("li", { class: "event", "data-breaking": g.breaking && "yes", id: "e-" + g.id }, g.breaking ? made("p", { class: "alarm" }, "breaking") : "", ...few.map(lineOf));
  if (few.length < g.stories.length) {
    const more = made("button", { type: "button" }, `${g.stories.length - few.length} more of this event`);
    more.onclick = () => { g.open = true; g.node = null; paint(); };
    g.node.append(more);
  }
  return g.node;
}

const guess = 62; // px of a group that was never seen
const above = made("li", { class: "gap", "aria-hidden": "true" }), below = above.cloneNode();

// paint puts into the document what can be seen, and room for the rest.
function paint() {
  if (!groups.length) {
    list.replaceChildren(made("li", { class: "nothing" }, query ? "No story satisfies this filter." : "No news yet."));
    return;
  }
  const top = -list.getBoundingClientRect().top - 800, bottom = top + innerHeight + 1600;
  let y = 0, from = 0, to = 0, head = 0, all = 0;
  groups.forEach((g, i) => {
    const h = g.height || guess;
    if (y + h < top) { from = i + 1; head = y + h; }
    if (y < bottom) to = i + 1;
    y += h;
  });
  all = y;
  from = Math.min(from, groups.length - 1);
  to = Math.max(to, from + 1);
  const seen = groups.slice(from, to), want = [above, ...seen.map(nodeOf), below];
  want.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] || null); });
  while (list.children.length > want.length) list.lastChild.remove();
  let body = 0;
  for (const g of seen) { g.height = g.node.offsetHeight || guess; body += g.height; }
  above.style.height = head + "px";
  let rest = 0;
  for (let i = to; i < groups.length; i++) rest += groups[i].height || guess;
  below.style.height = rest + "px";
  if (to > groups.length - 20) older();
}

let painting = false;
function paintSoon() {
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => { painting = false; paint(); });
}

// What arrives while somebody reads waits.
let paused = false, queue = [];
const reading = () => paused || scrollY > 120;

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
  setPause(false);
  scrollTo(0, 0);
  release();
}

function setPause(on) {
  paused = on;
  $("pause").setAttribute("aria-pressed", String(on));
  $("pause").textContent = on ? "Go on" : "Pause";
  if (!reading()) release();
}

// The stream.
let source = null;
function connect() {
  source?.close();
  source = new EventSource("/live?" + new URLSearchParams({ after: seq, q: query }));
  source.onopen = () => state("on", "live");
  source.onerror = () => {
    state("lost", "connection lost, trying again");
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
    const got = await ask("/api/wire?" + new URLSearchParams({ q: query }), { signal: loading.signal });
    groups = [];
    groupOf.clear();
    placeOf.clear();
    queue = [];
    wait();
    take(got);
    seq = String(got.seq);
    $("wrong").textContent = "";
    paint();
    connect();
  } catch (e) {
    if (e.name !== "AbortError") $("wrong").textContent = e.message;
  }
}

function take(wire) {
  for (const e of wire.events) for (const s of e.stories) put({ ...s, breaking: s.breaking || e.breaking }, false);
  before = wire.before || "";
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

async function ask(url, options) {
  const r = await fetch(url, options);
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
  const was = at;
  at = to;
  for (const id of [was, at]) {
    const g = groupOf.get(placeOf.get(id));
    if (g) g.node = null;
  }
  const y = groups.slice(0, groups.indexOf(groupOf.get(placeOf.get(at)))).reduce((sum, g) => sum + (g.height || guess), 0);
  const where = list.getBoundingClientRect().top + scrollY + y;
  if (where < scrollY + 80 || where > scrollY + innerHeight - 120) scrollTo(0, where - innerHeight / 3);
  paint();
  $("s-" + at)?.querySelector("h2 a")?.focus({ preventScroll: true });
}

function step(n) {
  const all = stories(), i = all.findIndex(s => s.id === at);
  go(all[i < 0 ? 0 : Math.max(0, Math.min(all.length - 1, i + n))]?.id);
}

async function view(id) {
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
  c: async () => { if (at) { await view(at); pane.querySelector(".note, [value=release] ~ button")?.focus(); } },
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
  if (e.key === "Enter" && e.target.closest("button, summary, a:not(.wire h2 a)")) return;
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
$("waiting").onclick = toTop;
$("pause").onclick = () => setPause(!paused);
$("keys").onclick = () => $("help").showModal();
$("pause").hidden = $("keys").hidden = false;
document.querySelector(".older")?.remove();
new ResizeObserver(([bar]) => document.body.style.setProperty("--bar", bar.borderBoxSize[0].blockSize + "px")).observe(document.querySelector(".bar"));
load();
