// The live stream of the desk (server-sent events).

import { retryDelay } from "./api.js";

const retryAfter = 5000; // ms after a refusal; for other failures the browser reconnects by itself

// Stream connects to /live. It calls opened when a connection is there, lost when it breaks,
// arrived with the stories of each event and its id, and missed when the stream leaves out
// events: the wire must be loaded again. It calls ended with a text when the server ends the
// stream because the filter takes too much work; it does not connect again then. Of several
// filters, ended is called with the index of the one that ended, and the others go on.
export class Stream {
  #source = null;

  constructor({ opened, lost, arrived, missed, ended }) {
    Object.assign(this, { opened, lost, arrived, missed, ended });
  }

  // connect replaces the connection. parameters returns the query parameters of /live.
  connect(parameters) {
    this.#source?.close();
    const source = this.#source = new EventSource("/live?" + new URLSearchParams(parameters()));
    source.onopen = () => this.opened();
    source.onerror = async () => {
      this.lost();
      if (source.readyState !== EventSource.CLOSED) return;
      const delay = await retryDelay(retryAfter);
      if (delay !== null) setTimeout(() => { if (source === this.#source) this.connect(parameters); }, delay);
    };
    source.onmessage = e => this.arrived(e.data.split("\n").map(line => JSON.parse(line)), e.lastEventId);
    source.addEventListener("gap", () => this.missed());
    source.addEventListener("end", e => {
      const { error, column } = JSON.parse(e.data);
      if (column === undefined) source.close();
      this.ended(error, column);
    });
  }
}
