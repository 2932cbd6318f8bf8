// The texts of the page's language. English needs no dictionary, and node has none.

const dictionary = JSON.parse(globalThis.document?.getElementById("texts")?.textContent || "{}");
export const lang = dictionary.lang || "en";

const englishNames = {
  Months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
  ShortMonths: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  Moment: "{day} {month} {year}, {time}", Short: "{day} {shortmonth}",
};
// names are the names of months, and the patterns of dates.
export const names = dictionary.names || englishNames;

const plurals = new Intl.PluralRules(lang);

// number writes a whole number in the digits of the language.
export const number = n => dictionary.digits ? String(n).replace(/[0-9]/g, d => dictionary.digits[d]) : String(n);

// t returns a text, its placeholders {} filled by the parts.
export const t = (english, ...parts) => fill(translation(english), parts);

// tn returns a text for a number: one and many are the English texts.
export function tn(one, many, n, ...parts) {
  const forms = dictionary.counts?.[many];
  const text = forms ? forms[plurals.select(n)] ?? forms.other : bare(n === 1 ? one : many);
  return fill(text.replaceAll("{n}", number(n)), parts);
}

// tnodes is t for parts that are nodes: it returns a list of what to append.
export function tnodes(english, ...nodes) {
  const texts = translation(english).split("{}");
  return texts.flatMap((text, i) => i && i <= nodes.length ? [nodes[i - 1], text] : [text]).filter(part => part !== "");
}

const translation = english => dictionary.texts?.[english] || bare(english);

// What follows the last | of an English text is for translators.
const bare = english => english.replace(/\|[^|]*$/, "");

function fill(text, parts) {
  let i = 0;
  return text.replace(/\{\}/g, all => i < parts.length ? (typeof parts[i] === "number" ? number(parts[i++]) : parts[i++]) : all);
}
