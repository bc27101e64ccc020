// Shows a button that copies beside each text that can be copied. The pages work without it.
"use strict";

for (const button of document.querySelectorAll("button.copy")) {
  const text = button.parentElement.querySelector("code");
  const words = button.textContent;
  button.hidden = !navigator.clipboard; // browsers have it on https and on this machine alone
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = words), 2000);
  });
}
