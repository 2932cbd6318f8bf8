// Requests to the desk.

import { lang, t } from "./text.js";

export const unreachable = "Unreachable"; // the name of the error when there is no connection

// send sends a request and returns the answer. If the server no longer accepts this
// browser's key, it shows the login instead of the page. It throws an Error named
// unreachable, or the AbortError of a signal.
export async function send(url, options) {
  const r = await fetch(url, { ...options, headers: { "Accept-Language": lang, ...options?.headers } }).catch(e => {
    if (e.name === "AbortError") throw e;
    throw noAnswer();
  });
  if (r.status === 401) showLogin();
  return r;
}

const noAnswer = () => Object.assign(new Error(t("Slugline does not answer. Try again when the page says that it is live.")), { name: unreachable });

let signedOut = false;
function showLogin() {
  if (signedOut) return;
  signedOut = true;
  location.assign("/login?" + new URLSearchParams({ to: location.pathname + location.search, ended: "1" }));
}

// retryDelay asks the server why it refused a connection, and returns the ms after which to
// try again, or null if the user must sign in first.
export async function retryDelay(usual) {
  const r = await send("/api/seat").catch(() => null);
  if (r?.status === 401) return null;
  return Math.max(usual, 1000 * Number(r?.headers.get("Retry-After") || 0));
}

// request sends a request and returns the JSON of the answer. It throws an Error with the
// server's text, or an error of send.
export async function request(url, options) {
  const r = await send(url, options);
  const answer = await r.json().catch(() => ({ error: r.statusText }));
  if (!r.ok) throw new Error(answer.error);
  return answer;
}

// readPage reads a page of the desk as a document. Its errors are those of request.
export async function readPage(url, signal) {
  const r = await send(url, { signal, headers: { Accept: "text/html" } });
  const text = await r.text().catch(e => { throw e.name === "AbortError" ? e : noAnswer(); });
  const doc = new DOMParser().parseFromString(text, "text/html");
  if (!r.ok) throw new Error(doc.querySelector("main p")?.textContent || r.statusText);
  return doc;
}

const post = (url, value, more) => request(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value), ...more });

export const readWire = (parameters, options) => request("/api/wire?" + new URLSearchParams(parameters), options);
export const readUnread = query => request("/api/unread?" + new URLSearchParams({ q: query }));
export const readReadState = () => request("/api/seat");
export const readStatus = () => request("/api/status");

// changeReadState reaches the server even if the page is closed at once.
export const changeReadState = change => post("/api/seat", change, { keepalive: true });

export const changeStar = change => post("/api/stars", change, { keepalive: true });

export const changeNotice = change => post("/api/alerts", change);

export const giveOrder = order => post("/api/orders", order);
