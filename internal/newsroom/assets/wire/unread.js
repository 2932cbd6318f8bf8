// Which stories of a filter are unread. This module does not touch the document.

import { tn } from "./text.js";

// Unread holds the ids of the unread stories that a filter holds, as the server said and as
// they changed since. Until the server has answered there is no number.
export class Unread {
  #ids = new Set();
  #more = false; // there may be others
  #known = false; // what the server said

  get size() { return this.#ids.size; }

  get ids() { return [...this.#ids]; }

  get hasMore() { return this.#more; }

  // load takes an answer of /api/unread.
  load({ ids, more = false }) {
    this.#ids = new Set(ids);
    this.#more = more;
    this.#known = true;
  }

  // forget drops what the server said, because the filter changed.
  forget() {
    this.#ids.clear();
    this.#more = this.#known = false;
  }

  add(id) { this.#ids.add(id); }

  delete(id) { this.#ids.delete(id); }

  text() {
    if (!this.#known) return "";
    const n = this.#ids.size;
    return this.#more || n > 999 ? tn("{n}+ unread", "{n}+ unread", Math.min(n, 999)) : tn("{n} unread", "{n} unread", n);
  }
}
