/* A list whose filters, order and pages change without a new page.

Every form and link in it works without this file; htmx follows them in the background
and swaps the list. Here is what a new page would have got wrong or lost: whatever was
open, scrolled, typed and focused stays so, an address says no more than it must, and all
that is done before an answer comes counts: nothing goes away under a pointer that is down,
and what is asked for meanwhile is asked of the view that the answer brings. */

// What is typed to narrow each facet, and the folds that this opened.
const narrowed = new Map();
const unfolded = new Set();

class LiveListing extends HTMLElement {
  // The form or link whose answer is awaited, and that answer while it waits for a pointer.
  asked = null;
  held = null;
  // What is wanted beside that: fields that no form has sent yet, whether the filters are
  // to be sent for them, and the form or link to follow in the view that comes of it.
  touched = new Set();
  isDue = false;
  next = null;
  isPressed = false;
  // The date that is being typed: with each digit of its year it is another one.
  typed = null;
  // The address of what is shown.
  view = viewOf(location);

  connectedCallback() {
    this.showChosen();
    this.watchPointer();
    this.watchFields();
    this.watchRequests();
    this.watchMenus();
    // Only links to other views of the list change it in place.
    this.addEventListener(
      "click",
      (event) => {
        const link = event.target.closest("a");
        // With these keys the browser opens a window or saves what the link leads to.
        const isElsewhere = event.shiftKey || event.altKey;
        if (link && (isElsewhere || !this.isView(link))) event.stopPropagation();
      },
      { capture: true },
    );
    this.addEventListener("htmx:configRequest", ({ detail }) => {
      makeCanonical(detail.formData, detail.elt);
      // Without a path, what the address says by now would be asked again.
      if (detail.path.startsWith("#")) detail.path = location.pathname + detail.path;
    });
    this.addEventListener("htmx:beforeSwap", (event) => {
      if (!event.detail.shouldSwap) return;
      // It stands in the address by now; nobody is to be taken there.
      event.detail.pathInfo.anchor = null;
      this.remember(event.detail.requestConfig.elt);
    });
    // Before anything of the next view is seen.
    this.addEventListener("htmx:afterSwap", (event) => {
      if (event.target.id !== "listing") return;
      this.view = viewOf(event.detail.pathInfo.finalRequestPath);
      this.restore();
      describe(event.detail.xhr.response);
    });
    for (const failure of ["htmx:responseError", "htmx:sendError"]) {
      // The browser shows the error page, or that the network is down.
      this.addEventListener(failure, (event) => {
        const failed = new URL(event.detail.pathInfo.finalRequestPath, location);
        failed.hash = this.dataset.fragment ?? "";
        if (failed.href === location.href) location.reload();
        else location.assign(failed);
      });
    }
    // Before htmx, which would load the whole page anew.
    addEventListener("popstate", (event) => {
      event.stopImmediatePropagation();
      // Who turns round while a view comes wants the one that is shown, and not that.
      if (viewOf(location) !== this.view || this.asked === this) this.goBack();
    });
  }

  /** Show the view of an address that the browser went back or forward to. */
  goBack() {
    this.asked = this.held = this.next = null;
    this.isDue = false;
    this.touched.clear();
    htmx.ajax("GET", location.pathname + location.search + location.hash, { source: this });
  }

  /** Whether a link leads to another view of the list, on a page that may have more. */
  isView(link) {
    const { fragment = "" } = this.dataset;
    return link.pathname === location.pathname && link.hash === fragment;
  }

  /** Close a menu by Escape, and let none cover what somebody goes on to. */
  watchMenus() {
    this.addEventListener("keydown", (event) => {
      const menu = event.key === "Escape" && event.target.closest(".menu[open]");
      if (!menu) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    const leave = ({ target }) => {
      for (const menu of this.querySelectorAll(".menu[open]")) {
        if (covers(menu) && !menu.contains(target)) menu.open = false;
      }
    };
    for (const kind of ["pointerdown", "focusin"]) addEventListener(kind, leave);
  }

  /** Know whether something is pressed: it must still stand where it is let go. */
  watchPointer() {
    const note = ({ buttons = 0 }) => {
      const wasPressed = this.isPressed;
      this.isPressed = (buttons & 1) === 1;
      if (wasPressed && !this.isPressed) this.goOnSoon();
    };
    // No pointerup tells that the list of a select or a scrollbar was let go.
    const kinds = ["pointerdown", "pointermove", "pointerup", "pointercancel", "keydown"];
    for (const kind of kinds) addEventListener(kind, note, { capture: true, passive: true });
  }

  watchFields() {
    this.addEventListener("input", (event) => this.touched.add(event.target));
    this.addEventListener("keydown", ({ target }) => {
      this.typed = target.type === "date" ? target : null;
    });
    this.addEventListener("pointerdown", () => (this.typed = null));
    this.addEventListener("change", (event) => {
      if (event.target !== this.typed) this.settle(event.target);
    });
    // What was typed in a former view is no change of the box that has it now.
    this.addEventListener("focusout", (event) => {
      this.typed = null;
      if (this.touched.has(event.target)) this.settle(event.target);
    });
  }

  watchRequests() {
    this.addEventListener("htmx:confirm", (event) => {
      const { elt } = event.detail;
      const isFilters = elt.matches("form.facets");
      const isFirst = isFilters || !this.isDue;
      // The same once more takes the place of what was asked; anything else comes next.
      if (isFirst && (!this.asked || this.asked === elt)) return;
      event.preventDefault();
      if (isFilters) this.isDue = true;
      else this.next = elt;
      this.goOnSoon();
    });
    this.addEventListener("htmx:beforeSend", (event) => {
      const { elt } = event.detail;
      this.asked = elt;
      this.held = null;
      if (elt.matches("form.facets")) this.isDue = false;
      for (const field of this.touched) if (elt.contains(field)) this.touched.delete(field);
    });
    this.addEventListener("htmx:beforeOnLoad", (event) => {
      const { etc, pathInfo, xhr } = event.detail;
      // The same view again is no step to go back from.
      if (isHere(pathInfo.finalRequestPath)) etc.replace = "true";
      if (!this.isPressed) return;
      event.preventDefault();
      this.held = xhr;
    });
    this.addEventListener("htmx:afterRequest", () => {
      if (this.held) return;
      this.asked = null;
      this.goOnSoon();
    });
  }

  /** Send the filters, since a field of theirs was left with another value. */
  settle(field) {
    // One that goes away with its view was not left.
    if (this.remembered || !field.closest("form.facets")) return;
    this.isDue = true;
    // Enter in a box changes it and sends the form as well: once is enough.
    this.goOnSoon();
  }

  /** Go on once all that comes of a press or a key has come. */
  goOnSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.goOn());
  }

  goOn() {
    if (this.isPressed) return;
    if (this.isDue) {
      // Where a value is wrong, the browser says so instead.
      this.isDue = false;
      this.querySelector("form.facets").requestSubmit();
    }
    if (this.held) {
      const answer = this.held;
      this.held = null;
      answer.dispatchEvent(new Event("load"));
    } else if (this.next && !this.asked) {
      const again = this.counterpart(this.next);
      this.next = null;
      if (again?.localName === "form") again.requestSubmit();
      else again?.click();
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
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    this.remembered = {
      focused,
      // Who scrolled on meanwhile stays there.
      isInSight: focused !== null && isInSight(focused),
      isFromTop: cause.closest("[data-from-top]") !== null && !this.touched.has(focused),
      isApplied: focused?.id === "apply-filters",
      place: scrollY,
      // What was chosen in a menu was all that was wanted of it.
      folds: new Map(
        [...this.querySelectorAll("details[id]")].map((fold) => [
          fold.id,
          fold.open && cause.closest(".menu") !== fold,
        ]),
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
    const { focused, isInSight, isFromTop, isApplied, place, folds, scrolled } =
      this.remembered;
    this.remembered = null;
    this.keepTouched();
    // On a small screen the filters would lie before what they found.
    if (isApplied) folds.set("facets", false);
    for (const fold of this.querySelectorAll("details[id]")) {
      fold.open = folds.get(fold.id) ?? fold.open;
      const options = fold.querySelector(".facets__options");
      if (options) options.scrollTop = scrolled.get(fold.id) ?? 0;
    }
    // The browser has kept the last view in sight while both stood on the page.
    if (scrollY !== place) scrollTo({ top: place, behavior: "instant" });
    if (!focused && !isFromTop) return;
    const again = isFromTop ? null : this.counterpart(focused);
    const boxes = ["text", "search", "number", "date"].map((type) => `input[type=${type}]`);
    if (again?.matches(boxes.join())) again.value = focused.value;
    const fold = isApplied ? null : again?.closest("details");
    const target = again?.checkVisibility()
      ? again
      : (fold?.querySelector("summary") ?? this.querySelector(".listing-count"));
    target.focus({ preventScroll: true });
    // Nothing moves under those whose focus stays where it is.
    if (target !== again && isInSight) {
      target.scrollIntoView({ block: "nearest", behavior: "instant" });
    }
  }

  /** Let fields have the values that the server was not yet told. */
  keepTouched() {
    const pairs = [...this.touched].map((field) => [field, this.counterpart(field)]);
    this.touched.clear();
    for (const [field, again] of pairs) {
      if (!again) continue;
      if (field.type === "checkbox") again.checked = field.checked;
      else again.value = field.value;
      this.touched.add(again);
    }
  }

  /** Find what stands for a control or link of the last view; null where nothing does. */
  counterpart(element) {
    const { id, name, value } = element;
    if (id) return this.querySelector(`#${CSS.escape(id)}`);
    if (name) {
      const alike = `[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`;
      return this.querySelector(`${alike}:not([type=hidden])`);
    }
    const alike = [...this.querySelectorAll(element.localName)];
    return alike.find((other) => wording(other) === wording(element)) ?? null;
  }
}

function isInSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

/** Whether an open menu lies over the page, and not among the rest. */
function covers(menu) {
  return getComputedStyle(menu.querySelector(".menu__list")).position === "absolute";
}

/** Path and query of an address. */
function viewOf(address) {
  const { pathname, search } = new URL(address, location);
  return pathname + search;
}

/** What a link or a summary says, after the heading of its row. */
function wording(element) {
  const heading = element.closest("tr")?.firstElementChild;
  return `${heading?.textContent}: ${element.textContent}`;
}

/** Let the head of the page tell of the view that an answer brought. */
function describe(answer) {
  const told = `link[rel=canonical], link[rel=alternate],
    meta[name=description], meta[property^="og:"]`;
  const [head] = answer.split("</head>", 1);
  const next = new DOMParser().parseFromString(head, "text/html");
  for (const former of document.head.querySelectorAll(told)) former.remove();
  document.head.append(...next.head.querySelectorAll(told));
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
    this.status = document.createElement("p");
    this.status.className = "facets__hint";
    this.status.setAttribute("role", "status");
    this.replaceChildren(this.input, this.status);
    // What is typed here is no filter.
    this.addEventListener("change", (event) => event.stopPropagation());
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    this.addEventListener("input", (event) => {
      event.stopPropagation();
      narrowed.set(facet, this.input.value);
      this.narrow();
    });
    this.narrow();
  }

  narrow() {
    const wanted = folded(this.input.value.trim());
    const list = this.parentElement.querySelector(".facets__options");
    for (const item of list.children) {
      // Whatever is found has all its parts.
      const isFound = says(item.querySelector(".facets__option"), wanted);
      const parts = [...item.querySelectorAll("li")];
      const found = parts.filter((part) => says(part, wanted));
      for (const part of parts) part.hidden = !isFound && !found.includes(part);
      item.hidden = !isFound && !found.length;
      const fold = item.querySelector("details");
      if (fold) unfold(fold, wanted && found.length > 0);
    }
    list.hidden = false;
    const options = [...list.querySelectorAll("li")];
    const shown = options.filter((option) => !option.closest("[hidden]"));
    list.hidden = !shown.length;
    this.status.textContent = list.hidden
      ? this.dataset.none
      : wanted && this.dataset.some.replace("{0}", shown.length).replace("{1}", options.length);
  }
}

/** Open a fold for what is found in it, and close it again where nothing is chosen. */
function unfold(fold, isWanted) {
  if (isWanted && !fold.open) {
    unfolded.add(fold.id);
    fold.open = true;
  } else if (!isWanted && unfolded.delete(fold.id)) {
    fold.open = fold.querySelector(":checked") !== null;
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
