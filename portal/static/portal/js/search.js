/* Suggestions below a search box while somebody types.

The box is a form that works without this file. It follows the pattern of a combobox
with a list: arrow keys choose, Enter follows, Escape closes, and focus stays in the
field. */

const PAUSE_IN_MILLISECONDS = 150;
const SHORTEST = 2;

class SearchSuggestions extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=search]");
    this.list = document.createElement("ul");
    this.list.id = `${this.input.id}-suggestions`;
    this.list.className = "search-box__suggestions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.dataset.name);
    this.list.hidden = true;
    this.status = document.createElement("p");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    this.input.parentElement.append(this.list);
    this.append(this.status);
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.setAttribute("aria-expanded", "false");
    this.input.autocomplete = "off";
    this.input.addEventListener("input", () => this.wait());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget)) this.close();
    });
    // Before the field loses focus, which would close the list.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      this.follow(event.target.closest("[role=option]"));
    });
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  wait() {
    clearTimeout(this.timer);
    this.request?.abort();
    const typed = this.input.value.trim();
    if (typed.length < SHORTEST) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.ask(typed), PAUSE_IN_MILLISECONDS);
  }

  async ask(typed) {
    this.request = new AbortController();
    const { signal } = this.request;
    try {
      const address = `${this.dataset.address}?q=${encodeURIComponent(typed)}`;
      const response = await fetch(address, { signal });
      if (!response.ok) throw new Error(response.statusText);
      const { suggestions } = await response.json();
      // Somebody typed on, or went away, meanwhile.
      if (!signal.aborted && this.contains(document.activeElement)) {
        this.show(suggestions);
      }
    } catch {
      // The form still works.
      if (!signal.aborted) this.close();
    }
  }

  show(suggestions) {
    this.list.replaceChildren(
      ...suggestions.map(({ address, title, kind }, place) => {
        const option = document.createElement("li");
        option.id = `${this.list.id}-${place}`;
        option.className = "search-box__suggestion";
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.address = address;
        const name = document.createElement("span");
        name.dir = "auto";
        name.textContent = title;
        const unit = document.createElement("span");
        unit.className = "search-box__kind";
        unit.textContent = kind;
        option.append(name, " ", unit);
        return option;
      }),
    );
    this.choose(null);
    this.open(suggestions.length > 0);
    this.status.textContent = suggestions.length
      ? `${suggestions.length} ${this.dataset.some}`
      : this.dataset.none;
  }

  press(event) {
    if (event.isComposing || this.list.hidden) return;
    const options = [...this.list.children];
    const place = options.indexOf(this.chosen);
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      // One place stands for the field itself, between last and first.
      const places = options.length + 1;
      const next = (place + 1 + steps[event.key] + places) % places;
      this.choose(options[next - 1] ?? null);
    } else if (event.key === "Enter" && this.chosen) {
      event.preventDefault();
      this.follow(this.chosen);
    } else if (event.key === "Escape") {
      // The first press closes the list, and only another empties the field.
      event.preventDefault();
      this.close();
    }
  }

  choose(option) {
    this.chosen?.setAttribute("aria-selected", "false");
    this.chosen = option;
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  follow(option) {
    if (option) location.assign(option.dataset.address);
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  close() {
    this.request?.abort();
    clearTimeout(this.timer);
    this.choose(null);
    this.open(false);
    this.status.textContent = "";
  }
}

customElements.define("search-suggestions", SearchSuggestions);
