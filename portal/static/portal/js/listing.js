/* A list whose filters, order and pages change without a new page.

Every form and link in it works without this file; htmx follows them in the background
and swaps the list. Here is what a new page would have got wrong or lost: whatever was
open, scrolled, typed and focused stays so, and an address says no more than it must. */

const narrowed = new Map();

class LiveListing extends HTMLElement {
  connectedCallback() {
    this.showChosen();
    this.addEventListener("change", (event) => {
      const form = event.target.closest("form.facets");
      // Enter in a box changes it and sends the form as well: once is enough.
      if (form) this.sending = setTimeout(() => form.requestSubmit());
    });
    this.addEventListener("submit", () => clearTimeout(this.sending), true);
    this.addEventListener("keydown", (event) => {
      const menu = event.key === "Escape" && event.target.closest(".menu[open]");
      if (!menu) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    // Only links to other views of the list change it in place.
    this.addEventListener(
      "click",
      (event) => {
        const link = event.target.closest("a");
        if (link && link.pathname !== location.pathname) event.stopPropagation();
      },
      { capture: true },
    );
    this.addEventListener("htmx:configRequest", (event) => {
      makeCanonical(event.detail.formData, event.detail.elt);
    });
    this.addEventListener("htmx:beforeOnLoad", (event) => {
      const { etc, pathInfo } = event.detail;
      // The same view again is no step to go back from.
      if (isHere(pathInfo.finalRequestPath)) etc.replace = "true";
    });
    this.addEventListener("htmx:beforeSwap", (event) => {
      this.remember(event.detail.requestConfig.elt);
    });
    // Before anything of the next view is seen.
    this.addEventListener("htmx:afterSwap", (event) => {
      if (event.target.id === "listing") this.restore();
    });
    for (const failure of ["htmx:responseError", "htmx:sendError"]) {
      // The browser shows the error page, or that the network is down.
      this.addEventListener(failure, (event) => {
        location.assign(event.detail.pathInfo.finalRequestPath);
      });
    }
  }

  /** Scroll each list of options to the first one that is chosen. */
  showChosen() {
    for (const options of this.querySelectorAll(".facets__options")) {
      const chosen = options.querySelector(":checked");
      if (!chosen) continue;
      const above = chosen.getBoundingClientRect().top - options.getBoundingClientRect().top;
      options.scrollTop += above - 8;
    }
  }

  remember(cause) {
    this.remembered = {
      focused: this.contains(document.activeElement) ? document.activeElement : null,
      isFromTop: cause.closest("[data-from-top]") !== null,
      place: scrollY,
      folds: new Map(
        [...this.querySelectorAll("details[id]")].map((fold) => [fold.id, fold.open]),
      ),
      scrolled: new Map(
        [...this.querySelectorAll("details[id] .facets__options")].map((options) => [
          options.closest("details").id,
          options.scrollTop,
        ]),
      ),
    };
  }

  restore() {
    const { focused, isFromTop, place, folds, scrolled } = this.remembered;
    for (const fold of this.querySelectorAll("details[id]")) {
      fold.open = folds.get(fold.id) ?? fold.open;
      const options = fold.querySelector(".facets__options");
      if (options) options.scrollTop = scrolled.get(fold.id) ?? 0;
    }
    // The browser has kept the last view in sight while both stood on the page.
    if (scrollY !== place) scrollTo({ top: place, behavior: "instant" });
    if (!focused && !isFromTop) return;
    const again = isFromTop ? null : this.counterpart(focused);
    const boxes = "input[type=text], input[type=search], input[type=number]";
    if (again?.matches(boxes)) again.value = focused.value;
    const target = again?.checkVisibility()
      ? again
      : (again?.closest("details")?.querySelector("summary") ??
        this.querySelector("#listing-count h2"));
    target.focus({ preventScroll: true });
    // Nothing moves under those whose focus stays where it is.
    if (target !== again) target.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  /** Find what stands for a control or link of the last view; null where nothing does. */
  counterpart(element) {
    const { id, name, value } = element;
    if (id) return this.querySelector(`#${CSS.escape(id)}`);
    if (name) {
      return this.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
    }
    const alike = [...this.querySelectorAll(element.localName)];
    return alike.find((other) => wording(other) === wording(element)) ?? null;
  }
}

/** What a link or a summary says, after the heading of its row. */
function wording(element) {
  const heading = element.closest("tr")?.firstElementChild;
  return `${heading?.textContent}: ${element.textContent}`;
}

/** Whether an address is the one of this view. */
function isHere(path) {
  const { pathname, searchParams } = new URL(path, location);
  const shown = new URLSearchParams(location.search);
  return pathname === location.pathname && String(searchParams) === String(shown);
}

/** Sort keys, and drop what is empty or goes without saying, in place. */
function makeCanonical(data, form) {
  const implied = new Map(
    [...form.querySelectorAll("[data-default]")].map((field) => [
      field.name,
      field.dataset.default,
    ]),
  );
  const pairs = [...data.entries()].filter(
    ([key, text]) => text !== "" && text !== implied.get(key),
  );
  for (const key of new Set(data.keys())) data.delete(key);
  pairs.sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
  for (const [key, text] of pairs) data.append(key, text);
}

/** A box that hides the options of a facet which do not contain what is typed. */
class FacetNarrower extends HTMLElement {
  connectedCallback() {
    const facet = this.closest("details").id;
    this.input = document.createElement("input");
    this.input.type = "search";
    this.input.id = `${facet}-narrower`;
    this.input.placeholder = this.dataset.hint;
    this.input.setAttribute("aria-label", this.dataset.label);
    this.input.value = narrowed.get(facet) ?? "";
    this.replaceChildren(this.input);
    // What is typed here is no filter.
    this.addEventListener("change", (event) => event.stopPropagation());
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    this.addEventListener("input", () => {
      narrowed.set(facet, this.input.value);
      this.narrow();
    });
    this.narrow();
  }

  narrow() {
    const wanted = folded(this.input.value.trim());
    for (const item of this.parentElement.querySelectorAll(".facets__options > li")) {
      const parts = [...item.querySelectorAll("li")];
      for (const part of parts) part.hidden = !says(part, wanted);
      const anyPart = parts.some((part) => !part.hidden);
      item.hidden = !anyPart && !says(item.querySelector(".facets__option"), wanted);
      const fold = item.querySelector("details");
      if (fold && wanted) fold.open = anyPart;
    }
  }
}

function says(element, wanted) {
  return folded(element.textContent).includes(wanted);
}

/** Without case and accents. */
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

customElements.define("live-listing", LiveListing);
customElements.define("facet-narrower", FacetNarrower);
