/* Starts the deck. Heights are estimated when it is written; where a browser's fonts are larger than
   thought, the body of that slide is made a little smaller, so that nothing leaves the slide. */
"use strict";

function fit(section) {
  const body = section.querySelector(".body");
  const inner = body && body.firstElementChild;
  if (!inner || section.dataset.fitted) return;
  for (const formula of inner.querySelectorAll(".formula")) {
    const wider = formula.scrollWidth / formula.clientWidth;
    if (wider > 1) formula.style.fontSize = 29 * 0.98 / wider + "px";
  }
  const room = 684 - body.offsetTop;
  const needed = Math.max(inner.scrollHeight / room, inner.scrollWidth / 1168);
  if (needed > 1) {
    inner.style.zoom = String(0.99 / needed);
    inner.style.width = 1168 * needed + "px";
  }
  section.dataset.fitted = "yes";
}

/* all slides are measured once, before the first is shown: hidden ones have no size */
function fitAll() {
  for (const section of document.querySelectorAll(".slides > section")) {
    const { display, visibility, hidden } = { ...section.style, hidden: section.hidden };
    section.hidden = false;
    section.style.setProperty("display", "block", "important");
    section.style.visibility = "hidden";
    fit(section);
    section.style.display = display;
    section.style.visibility = visibility;
    section.hidden = hidden;
  }
}

const plugins = window.RevealNotes ? [window.RevealNotes] : [];
Reveal.initialize({
  width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t",
  transition: "none", backgroundTransition: "none", pdfSeparateFragments: false, plugins,
}).then(() => document.fonts.ready).then(fitAll).then(() => {
  Reveal.sync();
  document.body.dataset.ready = "yes";
});
