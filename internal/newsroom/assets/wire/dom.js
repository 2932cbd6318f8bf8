// Elements of the document.

export const byId = id => document.getElementById(id);

// made creates an element. Attributes that are undefined or empty are left out, and so are
// empty children.
export function made(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) if (v !== undefined && v !== "") e.setAttribute(k, v);
  e.append(...children.filter(c => c !== ""));
  return e;
}

// hidden is text for screen readers only.
export const hidden = text => made("span", { class: "off" }, text);

// say shows a message for eight seconds.
let timer = 0;
export function say(text) {
  byId("said").textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => { byId("said").textContent = ""; }, 8000);
}

// closeList closes the list that is open: that with the focus, or the last one in the page.
// It reports whether there was one.
export function closeList() {
  const open = [...document.querySelectorAll("details:is(.outlets, .muted, .menu)[open]")];
  const list = open.find(d => d.contains(document.activeElement)) || open.at(-1);
  if (!list) return false;
  list.open = false;
  if (list.contains(document.activeElement)) list.querySelector("summary").focus();
  return true;
}
