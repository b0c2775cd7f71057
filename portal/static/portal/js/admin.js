// What the pages of the back office need beyond Django's own scripts, mostly names for
// those who do not see them. It runs before the scripts of the editor and of the lists
// to choose from have begun.

const labelText = (field) =>
  field?.labels?.[0]?.textContent.trim().replace(/:$/, "") || field?.name || "";

// The editor adds its style to the page unless one is there; the policy refuses inline
// style, and portal/css/admin.css has the same rules. So show it one that styles nothing.
const styled = document.createElementNS("urn:portal:none", "style");
styled.setAttribute("data-tiptap-style", "");
document.head.append(styled);

// The editor takes over the name and the help of the text that it stands for.
document.addEventListener("prose-editor:ready", ({ detail: { textarea } }) => {
  const editor = textarea.closest(".prose-editor")?.querySelector("[contenteditable]");
  if (!editor) return;
  editor.setAttribute("aria-label", labelText(textarea));
  editor.setAttribute("aria-multiline", "true");
  const help = textarea.getAttribute("aria-describedby");
  if (help) editor.setAttribute("aria-describedby", help);
  textarea.labels?.[0]?.addEventListener("click", () => editor.focus());
  // Only where the address leads to this text, and nobody has gone on meanwhile.
  const isWanted = editor.closest(".prose-editor").querySelector(":target");
  const isFree = [document.body, null].includes(document.activeElement);
  if (isWanted && isFree && document.readyState === "complete") leadToField();
});

// A link to a text leads to its editor, and one to rows to what comes first in them.
const STANDS_IN = `.prose-editor:has(:target) [contenteditable],
  .inline-group:target :is(summary, a, button, input:not([type=hidden]), select)`;
const leadToField = () => document.querySelector(STANDS_IN)?.focus();

// Until it has loaded, the browser takes the focus away from all but the target itself.
addEventListener("load", () => setTimeout(leadToField));
addEventListener("hashchange", leadToField);
document.addEventListener("click", ({ target }) => {
  // Followed once more, a link changes no address.
  const link = target.closest("a[href*='#']");
  if (link && link.href === location.href) setTimeout(leadToField);
});

// Each chosen record has a button of its own to remove it; one for all is too easily hit.
for (const select of document.querySelectorAll("select.admin-autocomplete[multiple]")) {
  select.dataset.allowClear = "false";
}

// The box to search in is named like the field that it fills.
function nameSearchBox(box) {
  const container =
    box.closest(".select2-selection")?.closest(".select2-container") ??
    document.querySelector(".select2-container--open");
  box.setAttribute("aria-label", labelText(container?.previousElementSibling));
}

// What is chosen is read after the name of the field, and the name where nothing is.
function nameChoice(choice) {
  const select = choice.closest(".select2-container")?.previousElementSibling;
  choice.dataset.named = "";
  // The words of what is chosen are no box to type in.
  const words = choice.querySelector("[role=textbox]");
  words?.removeAttribute("role");
  words?.removeAttribute("aria-readonly");
  const label = select?.labels?.[0];
  if (label) {
    label.id ||= `${select.id}_label`;
    const chosen = choice.getAttribute("aria-labelledby");
    choice.setAttribute("aria-labelledby", `${label.id} ${chosen}`);
  } else {
    choice.removeAttribute("aria-labelledby");
    choice.setAttribute("aria-label", select?.getAttribute("aria-label") || labelText(select));
  }
}

// The column of the names of rows has no heading.
for (const heading of document.querySelectorAll("th.original:empty")) {
  const cell = document.createElement("td");
  cell.className = heading.className;
  heading.replaceWith(cell);
}

const search = document.querySelector("#searchbar");
const button = search?.form.querySelector("[type=submit]");
if (button) search.setAttribute("aria-label", button.value);

// In rows of a table, the heading of the column names the fields.
function nameCell(field) {
  const column = field.closest("td").className.match(/\bfield-(\w+)/)?.[1] ?? "";
  const headings = field.closest("table").tHead.rows[0].cells;
  const heading =
    [...headings].find((cell) => cell.classList.contains(`column-${column}`)) ??
    headings[headings.length - 1];
  field.setAttribute("aria-label", heading.firstChild?.textContent.trim() || field.name);
}

const unnamed = ":is(input:not([type=hidden], [type=search]), select, textarea):not([aria-label])";

function mend() {
  for (const field of document.querySelectorAll(`.tabular tbody td ${unnamed}`)) {
    if (!field.labels?.length) nameCell(field);
  }
  document.querySelectorAll(".select2-selection--single:not([data-named])").forEach(nameChoice);
  document.querySelectorAll(".select2-search__field:not([aria-label])").forEach(nameSearchBox);
  for (const hint of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) {
    hint.setAttribute("role", "img");
  }
}

new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
mend();
