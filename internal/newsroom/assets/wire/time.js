// Times as the wire shows them. This module does not touch the document.

import { names, number, t, tn } from "./text.js";

const maxStamps = 5000; // formatting is slow, so the results are cached

// Clock formats times in a time zone, as the pages of the server do.
export class Clock {
  #stamps = new Map(); // [day, minute] by minutes since 1970

  constructor(zone, now = () => Date.now()) {
    const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    this.now = now;
    this.format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", timeZoneName: "shortOffset", ...numeric });
  }

  // #parts returns the parts of a time by the names that patterns of dates use.
  #parts(when) {
    const part = Object.fromEntries(this.format.formatToParts(new Date(when)).map(p => [p.type, p.value]));
    return {
      day: Number(part.day) === 1 && names.First || number(Number(part.day)), year: number(part.year),
      month: names.Months[part.month - 1], shortmonth: names.ShortMonths[part.month - 1],
      time: number(part.hour + ":" + part.minute), second: number(part.second), zone: part.timeZoneName.replace("GMT", "UTC").replace(/\+0$/, ""),
    };
  }

  // stamp returns the day and the minute of a time.
  stamp(when) {
    const k = Math.floor(new Date(when) / 60000);
    if (this.#stamps.size > maxStamps) this.#stamps.clear();
    if (!this.#stamps.has(k)) {
      const parts = this.#parts(k * 60000);
      this.#stamps.set(k, [fillDate(names.Short, parts), parts.time]);
    }
    return this.#stamps.get(k);
  }

  isToday(when) { return this.stamp(when)[0] === this.stamp(this.now())[0]; }

  // short is the minute of a time, after its day if that is not today.
  short(when) {
    const [day, minute] = this.stamp(when);
    return this.isToday(when) ? minute : day + " " + minute;
  }

  // shortAfter is short for a time that follows first on the page: without the same day.
  shortAfter(first, when) {
    const [day, minute] = this.stamp(when);
    return this.stamp(first)[0] === day ? minute : this.short(when);
  }

  // full has the day, the seconds and the zone.
  full(when) {
    const parts = this.#parts(when);
    return fillDate(names.Moment.replace("{time}", "{time}:{second}"), parts) + " " + parts.zone;
  }
}

const fillDate = (pattern, parts) => pattern.replace(/\{(\w+)\}/g, (all, name) => parts[name]);

// delay says how many minutes after a first time another one is, as in +12. It is empty for
// less than a minute, and from ten hours on.
export function delay(when, first) {
  const minutes = Math.floor((Date.parse(when) - first) / 60000);
  return minutes > 0 && minutes < 600 ? "+" + number(minutes) : "";
}

// span writes a number of seconds in words.
export function span(seconds) {
  if (seconds < 60) return tn("{n} second", "{n} seconds", seconds);
  if (seconds < 120) return t("a minute");
  return seconds < 3600 ? tn("{n} minute", "{n} minutes", Math.floor(seconds / 60)) : t("an hour");
}
