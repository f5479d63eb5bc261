// On a page without a kernel the frames of an explorer are stepped through, one at a time.
// Without this script they stand one below the other, so nothing is lost where it does not run.
for (const strip of document.querySelectorAll(".explorer-strip")) {
  const frames = [...strip.querySelectorAll(".explorer-frame")];
  if (frames.length < 2 || strip.querySelector(".explorer-steps")) continue;
  const steps = document.createElement("div");
  steps.className = "explorer-steps";
  const place = document.createElement("span");
  place.setAttribute("role", "status");
  place.style.margin = "0 8px";
  let at = 0;
  const show = (next) => {
    at = Math.min(frames.length - 1, Math.max(0, next));
    frames.forEach((frame, i) => { frame.hidden = i !== at; });
    place.textContent = `frame ${at + 1} of ${frames.length}`;
  };
  const button = (name, by) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = name;
    made.addEventListener("click", () => show(at + by));
    steps.append(made);
  };
  button("back", -1);
  steps.append(place);
  button("next", 1);
  strip.querySelector(".explorer-frames").before(steps);
  window.addEventListener("beforeprint", () => frames.forEach((frame) => { frame.hidden = false; }));
  window.addEventListener("afterprint", () => show(at));
  show(0);
}
