/* <copy-link>: a button that copies the address in its data-copy. */

class CopyLink extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("[data-copy]");
    if (!button || !navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      this.querySelector("[role=status]").textContent = button.dataset.done;
      button.textContent = button.dataset.done;
    });
  }
}

customElements.define("copy-link", CopyLink);
