// Keeps the page of the cluster current. Without this script it shows what was when it was
// loaded.
import { byId } from "./wire/dom.js";
import { t } from "./wire/text.js";
import { Clock } from "./wire/time.js";

const every = 2000, answerWithin = 5000; // ms
const unreachable = byId("unreachable");
const clock = new Clock(byId("main").dataset.zone);
let answered = Date.now();

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(answerWithin) });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("nodes")) return location.reload(); // the token was revoked, or the node is alone now
  answered = Date.now();
  unreachable.hidden = true;
  if (getSelection().isCollapsed) for (const id of ["summary", "nodes"]) replace(byId(id), page.getElementById(id));
}

// replace leaves what has not changed, so that it is not read out again.
function replace(old, now) {
  if (old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
}

async function keepCurrent() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    if (unreachable.hidden) unreachable.textContent = t("This node has not answered since {}, and what you see is from then. Look at the desk of another node.", clock.short(answered));
    unreachable.hidden = false;
  }
  setTimeout(keepCurrent, every);
}
setTimeout(keepCurrent, every);
