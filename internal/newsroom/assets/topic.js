// Shows what a query would change while it is typed.
const text = document.getElementById("match");
const preview = document.getElementById("preview");
let waiting, request;

async function refresh() {
  request?.abort();
  request = new AbortController();
  const address = new URL(location.href);
  address.search = new URLSearchParams({ match: text.value }).toString();
  try {
    const answer = await fetch(address, { signal: request.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById("preview");
    if (next) preview.replaceChildren(...next.childNodes);
  } catch {
    // a newer text was typed, or the daemon does not answer; the button still works
  }
}

text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 400);
});
