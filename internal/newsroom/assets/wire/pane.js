// The pane beside the wire shows one story, with forms for orders. While it is open it has an
// entry in the browser's history: Back closes it.

import { readPage } from "./api.js";
import { byId, made, say } from "./dom.js";
import { t } from "./text.js";

const followAfter = 100; // ms for which the cursor must rest before the pane follows

// Pane shows stories. mark marks one as read, order sends an order and reports whether it was
// carried out, star stars a story or removes the star and reports the same, resend sends again what was given up and reports the same, step moves the cursor by one, and closed is called when the pane closes.
export class Pane {
  #loading = null;
  #timer = 0;
  #changing = 0;
  #wanted = ""; // the id of the story that is shown, or will be
  #take = ""; // the entry whose text is shown, if not the lead's

  constructor({ mark, order, star, resend, step, closed }) {
    Object.assign(this, { element: byId("pane"), mark, order, star, resend, step, closed });
    this.element.addEventListener("submit", e => this.#submit(e));
    this.element.addEventListener("click", e => this.#follow(e));
    addEventListener("popstate", e => this.#travel(e.state));
    if (history.state?.pane) this.show(history.state.pane); // the page was loaded again
  }

  get isOpen() { return !this.element.hidden; }

  // coversWire reports whether the pane leaves nothing of the wire to be seen, as on a phone.
  get coversWire() { return this.isOpen && getComputedStyle(this.element).position === "fixed"; }

  // show shows a story, with the text of the outlet whose entry take is. It reports whether
  // it could. With again it does not replace what somebody has begun to use meanwhile.
  async show(id, { take = "", focus = true, again = false } = {}) {
    this.mark(id);
    [this.#wanted, this.#take] = [id, take];
    clearTimeout(this.#timer);
    this.#loading?.abort();
    this.#loading = new AbortController();
    let doc;
    try {
      doc = await readPage(`/stories/${id}?` + new URLSearchParams({ part: "", ...(take && { take }) }), this.#loading.signal);
    } catch (e) {
      if (e.name !== "AbortError") say(t("This story can't be shown: {}", e.message));
      return false;
    }
    if (again && this.#isInUse()) {
      this.#offer();
      return false;
    }
    this.#fill(doc);
    this.#remember(id);
    if (focus) this.element.focus({ preventScroll: true });
    return true;
  }

  #fill(doc) {
    const button = (text, run) => {
      const b = made("button", { type: "button" }, text);
      b.onclick = run;
      return b;
    };
    const bar = made("div", { class: "pane-bar" }, button(t("Previous"), () => this.step(-1)), button(t("Next"), () => this.step(1)), button(t("Close"), () => this.close()));
    this.element.replaceChildren(bar, ...doc.body.children);
    for (const area of this.element.querySelectorAll(".copies textarea")) area.after(button(t("Copy"), () => copy(area)));
    this.element.hidden = false;
    this.element.scrollTop = 0;
    const h1 = this.element.querySelector("h1");
    h1?.replaceWith(lowered(h1));
  }

  // follow shows the story under the cursor if the pane is open, and leaves the focus where
  // it is.
  follow(id) {
    if (!this.isOpen) return;
    [this.#wanted, this.#take] = [id, ""];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.show(id, { focus: false }), followAfter);
  }

  // changed shows the story again if it is one of those that have changed. Who types or reads
  // on in it gets a button instead.
  changed(ids) {
    const id = this.#wanted;
    if (!this.isOpen || !ids.includes(id)) return;
    clearTimeout(this.#changing);
    this.#changing = setTimeout(() => {
      if (!this.isOpen || this.#wanted !== id) return;
      if (this.#isInUse()) this.#offer(); else this.show(id, { take: this.#take, focus: false, again: true });
    }, followAfter);
  }

  #isInUse() {
    const focused = document.activeElement;
    return this.element.scrollTop > 0 || (focused !== this.element && this.element.contains(focused)) || this.element.querySelector("details[open]") !== null;
  }

  #offer() {
    if (this.element.querySelector(".changed")) return;
    const b = made("button", { type: "button", class: "changed" }, t("Show changes"));
    b.onclick = () => this.show(this.#wanted, { take: this.#take });
    this.element.querySelector(".pane-bar button:last-child").before(b);
  }

  // close goes back to the entry of the history that has no pane.
  close() {
    if (!this.isOpen) return;
    if (history.state?.pane) history.back(); else this.#hide();
  }

  // leave closes the pane because another page follows, which gets an entry of its own.
  leave() { if (this.isOpen || this.#loading) this.#hide(); }

  #remember(id) {
    const state = { ...history.state, pane: id };
    if (history.state?.pane) return history.replaceState(state, "");
    history.scrollRestoration = "manual"; // the wire stays where j and k left it
    history.pushState(state, "");
  }

  #travel(state) {
    if (state?.pane) this.show(state.pane); else if (this.isOpen || this.#loading) this.#hide();
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#loading?.abort();
    this.#loading = null;
    this.element.hidden = true;
    this.element.replaceChildren();
    this.closed();
  }

  // claim shows the form with an id, ready to type a note.
  async claim(id, form) {
    if (!await this.show(id)) return;
    const field = this.element.querySelector(`#${form} .note, #${form} button`);
    for (let d = field?.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    field?.focus();
  }

  // copies shows the forms in which a story can be copied, and copies the first.
  async copies(id) {
    if (!await this.show(id)) return;
    this.element.querySelector(".copies").open = true;
    this.element.querySelector(".copies button")?.click();
  }

  async #submit(e) {
    const action = e.target.getAttribute("action");
    if (!["/api/orders", "/api/stars", "/api/alerts"].includes(action)) return;
    e.preventDefault();
    const form = new FormData(e.target, e.submitter);
    if (action === "/api/alerts") {
      const id = this.element.querySelector("[data-story]").dataset.story;
      if (await this.resend(form.get("notice")) && this.isOpen) this.show(id);
      return;
    }
    if (action === "/api/stars") {
      const story = form.get("star") || form.get("unstar");
      if (await this.star(story, form.has("star")) && this.isOpen) this.show(story);
      return;
    }
    const order = { verb: form.get("verb"), args: form.getAll("args") };
    for (const k of ["why", "for", "due"]) if (form.get(k)) order[k] = form.get(k);
    if (form.has("free")) order.free = true;
    const id = this.element.querySelector("[data-story]").dataset.story;
    const done = await this.order(order);
    if ((done || order.free) && this.isOpen) this.show(id); // a claim is refused because of one that this pane does not show yet
  }

  // #follow shows a story of the same event, or the text of another outlet, in the pane.
  #follow(e) {
    const a = e.target.closest(".others a, a.read");
    if (!a || e.metaKey || e.ctrlKey || e.shiftKey) return;
    e.preventDefault();
    this.show(a.pathname.split("/").pop(), { take: new URLSearchParams(a.search).get("take") || "" });
  }
}

// copy copies the text of a field. Where the browser does not allow that, it selects the text.
async function copy(area) {
  try {
    await navigator.clipboard.writeText(area.value);
    say(t("Copied"));
  } catch {
    area.focus();
    area.select();
    say(t("The text is selected: press Ctrl+C to copy it."));
  }
}

// lowered makes the h1 of a story's page an h2, because the wire has an h1.
function lowered(h1) {
  return made("h2", { dir: h1.getAttribute("dir"), lang: h1.getAttribute("lang") || undefined, class: "headline" }, ...h1.childNodes);
}
