/* Starts the deck. Heights are estimated when it is written; where a browser's fonts are larger than
   thought, the body of that slide is made a little smaller, so that nothing leaves the slide. */
"use strict";

const ROOM = { width: 1168, bottom: 684 };

/* each frame of an explorer, then each answer of an exhibit, as the only one that is open */
function eachState(inner, look) {
  look();
  for (const strip of inner.querySelectorAll(".explorer-frames")) {
    const frames = [...strip.querySelectorAll(".explorer-frame")];
    for (const shown of frames) {
      for (const frame of frames) frame.hidden = frame !== shown;
      look();
    }
    frames.forEach((frame, i) => { frame.hidden = i > 0; });
  }
  for (const answer of inner.querySelectorAll("details")) {
    answer.open = true;
    look();
    answer.open = false;
  }
}

/* how many times the room of its slide the body needs, whatever is open */
function need(inner, room) {
  let most = 0;
  eachState(inner, () => {
    most = Math.max(most, inner.scrollHeight / room, inner.scrollWidth / ROOM.width);
  });
  return most;
}

/* real pixels for one of a picture's own; 0 for one that is hidden */
function scaleOf(picture) {
  const { width, height } = picture.getBoundingClientRect(), box = picture.viewBox.baseVal;
  return Math.min(width / box.width, height / box.height) / Reveal.getScale();
}

/* an explorer as large as its slide allows, not at the cost of its pictures; then the labels inside
   these at least 14 pixels */
function enlarge(inner, room) {
  const strip = inner.querySelector(".explorer-strip");
  if (!strip) return;
  const small = () => [...strip.querySelectorAll("svg")].map(scaleOf).some((s) => s && s < 1.15);
  for (let zoom = 32; zoom >= 20; zoom -= 1) {
    strip.style.zoom = String(zoom / 20);
    if (need(inner, room) <= 1 && !small()) break;
  }
  eachState(inner, () => {
    for (const picture of strip.querySelectorAll("svg")) {
      const scale = scaleOf(picture);
      if (scale) picture.style.fontSize = Math.max(11, 14.2 / scale) + "px";
    }
  });
}

function fit(section) {
  const body = section.querySelector(".body");
  const inner = body && body.firstElementChild;
  if (!inner || section.dataset.fitted) return;
  for (const formula of inner.querySelectorAll(".formula")) {
    const wider = formula.scrollWidth / formula.clientWidth;
    if (wider > 1) formula.style.fontSize = 29 * 0.98 / wider + "px";
  }
  const room = ROOM.bottom - body.offsetTop;
  enlarge(inner, room);
  const needed = need(inner, room);
  if (needed > 1) {
    inner.style.zoom = String(0.99 / needed);
    inner.style.width = ROOM.width * needed + "px";
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

/* answers of an exhibit, one at a time: the key that goes on opens one after the other, a click or
   Enter any one */
function others(answer) {
  return [...answer.parentNode.querySelectorAll("details")].filter((one) => one !== answer);
}
function turn(open) {
  return ({ fragments }) => {
    for (const answer of fragments.filter((one) => one.matches("details"))) {
      answer.open = open;
      if (open) for (const other of others(answer)) other.open = false;
    }
  };
}
Reveal.on("fragmentshown", turn(true));
Reveal.on("fragmenthidden", turn(false));
for (const summary of document.querySelectorAll("summary")) {
  summary.addEventListener("click", () => {
    for (const other of others(summary.parentNode)) other.open = false;
  });
  /* space and Enter belong to the slides, but not while an answer has the focus */
  summary.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") event.stopPropagation();
  });
}

const plugins = window.RevealNotes ? [window.RevealNotes] : [];
Reveal.initialize({
  width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t",
  transition: "none", backgroundTransition: "none", pdfSeparateFragments: false, plugins,
}).then(() => document.fonts.ready).then(fitAll).then(() => {
  Reveal.sync();
  document.body.dataset.ready = "yes";
});
