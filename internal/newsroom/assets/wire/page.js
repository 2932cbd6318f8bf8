// Pages of the wire that follow one another without a navigation: the script reads the next
// one without its lines and puts its parts into the document.

import { readPage } from "./api.js";
import { byId } from "./dom.js";

// isWirePage reports whether an address is that of a page of the wire, from its beginning.
export function isWirePage(url) {
  return url.origin === location.origin && url.pathname === "/" && !url.hash && [...url.searchParams.keys()].every(k => k === "view" || k === "q");
}

// formAddress returns the address to which a form with the method GET leads.
export function formAddress(form, submitter) {
  const fields = [...new FormData(form, submitter)].filter(([, value]) => value.trim());
  const url = new URL(form.getAttribute("action"), location);
  url.search = new URLSearchParams(fields);
  return url;
}

const scriptOf = doc => doc.querySelector("script[src]").getAttribute("src");

// readWirePage reads a page of the wire with the data of its lists, but for the views whose
// names are known. Its errors are those of readPage; a page of another version of the program
// is one too.
export async function readWirePage(url, known, signal) {
  const part = new URL(url);
  part.search = new URLSearchParams([...part.searchParams, ["part", ""], ...known.map(name => ["has", name])]);
  const doc = await readPage(part, signal);
  if (scriptOf(doc) !== scriptOf(document)) throw new Error("the page is of another version");
  return doc;
}

export const isBoard = doc => doc.querySelector(".board") !== null;

// sectionsOf returns the sections of a page that have stories. A view that does not exist has
// none.
export function sectionsOf(doc) {
  return [...doc.querySelectorAll("section.stream")].filter(s => !isBoard(doc) || s.querySelector(".wrong").textContent === "");
}

// replaceFrame makes what is around the lists that of another page.
export function replaceFrame(doc) {
  document.title = doc.title;
  byId("menu").open = false;
  byId("q").value = doc.getElementById("q").value;
  for (const id of ["chips", "wrong", "muted"]) byId(id)?.replaceChildren(...doc.getElementById(id).childNodes);
  byId("allread")?.remove();
  byId("views").replaceWith(...["allread", "views"].map(id => doc.getElementById(id)).filter(Boolean));
}

const listParts = ":is(.jump, .board, section.stream)";

// replaceLists puts the lists of another page into the document.
export function replaceLists(doc) {
  const old = document.querySelectorAll("#main > " + listParts);
  byId("pane").before(...doc.querySelectorAll("#main > " + listParts));
  for (const e of old) e.remove();
}

// arrangeBoard puts sections into the board, in their order, and leaves those that are there
// already where they are.
export function arrangeBoard(doc, sections) {
  document.querySelector(".jump").replaceWith(doc.querySelector(".jump"));
  const board = document.querySelector(".board");
  for (const child of [...board.children]) if (!sections.includes(child)) child.remove();
  sections.forEach((section, i) => { if (board.children[i] !== section) board.insertBefore(section, board.children[i] || null); });
}
