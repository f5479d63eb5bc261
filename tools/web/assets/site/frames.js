/* Without a kernel an explorer is a strip of frames. Here they step through: one at a time, by
   buttons or slider, by mouse or keyboard. Without JavaScript the whole strip stays. */
"use strict";

function stepThrough(strip) {
  const frames = [...strip.querySelectorAll(".explorer-frame")];
  if (frames.length < 2 || strip.dataset.stepped) return;
  strip.dataset.stepped = "yes";
  strip.classList.add("explorer-stepped");
  const name = (frames[0].getAttribute("aria-label") || "Explorer").replace(/, frame .*$/, "");

  const bar = document.createElement("div");
  bar.className = "explorer-steps";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", name + ": choose a step");
  const back = document.createElement("button");
  const forward = document.createElement("button");
  for (const [button, text] of [[back, "back"], [forward, "forward"]]) {
    button.type = "button";
    button.textContent = text;
  }
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 1, max: frames.length, value: 1 });
  slider.setAttribute("aria-label", name + ": step");
  const place = document.createElement("output");
  place.setAttribute("aria-live", "polite");
  bar.append(back, forward, slider, place);
  frames[0].parentNode.insertBefore(bar, frames[0]);

  function show(step) {
    const at = Math.min(Math.max(step, 1), frames.length);
    frames.forEach((frame, i) => { frame.hidden = i + 1 !== at; });
    slider.value = at;
    back.disabled = at === 1;
    forward.disabled = at === frames.length;
    place.textContent = at + " of " + frames.length;
  }
  back.addEventListener("click", () => show(Number(slider.value) - 1));
  forward.addEventListener("click", () => show(Number(slider.value) + 1));
  slider.addEventListener("input", () => show(Number(slider.value)));
  /* in a deck the arrows belong to the slides, but not while the reader is in here */
  bar.addEventListener("keydown", (event) => event.stopPropagation());
  show(1);
}

function stepAll() {
  document.querySelectorAll(".explorer-strip").forEach(stepThrough);
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", stepAll);
else stepAll();
