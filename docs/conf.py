"""The site's settings for Sphinx. `make site` writes its source into _build/site-source;
whatever a notebook needs is in it, so that the site asks no other host for anything."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
with (ROOT / "pyproject.toml").open("rb") as file:
    PROJECT = tomllib.load(file)["project"]

project = "Recurrent Networks for Text"
author = "the authors of the course"
copyright = "the authors; text and figures CC BY 4.0, code MIT"  # noqa: A001
version = PROJECT["version"]
language = "en"
extensions = ["myst_nb", "tools.web.sphinx_course"]
exclude_patterns = ["README.md"]

# What is committed is shown; nothing is run, and no widget's script is fetched from elsewhere.
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True
nb_code_prompt_show = "On Colab: the set-up cell"
nb_code_prompt_hide = "Fold the set-up cell"
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "attrs_inline"]
myst_dmath_double_inline = True  # notebooks put $$ at the end of a paragraph, too
myst_heading_anchors = 3
myst_update_mathjax = False
html_math_renderer = "mathml"
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header", "misc.highlighting_failure"]

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = [str(ROOT / "tools" / "web" / "assets" / "site")]
html_css_files = ["course.css"]
html_js_files = ["frames.js"]
html_copy_source = False
html_show_search_summary = False  # it asks for pages, which a site opened from a folder can't
html_show_sphinx = False
html_last_updated_fmt = None
templates_path: list[str] = []
html_context = {"default_mode": "auto"}
html_theme_options = {
    "repository_url": PROJECT["urls"]["Repository"],
    "repository_branch": "main",
    "path_to_docs": "",
    "launch_buttons": {
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
        "notebook_interface": "jupyterlab",
    },
    "use_repository_button": True,
    "use_issues_button": True,
    "use_download_button": False,
    "navbar_persistent": [],  # the side bar has the search field
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
