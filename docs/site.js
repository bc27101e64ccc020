// What the theme leaves out for those who use the keyboard, or listen to the page.
addEventListener("load", () => {
  // Wide tables are in boxes that scroll: the keyboard has to reach these.
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
    box.tabIndex = 0;
  }
  // The boxes of a checklist are a picture: they cannot be ticked.
  for (const box of document.querySelectorAll(".task-list-item input")) {
    box.ariaHidden = "true";
  }
});
