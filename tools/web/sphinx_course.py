"""What the site adds to Sphinx: formulas as MathML, and a link to the glossary at a first use.
Both happen while the page is written; a reader's browser runs nothing for them."""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.logging import getLogger

from tools.addresses import on_colab, repository
from tools.web import formulas
from tools.web.glossary import Term, load, pattern

LOGGER = getLogger(__name__)
FONT_NAME = "stix-two-math.woff"
# where a word is no prose, or is a link or a heading already
CLOSED: tuple[type[nodes.Element], ...] = (
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.reference,
    nodes.raw,
    nodes.math,
    nodes.math_block,
    nodes.caption,
    nodes.comment,
    addnodes.pending_xref,
    addnodes.glossary,
)


def shown(node: nodes.Element, tex: str, display: bool) -> str:
    """The formula as HTML; one that fails becomes a warning, a fault for `make site`."""
    try:
        return formulas.framed(tex) if display else formulas.mathml(tex)
    except formulas.FormulaError as error:
        LOGGER.warning("%s", error, location=node)
        return f"<code>{tex}</code>"


def visit_inline(self: Any, node: nodes.math) -> None:
    """Writes a formula that stands in a sentence, and skips what is inside."""
    self.body.append(shown(node, node.astext(), display=False))
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    """Writes a formula that stands on a line of its own."""
    self.body.append(shown(node, node.astext(), display=True))
    raise nodes.SkipNode


class FirstUses(SphinxTransform):
    """Links the first use of each of the glossary's terms in a notebook."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Walks the prose in reading order; each term is linked once at most."""
        if not self.env.docname.startswith("notebooks/"):
            return
        waiting = load()
        for text in list(self.document.findall(nodes.Text)):
            if not waiting:
                return
            if not self._closed(text):
                waiting = self._link(text, waiting)

    @staticmethod
    def _closed(text: nodes.Text) -> bool:
        parent: nodes.Element | None = text.parent
        while parent is not None:
            if isinstance(parent, CLOSED) or "cell_output" in parent.get("classes", []):
                return True
            parent = parent.parent
        return False

    @staticmethod
    def _link(text: nodes.Text, waiting: list[Term]) -> list[Term]:
        """Links what `text` uses first; the terms that still wait."""
        written = text.astext()
        parts: list[nodes.Node] = []
        end = 0
        while found := pattern(waiting).search(written, end):
            term = next(term for term in waiting if term.means(found[0]))
            link = addnodes.pending_xref(
                "", refdomain="std", reftype="term", reftarget=term.name, refexplicit=True
            )
            link += nodes.inline(found[0], found[0], classes=["glossary-link"])
            parts += [nodes.Text(written[end : found.start()]), link]
            end = found.end()
            waiting = [other for other in waiting if other is not term]
            if not waiting:
                break
        if parts and text.parent is not None:
            text.parent.replace(text, [*parts, nodes.Text(written[end:])])
        return waiting


def write_font(app: Sphinx, error: Exception | None) -> None:
    """Puts the formulas' font, with the characters that the pages use, beside the style sheet."""
    if error is not None or app.builder.name != "html":
        return
    pages = [path.read_text(encoding="utf-8") for path in sorted(app.outdir.rglob("*.html"))]
    static = app.outdir / "_static"
    (static / FONT_NAME).write_bytes(formulas.font(formulas.characters(pages)))
    css = formulas.face_rule(FONT_NAME) + formulas.RULE
    (static / "formulas.css").write_text(css, encoding="utf-8", newline="\n")


def scrollable(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Lets a keyboard reach what scrolls sideways: program texts, outputs, wide tables."""
    body = context.get("body")
    if body:
        body = re.sub(
            r'<div class="highlight"><pre>', '<div class="highlight"><pre tabindex="0">', body
        )
        context["body"] = body


def colab_button(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Lets a notebook's button open the copy that its badge opens: only there pictures are seen."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("text") == "Colab":
                notebook = f"{page.removeprefix('notebooks/')}.ipynb"
                button["url"] = on_colab(repository(), notebook)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tells Sphinx of all this."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.add_transform(FirstUses)
    app.add_css_file("formulas.css")
    app.connect("html-page-context", scrollable)
    app.connect("html-page-context", colab_button, priority=600)  # once the theme has made it
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
