// Terms that are added to a query, as narrow.go does it. This module does not touch the
// document.

// parts cuts a query at its spaces, but not inside quotes and parentheses.
function parts(query) {
  const all = [];
  let part = "", quoted = false, depth = 0;
  for (const c of query) {
    if (c === '"') quoted = !quoted;
    if (!quoted) depth += (c === "(") - (c === ")");
    if (/\s/.test(c) && !quoted && depth <= 0) {
      if (part) all.push(part);
      part = "";
    } else part += c;
  }
  return part ? [...all, part] : all;
}

// narrow adds terms to a query that lacks them.
export function narrow(query, terms) {
  let all = parts(query);
  if (all.includes("OR")) all = [`(${all.join(" ")})`];
  for (const term of parts(terms)) if (!all.includes(term)) all.push(term);
  return all.join(" ");
}

// chips lists the fields that a query asks for, each with the query without it.
export function chips(query) {
  const all = parts(query);
  if (all.includes("OR")) return [];
  return all.flatMap((term, i) => /^-?[a-z]+:[^/]/.test(term) ? [withoutTerm(all, i)] : []);
}

// withoutTerm takes the term at i out of a query, with its NOT and an AND beside it.
function withoutTerm(all, i) {
  const start = all[i - 1] === "NOT" ? i - 1 : i;
  let from = start, to = i + 1;
  if (all[from - 1] === "AND") from--;
  else if (all[to] === "AND") to++;
  return { term: all.slice(start, i + 1).join(" "), rest: all.toSpliced(from, to - from).join(" ") };
}
