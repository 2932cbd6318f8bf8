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
