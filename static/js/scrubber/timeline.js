/**
 * Where a list's items lie on a rail from 0, its beginning, to 1, its end; the dates and labels along it. Pure arithmetic.
 *
 * The rail runs by rank, not by time. Of ten million items most are of the latest months: on an axis of time these would
 * share a few pixels, each worth a hundred thousand items, and years with next to nothing would take all the rest; a
 * reader's place would stand still for hours and then leap. By rank alone the old years would vanish: a hundred months of
 * a thousand items each would share seven pixels. So three quarters of the rail are divided by rank, and one quarter
 * equally between the bars: each month has a place to point at, and the thumb moves evenly within it. Dates are labels
 * on that rail, and how many items a bar has is drawn as its width.
 *
 * A page lies from its first item to the next page's; whatever place of the rail is pointed at belongs to one page.
 */

const EQUAL_SHARE = 1 / 4;
const LEAP_WITHOUT_BARS = 10;

const UTC = { timeZone: "UTC" };
const LONG_MONTH = new Intl.DateTimeFormat("en-GB", { ...UTC, month: "long" });
const SHORT_MONTH = new Intl.DateTimeFormat("en-US", { ...UTC, month: "short" });
// Of a bar's first day, in words. Years have four digits, as in the address: "January 1" would be a day.
const IN_WORDS = {
  century: (start) => `${yearOf(start).slice(0, 2)}00s`,
  decade: (start) => `${yearOf(start).slice(0, 3)}0s`,
  year: yearOf,
  month: (start) => `${LONG_MONTH.format(new Date(start))} ${yearOf(start)}`,
  day: (start) => `${Number(start.slice(8))} ${IN_WORDS.month(start)}`,
};

/** @typedef {"day" | "month" | "year" | "decade" | "century"} Period */

/**
 * @typedef {object} Bar one period that has items, as the histogram gives it, in the list's order
 * @property {string} start its first day, in UTC
 * @property {number} count
 * @property {number} position of its first item, from 1
 */

/**
 * @typedef {object} Label
 * @property {string} text
 * @property {number} at its place on the rail
 * @property {boolean} isMajor a year among months, or a month among days
 */

export class Timeline {
  /** @type {Bar[]} */
  #bars;
  /** @type {number[]} the position at which each bar begins, and the one behind the last item */
  #starts;

  /**
   * @param {object} list
   * @param {number} list.total items
   * @param {number} list.size items on a page
   * @param {Period | null} [list.by] how long a bar is
   * @param {Bar[]} [list.bars] none if unknown: the rail is by rank alone
   * @param {boolean} [list.isExact] whether the bars are of the list as it is now; dates are withheld if not
   */
  constructor({ total, size, by = null, bars = [], isExact = true }) {
    this.total = total;
    this.size = size;
    this.by = by;
    this.isExact = isExact;
    this.pages = Math.max(1, Math.ceil(total / size));
    this.#bars = bars.filter(({ position }) => position <= total);
    this.#starts = [1, ...this.#bars.slice(1).map(({ position }) => position), total + 1];
  }

  /** @param {number} page @returns {number} the position of its first item */
  firstOf(page) {
    return (page - 1) * this.size + 1;
  }

  /**
   * @param {number} position from 1 to the one behind the last item
   * @returns {number} its place on the rail: grows with the position, always
   */
  railOf(position) {
    const place = Math.min(Math.max(position, 1), this.total + 1);
    const index = this.#barAt(place);
    const [start, end] = [this.#starts[index], this.#starts[index + 1]];
    const equally = (index + (place - start) / (end - start)) / (this.#starts.length - 1);
    return (1 - EQUAL_SHARE) * ((place - 1) / this.total) + EQUAL_SHARE * equally;
  }

  /** @param {number} page @returns {[number, number]} where on the rail it begins and ends */
  extentOf(page) {
    return [this.railOf(this.firstOf(page)), this.railOf(this.firstOf(page + 1))];
  }

  /**
   * @param {number} rail
   * @returns {number} the page that lies there
   */
  pageAt(rail) {
    const index = lastOf(this.#starts.length - 1, (bar) => this.railOf(this.#starts[bar]) <= rail);
    const [start, end] = [this.#starts[index], this.#starts[index + 1]];
    const [from, to] = [this.railOf(start), this.railOf(end)];
    const position = start + ((rail - from) / (to - from)) * (end - start);
    let page = Math.min(Math.max(Math.floor((position - 1) / this.size) + 1, 1), this.pages);
    // What was divided is rarely exact: the way there decides.
    while (page < this.pages && this.railOf(this.firstOf(page + 1)) <= rail) page += 1;
    while (page > 1 && this.railOf(this.firstOf(page)) > rail) page -= 1;
    return page;
  }

  /** @param {number} page @returns {string} the period of its first item in words; empty if unknown */
  dateOf(page) {
    const bar = this.isExact ? this.#bars[this.#barAt(this.firstOf(page))] : undefined;
    return bar === undefined ? "" : IN_WORDS[this.by](bar.start);
  }

  /** @param {number} page @returns {string | null} the day of its first item, if the bars are as fine as that */
  dayOf(page) {
    return this.by === "day" && this.isExact ? this.#bars[this.#barAt(this.firstOf(page))]?.start ?? null : null;
  }

  /**
   * @param {number} page
   * @param {1 | -1} direction
   * @returns {number} the nearest page that way which is the first to begin in its period; ten pages on without periods
   */
  leap(page, direction) {
    const inList = (wanted) => Math.min(Math.max(wanted, 1), this.pages);
    if (this.#bars.length === 0) return inList(page + direction * LEAP_WITHOUT_BARS);
    const firsts = this.#starts.slice(0, -1).map((start) => Math.ceil((start - 1) / this.size) + 1);
    const found = direction > 0 ? firsts.find((first) => first > page) : firsts.findLast((first) => first < page);
    return inList(found ?? (direction > 0 ? this.pages : 1));
  }

  /** @returns {{from: number, to: number, share: number}[]} each bar's place, and its count by the highest one's */
  outline() {
    const most = Math.max(...this.#bars.map(({ count }) => count));
    return this.#bars.map(({ count }, index) => ({
      from: this.railOf(this.#starts[index]),
      to: this.railOf(this.#starts[index + 1]),
      share: count / most,
    }));
  }

  /**
   * @param {number} gap how far from one another labels have to be, as a share of the rail
   * @returns {Label[]} those that fit, from the rail's beginning on: years before months, long periods before short ones
   */
  labels(gap) {
    /** @type {Label[]} */
    const chosen = [];
    for (const label of this.#candidates()) {
      if (chosen.every(({ at }) => Math.abs(at - label.at) >= gap)) chosen.push(label);
    }
    return chosen.sort((one, other) => one.at - other.at);
  }

  #candidates() {
    const outline = this.outline();
    const candidates = [];
    let major = null;
    this.#bars.forEach(({ start }, index) => {
      const { from, to } = outline[index];
      const text = this.#majorText(start);
      if (major?.text !== text) {
        major = { text, at: from, isMajor: true, length: 0 };
        candidates.push(major);
      } else {
        candidates.push({ text: this.#minorText(start), at: from, isMajor: false, length: to - from });
      }
      major.length += to - from;
    });
    return candidates.sort((one, other) => other.isMajor - one.isMajor || other.length - one.length);
  }

  /** Days have months above them, with their year if there are several; months have years, and longer periods nothing. */
  #majorText(start) {
    if (this.by === "month") return yearOf(start);
    if (this.by !== "day") return IN_WORDS[this.by](start);
    const month = SHORT_MONTH.format(new Date(start));
    return this.#bars.some((bar) => yearOf(bar.start) !== yearOf(start)) ? `${month} ${yearOf(start)}` : month;
  }

  #minorText(start) {
    return this.by === "day" ? String(Number(start.slice(8))) : SHORT_MONTH.format(new Date(start));
  }

  /** Returns the index of the bar that a position is in. */
  #barAt(position) {
    return lastOf(this.#starts.length - 1, (index) => this.#starts[index] <= position);
  }
}

/** @param {string} start @returns {string} */
function yearOf(start) {
  return start.slice(0, 4);
}

/** Returns the last index below a length that fits, where all before it do; 0 if none does. */
function lastOf(length, fits) {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
