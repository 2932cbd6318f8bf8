// Loads the page of a new source again after its first visit.
const name = decodeURIComponent(location.pathname.split("/").pop());

async function visited() {
  const answer = await fetch("/api/sources");
  if (!answer.ok) return false;
  return (await answer.json()).some((s) => s.name === name && s.visits > 0);
}

let left = 30; // a source that does not answer for a minute may take hours
const timer = setInterval(async () => {
  if (--left < 0) return clearInterval(timer);
  try {
    if (await visited()) {
      clearInterval(timer);
      location.reload();
    }
  } catch {
    // the daemon does not answer; the link on the page stays
  }
}, 2000);
