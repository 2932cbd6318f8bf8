// Requests to the desk's API.

export const unreachable = "Unreachable"; // the name of the error when there is no connection

// ask sends a request and returns the JSON of the answer. It throws an Error with the
// server's text, or one named unreachable, or the AbortError of a signal.
export async function ask(url, options) {
  const r = await fetch(url, options).catch(e => {
    if (e.name === "AbortError") throw e;
    throw Object.assign(new Error("Slugline does not answer."), { name: unreachable });
  });
  const answer = await r.json().catch(() => ({ error: r.statusText }));
  if (!r.ok) throw new Error(answer.error);
  return answer;
}

const post = (url, value, more) => ask(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value), ...more });

export const readWire = (parameters, options) => ask("/api/wire?" + new URLSearchParams(parameters), options);
export const readReadState = () => ask("/api/seat");
export const readStatus = () => ask("/api/status");

// changeReadState also reaches the server when the page is closed meanwhile.
export const changeReadState = change => post("/api/seat", change, { keepalive: true });

export const giveOrder = order => post("/api/orders", order);
