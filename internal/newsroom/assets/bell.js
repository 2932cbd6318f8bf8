// Alerts in the page: a sound, a browser notification, and a line that stays until it is
// dismissed. However many tabs are open, only one of them plays the sound and shows the
// notification.

import { send } from "./wire/api.js";
import { made } from "./wire/dom.js";
import { t } from "./wire/text.js";

const agreeWithin = 150; // ms for tabs to agree who rings, where there are no locks
const retryWithin = 5000; // ms for which a tab is ready to ring instead of one that closes

// Ringer rings in one of the tabs that use it: in the one that holds the lock of its name.
// The other tabs remember an alert for a while, in case that tab closes before it rings.
class Ringer {
  constructor(name, ring) {
    this.name = name;
    this.ring = ring;
    this.on = this.holds = false;
    this.rang = new Map(); // when an alert rang in any tab, by key
    this.pending = new Map(); // alerts that did not ring yet, by key
    this.id = Math.random().toString(36).slice(2);
    this.channel = new BroadcastChannel("slugline-" + name);
    this.channel.onmessage = e => this.receive(e.data);
  }

  // start lets this tab ring, until stop. Over plain HTTP browsers have no locks; there the
  // tabs agree on each alert.
  start() {
    if (this.on) return;
    this.on = true;
    if (!navigator.locks) return;
    this.abort = new AbortController();
    navigator.locks.request("slugline-" + this.name, { signal: this.abort.signal }, () => {
      this.holds = true;
      for (const [key, alert] of this.pending) this.ringNow(key, alert);
      return new Promise(unlock => { this.unlock = unlock; });
    }).catch(e => { if (e.name !== "AbortError") throw e; });
  }

  stop() {
    this.on = this.holds = false;
    this.abort?.abort();
    this.unlock?.();
  }

  add(key, alert) {
    if (!this.on || this.rang.has(key)) return;
    if (this.holds) return this.ringNow(key, alert);
    this.pending.set(key, alert);
    setTimeout(() => this.pending.delete(key), retryWithin);
    if (!navigator.locks) this.agree(key, alert);
  }

  ringNow(key, alert) {
    this.pending.delete(key);
    if (this.rang.has(key)) return;
    this.receive({ key });
    this.channel.postMessage({ key });
    this.ring(alert);
  }

  // receive learns that an alert rang, or that the tab with the id by offers to ring it.
  receive({ key, by }) {
    if (by) {
      if (this.pending.has(key) && by < this.id) this.pending.delete(key);
      return;
    }
    this.pending.delete(key);
    this.rang.set(key, Date.now());
    if (this.rang.size > 500) this.rang.delete(this.rang.keys().next().value);
  }

  // agree offers to ring. Of the tabs that offer, the one with the smallest id rings.
  agree(key, alert) {
    this.channel.postMessage({ key, by: this.id });
    setTimeout(() => { if (this.pending.has(key)) this.ringNow(key, alert); }, agreeWithin);
  }
}

// The sound. Alerts within a second have one sound.
let audio = null, rang = 0, last = -1000;
function play(alert) {
  if (performance.now() - last < 1000) return;
  last = performance.now();
  const at = audio.currentTime + .02, tones = alert.when === "breaking" ? [880, 660, 880, 660] : [660, 880];
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
const remember = (name, on) => { try { localStorage.setItem(name, on ? "on" : "off"); } catch { /* without storage the setting lasts as long as the page */ } };

const sounds = new Ringer("sound", play), notes = new Ringer("notify", notify);
const sound = document.getElementById("sound"), note = document.getElementById("notify");

// show shows whether a button is on: to the eye by its text, to others by aria-pressed.
function show(button, on) {
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("span").textContent = on ? t("on|a switch") : t("off|a switch");
}

const showSound = on => show(sound, on), showNote = on => show(note, on);
showSound(false);
showNote(false);

async function soundOn() {
  audio ??= new AudioContext();
  await audio.resume();
  if (audio.state !== "running") return;
  sounds.start();
  showSound(true);
}

sound.onclick = async () => {
  const on = !sounds.on;
  remember("slugline.sound", on);
  if (!on) {
    sounds.stop();
    return showSound(false);
  }
  await soundOn();
  play({}); // lets the user hear the sound
  sound.dataset.rang = rang = 0;
  last = -1000;
};

// Browsers play no sound before the first click or key in the page.
if (remembered("slugline.sound") === "on") {
  const first = e => {
    if (e.target === sound) return; // onclick handles it
    removeEventListener("pointerdown", first);
    removeEventListener("keydown", first);
    if (remembered("slugline.sound") === "on") soundOn();
  };
  addEventListener("pointerdown", first);
  addEventListener("keydown", first);
}

// Notifications: at most three in five seconds.
let notified = [];
function notify(alert) {
  notified = notified.filter(t => Date.now() - t < 5000);
  if (notified.push(Date.now()) > 3) return;
  const n = new Notification(alert.headline, { body: alert.alerts.join(", "), tag: alert.key, lang: alert.language || "", dir: alert.dir || "auto" });
  n.onclick = () => { focus(); location.href = alert.href; n.close(); };
  note.dataset.shown = Number(note.dataset.shown || 0) + 1;
}

note.onclick = async () => {
  const on = !notes.on && await Notification.requestPermission() === "granted";
  remember("slugline.notify", on);
  if (on) notes.start(); else notes.stop();
  showNote(on);
};

if ("Notification" in window && isSecureContext) {
  if (Notification.permission === "granted" && remembered("slugline.notify") === "on") {
    notes.start();
    showNote(true);
  }
} else {
  note.disabled = true;
  note.title = t("Browsers show notifications of pages with https only.");
}

// The lines, at most four.
const maxLines = 4, lines = made("ol"), log = made("div", { id: "rang", "aria-label": t("Alerts"), role: "log" }, lines);
log.hidden = true;
document.body.append(log);

function addLine(alert) {
  const dismiss = made("button", { type: "button" }, t("Dismiss"));
  const text = made("a", { href: alert.href, dir: alert.dir, lang: alert.language }, alert.headline);
  const item = made("li", { "data-when": alert.when }, made("p", {}, made("b", {}, alert.alerts.join(", "))), text, dismiss);
  dismiss.onclick = () => { item.remove(); log.hidden = !lines.children.length; };
  lines.prepend(item);
  while (lines.children.length > maxLines) lines.lastChild.remove();
  log.hidden = false;
}

const known = new Set();
function ring(alert) {
  if (known.has(alert.key)) return;
  known.add(alert.key);
  addLine(alert);
  sounds.add(alert.key, alert);
  notes.add(alert.key, alert);
}

// Alerts for stories arrive in the live stream.
addEventListener("arrived", e => {
  for (const s of e.detail) {
    if (!s.alerts?.length || s.backlog) continue;
    ring({ key: s.id + " " + s.alerts.join(","), when: s.breaking ? "breaking" : "story", alerts: s.alerts, headline: s.headline, language: s.language, dir: s.dir, href: "/stories/" + s.id });
  }
});

// Alerts for sources are not in the stream, so they are polled.
const since = Date.now();
async function pollSources() {
  try {
    const r = await send("/api/alerts?when=quiet&when=problem&limit=20");
    if (!r.ok) return;
    for (const n of (await r.json()).notices.reverse()) {
      if (Date.parse(n.at) < since || n.state === "waiting" || n.state === "dropped") continue;
      ring({ key: n.source + " " + n.at, when: n.when, alerts: n.alerts, headline: n.headline, language: n.language, dir: n.dir, href: "/sources#s-" + n.source });
    }
  } catch { /* the state of the stream shows that the connection is lost */ }
}
setInterval(pollSources, 60000);
