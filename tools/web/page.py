"""A notebook as one HTML file that asks nobody for anything: figures and formulas are inside.
nbconvert's own page loads MathJax, require.js and mermaid from a CDN and leaves figures out."""

import base64
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from tools import addresses, alt
from tools.web import formulas

ROOT = Path(__file__).resolve().parent.parent.parent
# nbconvert's template without its three scripts
OWN = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""


class Renderer(IPythonRenderer):
    """nbconvert's Markdown with formulas as MathML."""

    def block_math(self, body: str) -> str:
        return formulas.framed(body)

    def multiline_math(self, text: str) -> str:
        return formulas.framed(text.strip().strip("$"))

    def latex_environment(self, name: str, body: str) -> str:
        return formulas.framed(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def inline_math(self, body: str) -> str:
        return formulas.mathml(body)


def markdown(text: str, attachments: dict[str, Any] | None = None) -> str:
    """Markdown of a cell as HTML."""
    renderer = Renderer(escape=False, attachments=attachments or {}, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(text))


class CoursePage(HTMLExporter):
    """nbconvert's exporter with the course's formulas and without addresses."""

    def __init__(self, **options: Any) -> None:
        loader = DictLoader({"course": OWN})
        super().__init__(extra_loaders=[loader], template_file="course", **options)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """The filter that the template calls for a Markdown cell."""
        return markdown(source, context.get("cell", {}).get("attachments"))


def figure(name: str, root: Path = ROOT) -> str:
    """A figure of img/ as an address that holds the figure itself."""
    data = base64.b64encode((root / "img" / name).read_bytes()).decode()
    return f"data:image/svg+xml;base64,{data}"


def with_figures(html: str, root: Path = ROOT) -> str:
    """HTML whose pictures from img/ are inside it."""
    source = re.compile(r'src="(?:\.\./)+img/([\w.-]+\.svg)"')
    return source.sub(lambda found: f'src="{figure(found[1], root)}"', html)


def silent(notebook: NotebookNode) -> NotebookNode:
    """A copy without the badge, whose picture lies elsewhere."""
    copy = deepcopy(notebook)
    for cell in copy.cells[:1]:
        cell.source = addresses.without_badge(cell.source)
    return copy


def page(notebook: NotebookNode, root: Path = ROOT) -> str:
    """The notebook as one HTML file."""
    html, _ = CoursePage().from_notebook_node(silent(notebook))
    css = formulas.style(formulas.characters([html]))
    head = f"<style>{css}.formula {{ overflow-x: auto; }}</style></head>"
    html = alt.in_page(html, notebook)
    return with_figures(html, root).replace("</head>", head, 1)
