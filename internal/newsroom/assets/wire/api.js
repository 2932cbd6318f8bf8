// Requests to the desk's API.

export const unreachable = "Unreachable"; // the name of the error when there is no connection

// request sends a request and returns the JSON of the answer. It throws an Error with the
// server's text, or one named unreachable, or the AbortError of a signal.
export async function request(url, options) {
  const r = await fetch(url, options).catch(e => {
    if (e.name === "AbortError") throw e;
    throw Object.assign(new Error("Slugline does not answer."), { name: unreachable });
  });
  const answer = await r.json().catch(() => ({ error: r.statusText }));
  if (!r.ok) throw new Error(answer.error);
  return answer;
}

const post = (url, value, more) => request(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value), ...more });

export const readWire = (parameters, options) => request("/api/wire?" + new URLSearchParams(parameters), options);
export const readReadState = () => request("/api/seat");
export const readStatus = () => request("/api/status");

// changeReadState reaches the server even if the page is closed at once.
export const changeReadState = change => post("/api/seat", change, { keepalive: true });

export const giveOrder = order => post("/api/orders", order);
