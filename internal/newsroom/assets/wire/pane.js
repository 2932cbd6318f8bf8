// The pane beside the wire shows one story, with forms for orders.

import { send } from "./api.js";
import { byId, made, say } from "./dom.js";

// Pane shows stories. mark marks one as read, order sends an order and reports whether it was
// carried out, and closed is called when the pane closes.
export class Pane {
  constructor({ mark, order, closed }) {
    Object.assign(this, { element: byId("pane"), mark, order, closed });
    this.element.addEventListener("submit", e => this.#submit(e));
    this.element.addEventListener("click", e => this.#follow(e));
  }

  async show(id) {
    this.mark(id);
    const r = await send(`/stories/${id}?part`).catch(() => null);
    if (!r?.ok) return say("This story can't be shown.");
    const doc = new DOMParser().parseFromString(await r.text(), "text/html");
    const close = made("button", { type: "button", class: "close" }, "Close");
    close.onclick = () => this.close();
    this.element.replaceChildren(close, ...doc.body.children);
    this.element.hidden = false;
    this.element.scrollTop = 0;
    const h1 = this.element.querySelector("h1");
    h1?.replaceWith(lowered(h1));
    this.element.focus();
  }

  close() {
    this.element.hidden = true;
    this.element.replaceChildren();
    this.closed();
  }

  // claim shows the form with an id, ready to type a note.
  async claim(id, form) {
    await this.show(id);
    this.element.querySelector(`#${form} .note, #${form} button`)?.focus();
  }

  async #submit(e) {
    if (e.target.getAttribute("action") !== "/api/orders") return;
    e.preventDefault();
    const form = new FormData(e.target, e.submitter);
    const order = { verb: form.get("verb"), args: form.getAll("args") };
    for (const k of ["why", "for"]) if (form.get(k)) order[k] = form.get(k);
    const id = this.element.querySelector("[data-story]").dataset.story;
    if (await this.order(order)) this.show(id);
  }

  // #follow shows a story of the same event in the pane.
  #follow(e) {
    const a = e.target.closest(".others a");
    if (!a || e.metaKey || e.ctrlKey) return;
    e.preventDefault();
    this.show(a.pathname.split("/").pop());
  }
}

// lowered makes the h1 of a story's page an h2, because the wire has an h1.
function lowered(h1) {
  return made("h2", { dir: h1.getAttribute("dir"), lang: h1.getAttribute("lang") || undefined, class: "headline" }, ...h1.childNodes);
}
