// What rings in the page: a sound, a browser's notification and a line that stays until
// somebody puts it away. However many tabs are open, one of them sounds.

const made = (tag, attributes = {}, ...inside) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) if (v !== undefined && v !== "") e.setAttribute(k, v);
  e.append(...inside);
  return e;
};

// A ringer is a way to ring of which one tab at most makes use: the one that holds the
// lock of its name. The others keep what rang in mind for a moment, in case that tab
// went away before it could.
class Ringer {
  constructor(name, ring) {
    this.name = name;
    this.ring = ring;
    this.on = this.holds = false;
    this.heard = new Map(); // when something rang, by its key
    this.open = new Map();  // what did not ring yet, by its key
    this.me = Math.random().toString(36).slice(2);
    this.channel = new BroadcastChannel("slugline-" + name);
    this.channel.onmessage = e => this.hear(e.data);
  }

  // join takes part until leave. Where the browser knows no locks, as over plain HTTP,
  // tabs agree as they go.
  join() {
    if (this.on) return;
    this.on = true;
    if (!navigator.locks) return;
    this.stop = new AbortController();
    navigator.locks.request("slugline-" + this.name, { signal: this.stop.signal }, () => {
      this.holds = true;
      for (const [key, what] of this.open) this.now(key, what);
      return new Promise(free => { this.free = free; });
    }).catch(e => { if (e.name !== "AbortError") throw e; });
  }

  leave() {
    this.on = this.holds = false;
    this.stop?.abort();
    this.free?.();
  }

  take(key, what) {
    if (!this.on || this.heard.has(key)) return;
    if (this.holds) return this.now(key, what);
    this.open.set(key, what);
    setTimeout(() => this.open.delete(key), 5000);
    if (!navigator.locks) this.agree(key, what);
  }

  now(key, what) {
    this.open.delete(key);
    if (this.heard.has(key)) return;
    this.hear({ key });
    this.channel.postMessage({ key });
    this.ring(what);
  }

  hear({ key, by }) {
    if (by) {
      if (this.open.has(key) && by < this.me) this.open.delete(key);
      return;
    }
    this.open.delete(key);
    this.heard.set(key, Date.now());
    if (this.heard.size > 500) this.heard.delete(this.heard.keys().next().value);
  }

  agree(key, what) {
    this.channel.postMessage({ key, by: this.me });
    setTimeout(() => { if (this.open.has(key)) this.now(key, what); }, 150);
  }
}

// The sound. What rings together sounds once.
let audio = null, rang = 0, last = -1000;
function play(what) {
  if (performance.now() - last < 1000) return;
  last = performance.now();
  const at = audio.currentTime + .02, tones = what.when === "breaking" ? [880, 660, 880, 660] : [660, 880];
  tones.forEach((pitch, i) => {
    const tone = new OscillatorNode(audio, { frequency: pitch, type: "triangle" }), loud = new GainNode(audio, { gain: 0 });
    loud.gain.setValueAtTime(0, at + i * .18);
    loud.gain.linearRampToValueAtTime(.25, at + i * .18 + .02);
    loud.gain.exponentialRampToValueAtTime(.001, at + i * .18 + .17);
    tone.connect(loud).connect(audio.destination);
    tone.start(at + i * .18);
    tone.stop(at + i * .18 + .18);
  });
  sound.dataset.rang = ++rang;
}

const remembered = name => { try { return localStorage.getItem(name); } catch { return null; } };
const remember = (name, on) => { try { localStorage.setItem(name, on ? "on" : "off"); } catch { /* then it is asked again */ } };

const sounds = new Ringer("sound", play), notes = new Ringer("notify", notify);
const sound = made("button", { type: "button", id: "sound", "aria-pressed": "false", title: "One tab sounds when an alert rings" }, "Sound on");
const note = made("button", { type: "button", id: "notify", "aria-pressed": "false", title: "The browser tells when an alert rings" }, "Notify");

function pressed(button, on) { button.setAttribute("aria-pressed", String(on)); }

async function soundOn() {
  audio ??= new AudioContext();
  await audio.resume();
  if (audio.state !== "running") return;
  sounds.join();
  pressed(sound, true);
}

sound.onclick = async () => {
  const on = !sounds.on;
  remember("slugline.sound", on);
  if (!on) {
    sounds.leave();
    return pressed(sound, false);
  }
  await soundOn();
  play({}); // that it can be heard
  sound.dataset.rang = rang = 0;
  last = -1000;
};

// A browser lets no page sound before somebody touched it.
if (remembered("slugline.sound") === "on") {
  const touched = e => {
    if (e.target === sound) return; // its own click decides
    removeEventListener("pointerdown", touched);
    removeEventListener("keydown", touched);
    if (remembered("slugline.sound") === "on") soundOn();
  };
  addEventListener("pointerdown", touched);
  addEventListener("keydown", touched);
}

// Notifications: the first few of what rings together.
let told = [];
function notify(what) {
  told = told.filter(t => Date.now() - t < 5000);
  if (told.push(Date.now()) > 3) return;
  const n = new Notification(what.headline, { body: what.alerts.join(", "), tag: what.key, lang: what.language || "", dir: what.dir || "auto" });
  n.onclick = () => { focus(); location.href = what.href; n.close(); };
  note.dataset.told = Number(note.dataset.told || 0) + 1;
}

note.onclick = async () => {
  const on = !notes.on && await Notification.requestPermission() === "granted";
  remember("slugline.notify", on);
  if (on) notes.join(); else notes.leave();
  pressed(note, on);
};

if ("Notification" in window && isSecureContext) {
  if (Notification.permission === "granted" && remembered("slugline.notify") === "on") {
    notes.join();
    pressed(note, true);
  }
} else {
  note.hidden = true;
}

document.querySelector(".tools")?.append(sound, note);

// The lines.
const shown = 4, lines = made("ol"), log = made("div", { id: "rang", "aria-label": "Alerts that rang", role: "log" }, lines);
log.hidden = true;
document.body.append(log);

function line(what) {
  const away = made("button", { type: "button" }, "Put away");
  const text = made("a", { href: what.href, dir: what.dir, lang: what.language }, what.headline);
  const item = made("li", { "data-when": what.when }, made("p", {}, made("b", {}, what.alerts.join(", "))), text, away);
  away.onclick = () => { item.remove(); log.hidden = !lines.children.length; };
  lines.prepend(item);
  while (lines.children.length > shown) lines.lastChild.remove();
  log.hidden = false;
}

const known = new Set();
function rings(what) {
  if (known.has(what.key)) return;
  known.add(what.key);
  line(what);
  sounds.take(what.key, what);
  notes.take(what.key, what);
}

// Stories ring in the stream.
addEventListener("arrived", e => {
  for (const s of e.detail) {
    if (!s.alerts?.length || s.backlog) continue;
    rings({ key: s.id + " " + s.alerts.join(","), when: s.breaking ? "breaking" : "story", alerts: s.alerts, headline: s.headline, language: s.language, dir: s.dir, href: "/stories/" + s.id });
  }
});

// Sources ring in no record: they are asked for.
const since = Date.now();
async function sources() {
  try {
    const r = await fetch("/api/alerts?when=quiet&when=problem&limit=20");
    if (!r.ok) return;
    for (const n of (await r.json()).notices.reverse()) {
      if (Date.parse(n.at) < since || n.state === "waiting" || n.state === "dropped") continue;
      rings({ key: n.source + " " + n.at, when: n.when, alerts: n.alerts, headline: n.headline, language: n.language, dir: n.dir, href: "/sources#s-" + n.source });
    }
  } catch { /* the stream says that the connection is lost */ }
}
setInterval(sources, 60000);
