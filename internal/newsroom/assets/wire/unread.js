// Which stories of a filter are unread. This module does not touch the document.

import { tn } from "./text.js";

// Unread holds the ids of the unread stories that a filter holds, as the server said and as
// they changed since. Until the server has answered there is no number.
export class Unread {
  #ids = new Set();
  #more = false; // there may be others
  #known = false; // what the server said
  #changes = null; // ids since the server was asked, and whether they are unread; null: it was not

  get size() { return this.#ids.size; }

  get ids() { return [...this.#ids]; }

  get hasMore() { return this.#more; }

  // isKnown reports whether the server has answered since the filter changed.
  get isKnown() { return this.#known; }

  // ask is called when the server is asked: what changes until its answer is kept. It returns
  // what tells the answer from that to an earlier question.
  ask() { return this.#changes = new Map(); }

  // isLast reports whether the server was not asked again since ask returned asked.
  isLast(asked) { return asked === this.#changes; }

  // load takes an answer of /api/unread.
  load({ ids, more = false }) {
    const changes = this.#changes || [];
    this.#changes = null;
    this.#ids = new Set(ids);
    this.#more = more;
    this.#known = true;
    for (const [id, unread] of changes) this.#set(id, unread);
  }

  // forget drops what the server said, because the filter changed.
  forget() {
    this.#ids.clear();
    this.#more = this.#known = false;
  }

  add(id) { this.#set(id, true); }

  delete(id) { this.#set(id, false); }

  #set(id, unread) {
    this.#changes?.set(id, unread);
    this.#ids[unread ? "add" : "delete"](id);
  }

  text() {
    const n = this.#ids.size;
    if (!this.#known || this.#more && !n) return "";
    return this.#more || n > 999 ? tn("{n}+ unread", "{n}+ unread", Math.min(n, 999)) : tn("{n} unread", "{n} unread", n);
  }
}
