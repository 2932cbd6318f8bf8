// Every page loads this script in its head, before anything is drawn: colours that the reader
// chose apply at once, and what needs script is shown. It also copies links.
(() => {
  const root = document.documentElement, key = "slugline-theme";
  const read = () => {
    try {
      return localStorage.getItem(key) || "auto";
    } catch { // storage is blocked
      return root.dataset.theme || "auto";
    }
  };
  const apply = theme => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    const choice = document.getElementById("theme");
    if (choice) choice.value = root.dataset.theme || "auto";
  };
  const choose = theme => {
    apply(theme);
    try {
      if (theme === "auto") localStorage.removeItem(key);
      else localStorage.setItem(key, theme);
    } catch { } // the choice holds for this page
  };
  const copyByHand = text => { // for browsers without a clipboard, and pages without https
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "off";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  };
  const copy = async button => {
    const say = button.textContent;
    let copied = true;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      copied = copyByHand(button.dataset.copy);
      button.focus();
    }
    if (!copied || say === button.dataset.done) return;
    button.textContent = button.nextElementSibling.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = say;
      button.nextElementSibling.textContent = "";
    }, 4000);
  };
  root.dataset.script = "";
  apply(read());
  document.addEventListener("DOMContentLoaded", () => apply(read()));
  addEventListener("pageshow", () => apply(read())); // browsers restore forms as they were
  addEventListener("storage", e => { if (e.key === key || e.key === null) apply(read()); });
  document.addEventListener("click", e => {
    const button = e.target.closest("button[data-copy]");
    if (button) copy(button);
  });
  document.addEventListener("change", e => { if (e.target.id === "theme") choose(e.target.value); });
})();
