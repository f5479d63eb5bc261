"""What the browser tests of the explorers share, whichever front end shows them: the gallery's
notebook, the keys for every control, and the time until picture or sentence has moved."""

import re
import statistics
from pathlib import Path

import nbformat
from explorer_gallery import NAMES

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120_000  # milliseconds: a busy machine is slow, and no test is about time
ANSWER = 15_000  # milliseconds until an explorer counts as one that has not moved
# What is pressed, in this order: a control's name, and keys or a text. Enter presses a button.
SCRIPTS = {
    "elman_stepper": "step t=ArrowUp forward=Enter back=Enter reset=Enter forward=Enter",
    "word_desk": "word=Hauptbahnhof_Wien token=ArrowUp",
    "gate_microscope": (
        "word t=ArrowUp unit=ArrowUp largest=Row forget bias +=ArrowUp × radius of W_h=ArrowUp "
        "as trained=Enter sentence=Heute_regnet_es"
    ),
    "packing_bench": (
        "batches=List budget=ArrowUp document=ArrowUp its length=ArrowUp longer=Enter "
        "shorter=Enter as given=Enter batch=ArrowDown"
    ),
    "decision_reader": (
        "words read=ArrowDown ask for=List by=List matrix of=List true=List "
        "said=List article=ArrowUp text=Die_Bank_senkt_den_Zins read it=Enter"
    ),
    "attention_map": "character=ArrowUp beams=ArrowUp date=12._Mai_2019",
    "two_berlins": "city=List new trail=Enter sentence=Von_Wien_nach_Graz",
    "writing_desk": (
        "step=Enter 5 steps=Enter undo=Enter your choice=List take it=Enter "
        "begin again=Enter "
        "temperature=ArrowUp top k=ArrowUp top p=ArrowDown beam width=ArrowUp beam steps=ArrowUp "
        "seed=ArrowUp begin with=Heute"
    ),
    "dropout_board": (
        "dropout=List locked: one mask for all words=Space rate=ArrowUp draw=ArrowUp "
        "word t=ArrowUp sentence=Graz_ist_schön"
    ),
}
SILENT = {  # controls that choose for a button, or name what a cell does not hold: nothing moves
    ("writing_desk", "your choice"),
    ("decision_reader", "article"),
}


def steps_of(name):
    """(control, keys) of an explorer's script."""
    found = re.findall(r"(\S.*?)=(\S+)(?: |$)", SCRIPTS[name])
    return [(control, keys.replace("_", " ")) for control, keys in found]


def write_gallery(folder):
    """A notebook with a cell for each explorer, after one that imports."""
    paths = [str(ROOT), str(ROOT / "tests")]
    setup = f"import sys\nsys.path[:0] = {paths!r}\nimport explorer_gallery"
    cells = [setup, *(f"explorer_gallery.{name}()" for name in NAMES)]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "gallery.ipynb")


def new_page(browser):
    """A window 1,024 pixels wide, so high that an explorer is seen whole; it keeps complaints."""
    page = browser.new_page(viewport={"width": 1024, "height": 1400})
    page.set_default_timeout(PATIENCE)
    page.busy = watched(page)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: page.complaints.append(said.text) if said.type == "error" else None,
    )
    return page


def watched(page):
    """A function that says how many milliseconds the page's main thread has computed."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    return busy


def live(page, name):
    """The widget of an explorer."""
    return page.locator(".explorer-live").nth(NAMES.index(name))


# In the page: when the reader last chose something, and when the picture or sentence changed.
WATCH = """box => {
  const times = window.times = {chosen: null, moved: null};
  const chosen = () => { if (times.moved === null) times.chosen = performance.now(); };
  for (const event of ["change", "click"]) box.addEventListener(event, chosen, {capture: true});
  times.answer = new Promise(resolve => {
    const watch = new MutationObserver(() => {
      if (times.chosen === null || times.moved !== null) return;
      times.moved = performance.now();
      requestAnimationFrame(() => resolve(times.moved - times.chosen));
    });
    box.querySelectorAll(".explorer-view,[role=alert]").forEach(e =>
      watch.observe(e.parentElement, {childList: true, subtree: true, characterData: true}));
  });
}"""
# In the page: names that do not fit on their button or before their field.
CUT = """box => [...box.querySelectorAll('button,.widget-label')]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"""
AT_END = "e => e.tagName == 'SELECT' ? e.selectedIndex == e.length - 1 : e.value == e.max"


def pressed(page, box, control, keys):
    """Works a control with the keyboard alone; the milliseconds until picture or sentence moved,
    and those that the page's processor was busy. None if nothing moved."""
    target = field(box, control, keys)
    target.scroll_into_view_if_needed()
    target.focus()
    if keys in ("List", "ArrowUp") and target.evaluate(AT_END):
        keys = {"List": "List up", "ArrowUp": "ArrowDown"}[keys]
    box.evaluate(WATCH)
    busy = page.busy()
    press(page, keys)
    late = f"new Promise(resolve => setTimeout(() => resolve(null), {ANSWER}))"
    wall = page.evaluate(f"Promise.race([window.times.answer, {late}])")
    return None if wall is None else (round(wall), round(page.busy() - busy))


def field(box, control, keys):
    """The field, the button, or of a row of buttons the first that is not pressed."""
    if keys == "Row":
        return box.locator(".widget-toggle-buttons button:not(.mod-active)").first
    if keys == "Enter":
        return box.get_by_role("button", name=control, exact=True).first
    return box.get_by_label(control, exact=True).first


def press(page, keys):
    """Keys, another option of a list, or a text and Enter."""
    if keys in ("List", "List up"):
        _other_option(page, "ArrowDown" if keys == "List" else "ArrowUp")
    elif keys == "Row":
        page.keyboard.press("Enter")
    elif keys in ("Enter", "Space", "ArrowUp", "ArrowDown"):
        page.keyboard.press(keys)
    else:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(keys)
        page.keyboard.press("Enter")


def _other_option(page, key="ArrowDown"):
    """Opens the list that has the focus and takes its next option: JupyterLab keeps the arrows of a
    closed list for moving between cells."""
    for one in ("Space", key, "Enter"):
        page.keyboard.press(one)


def work_all_controls(page, box, name):
    """Works every control of an explorer by its script and sees that picture or sentence moves.

    The milliseconds of each answer, (wall, processor time of the page), and their medians."""
    names = box.evaluate(
        "box => [...box.querySelectorAll('input,select,button')].map(e =>"
        " e.labels?.[0]?.textContent"
        " || e.textContent).map(s => s.trim())"
    )
    named = {one for one in names if one and not one.isdecimal()}  # a row of buttons has numbers
    assert named == {control for control, keys in steps_of(name) if keys != "Row"}
    times = {}
    for control, keys in steps_of(name):
        if (name, control) in SILENT:
            box.get_by_label(control, exact=True).focus()
            _other_option(page) if keys == "List" else page.keyboard.press(keys)
            page.wait_for_timeout(300)
            continue
        times[control] = pressed(page, box, control, keys)
        assert times[control] is not None, f"{control} moved nothing"
        assert box.locator("[role=alert]").inner_text().strip()
    times["median"] = tuple(map(statistics.median, zip(*times.values(), strict=True)))
    return times


def open_and_close_strips(page, strips):
    """Each strip's frames are closed; the keyboard opens them, and closes them again."""
    for number, name in enumerate(NAMES):
        frames = strips.nth(number).locator(".explorer-frames")
        assert not frames.is_visible(), name
        strips.nth(number).locator(".explorer-toggle").focus()
        page.keyboard.press("Space")
        assert frames.is_visible(), name
        page.keyboard.press("Space")
