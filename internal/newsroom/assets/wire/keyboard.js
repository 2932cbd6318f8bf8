// Shortcuts. This module uses of the document only what it is given.

const fields = "input, select, textarea";
const lists = ".muted, .outlets, .menu";
const controls = "button, summary, a:not(.wire h2 a)";

// keyAction returns the action of a key event, or null if the key has none there. In a field
// only Escape has one: it removes the focus, or closes the list that the field is in. Enter and Space belong to a control with the
// focus.
export function keyAction(e, actions) {
  if (e.ctrlKey || e.metaKey || e.altKey) return null;
  if (e.target.closest(fields)) {
    if (e.key !== "Escape") return null;
    return { run: e.target.closest(lists) ? actions.Escape : () => e.target.blur(), prevents: false };
  }
  if ((e.key === "Enter" || e.key === " ") && e.target.closest(controls)) return null;
  return Object.hasOwn(actions, e.key) ? { run: actions[e.key], prevents: true } : null;
}

// listen runs actions for the keys of a window, unless isBlocked.
export function listen(window, actions, isBlocked) {
  window.addEventListener("keydown", e => {
    const action = isBlocked() ? null : keyAction(e, actions);
    if (!action) return;
    if (action.prevents) e.preventDefault();
    action.run();
  });
}
