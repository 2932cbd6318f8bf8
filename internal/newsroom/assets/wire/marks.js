// What was read and what is muted, here and on the server.

import { changeReadState, readReadState } from "./api.js";
import { say } from "./dom.js";
import { MarkQueue, ReadState } from "./model.js";

const writeAfter = 600; // ms between a mark and the request, so that marks are sent together

// Marks keeps state.read equal to the server's; state.story returns a story of the page by
// its id. repaint is called when marks changed: with
// the ids of the stories, or without ids when any may have changed.
export class Marks {
  #queue = new MarkQueue();
  #timer = 0;

  constructor(state, repaint) {
    this.state = state;
    this.repaint = repaint;
    addEventListener("pagehide", () => { if (this.#queue.size) this.#write(); });
  }

  set(id, read) {
    const s = this.state.story(id);
    if (s && this.state.read.mark(s, read)) {
      if (!this.state.read.readOnly) this.#queue.add(id, read);
      this.repaint([id]);
    }
    clearTimeout(this.#timer);
    if (this.#queue.size) this.#timer = setTimeout(() => this.#write(), writeAfter);
  }

  // flush sends the marks that wait.
  async flush() { if (this.#queue.size) await this.#write(); }

  async #write() {
    clearTimeout(this.#timer);
    const marks = this.#queue.drain();
    try {
      await changeReadState(marks);
    } catch (e) {
      this.#queue.restore(marks); // the next mark, or the next time the connection is back, sends them
      say(e.message);
    }
  }

  // read reads the server's state, and reports whether the mutes changed.
  async read() {
    await this.flush();
    const answer = new ReadState(await readReadState()), old = this.state.read;
    this.state.read = answer;
    if (!answer.sameMarks(old)) this.repaint();
    return !answer.sameMutes(old);
  }

  // markAll marks all stories up to a seq as read.
  async markAll(seq) {
    this.#queue.clear();
    await this.#change({ upto: Number(seq) });
  }

  // markMany marks stories as read, those that the page has not loaded too.
  markMany(ids) { return this.#change({ read: ids }); }

  async #change(change) {
    if (this.state.read.readOnly) return;
    try {
      await changeReadState(change);
      await this.read();
    } catch (e) {
      say(e.message);
    }
  }
}
