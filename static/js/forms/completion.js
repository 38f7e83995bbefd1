/** Names that complete what is typed into an input with `data-completes`: a combobox with a list of options. */

/** Where tags and creators are looked up. */
const { names } = document.body.dataset;

const REST_MS = 120;

// A name that is said by its field at the end of a search, as tag:fog or model:"pony d, and what separates words.
const FIELD = /(?<![^\s,;，、；])(tag|creator|model|lora):(?:"([^"]*)|([^\s,;，、；"]*))$/i;
const BEHIND_COMMA = /[^,;，、；\s][^,;，、；]*$/;
const LAST_WORD = /[^,;，、；\s]+$/;

/**
 * What of a text may become a name, the likelier first: where it begins, what it says, and of which kind the name is.
 * @typedef {{start: number, text: string, of: string}} Part
 */

/** The parts of a search that is being typed; what is to be left out (-fog) is none. @returns {Part[]} */
function partsOf(search, of) {
  const said = FIELD.exec(search);
  if (said !== null) return [{ start: said.index, text: said[2] ?? said[3], of: `${said[1].toLowerCase()}s` }];
  const parts = [BEHIND_COMMA.exec(search), LAST_WORD.exec(search)].filter((part) => part !== null && part[0][0] !== "-");
  return parts.map(({ 0: text, index }) => ({ start: index, text, of }));
}

/** The completions of one input, for as long as it has the focus. */
class Completion {
  /** @param {HTMLInputElement} input */
  constructor(input) {
    this.input = input;
    this.leaving = new AbortController();
    this.asking = new AbortController();
    this.timer = 0;
    this.active = -1;
    this.start = 0; // of what the options would replace
    this.list = document.createElement("ul");
    this.list.className = "options";
    this.list.id = `${input.id}-options`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    input.after(this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("autocomplete", "off");
    input.setAttribute("aria-expanded", "false");
    const { signal } = this.leaving;
    input.addEventListener("input", () => this.askSoon(), { signal });
    input.addEventListener("keydown", (event) => this.press(event), { signal });
    input.addEventListener("blur", () => this.end(), { signal });
    this.list.addEventListener("mousedown", (event) => event.preventDefault(), { signal }); // the focus stays
    this.list.addEventListener("click", ({ target }) => this.choose(target.closest(".option")), { signal });
    if (input.value !== input.defaultValue) this.askSoon(); // typed while this module was on its way
  }

  get options() {
    return [...this.list.querySelectorAll(".option")];
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), REST_MS);
  }

  /** Whether it is a search, of which a part becomes a filter; else it holds one name. */
  get isSearch() {
    return this.input.type === "search" && this.input.form.role === "search";
  }

  async ask() {
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const { value, dataset } = this.input;
    const whole = { start: 0, text: value.trim(), of: dataset.completes };
    const parts = this.isSearch ? partsOf(value.trimEnd(), whole.of) : [whole];
    let [html, start] = ["", 0];
    try {
      for (const part of parts) {
        if (part.text === "") continue;
        const answer = await fetch(`${names}?${new URLSearchParams({ q: part.text, of: part.of })}`, { signal });
        if (!answer.ok) return;
        html = await answer.text();
        start = part.start;
        if (html.trim() !== "") break;
      }
      this.start = start;
      this.show(html);
    } catch {
      // Given up for what was typed since, or offline: one types on without.
    }
  }

  /** @param {string} html the options, as the server wrote them */
  show(html) {
    this.list.innerHTML = html;
    for (const option of this.options) option.id = `${this.input.id}-${option.id}`;
    this.move(-1);
    const isOpen = this.options.length > 0;
    this.list.style.insetBlockStart = `${this.input.offsetTop + this.input.offsetHeight}px`;
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  close() {
    clearTimeout(this.timer);
    this.asking.abort();
    this.show("");
  }

  /** @param {number} number of the option to make active, from 0; -1: none */
  move(number) {
    this.active = number;
    const { options } = this;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === number)));
    const option = options[number];
    if (option === undefined) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { options } = this;
    if (options.length === 0 || event.isComposing) return;
    const turns = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in turns) {
      // From the last option on to none, which is what was typed, and round.
      const count = options.length + 1;
      this.move(((this.active + 1 + turns[event.key] + count) % count) - 1);
    } else if (event.key === "Enter" && this.active >= 0) {
      this.choose(options[this.active]);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Takes an option: a search leads to its works at once, with the words before it; a filter holds its name. @param {HTMLElement | null} option */
  choose(option) {
    if (option === null) return;
    const { name, value } = option.dataset;
    this.close();
    const { input } = this;
    if (this.isSearch) {
      // Works may have several tags and LoRAs, and have one creator and one model.
      const left = ["creator", "model"].includes(name) ? [input.name, name] : [input.name];
      const query = new URLSearchParams([...new FormData(input.form)].filter(([key]) => !left.includes(key)));
      const words = input.value.slice(0, this.start).replace(/[\s,;，、；]+$/, "");
      if (words !== "") query.append(input.name, words);
      query.append(name, value);
      location.assign(`${input.form.action}?${query}`);
      return;
    }
    input.value = value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  end() {
    this.close();
    this.leaving.abort();
    this.list.remove();
    for (const name of ["role", "aria-autocomplete", "aria-controls", "aria-expanded"]) this.input.removeAttribute(name);
  }
}

/** Begins to complete an input that has the focus. @param {HTMLInputElement} input */
export function complete(input) {
  return new Completion(input);
}
