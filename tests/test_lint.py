"""`make lint` sees notebooks as mypy should, and says which of its parts failed."""

import json

from tools import lint


def test_a_notebook_becomes_a_script_without_magics_and_set_up(tmp_path):
    cells = [
        ("code", "import sys\nif 'google.colab' in sys.modules:\n    %run x"),
        ("markdown", "# title"),
        ("code", "if True:\n    !ls\n%matplotlib inline\nx = 5 % 3"),
    ]
    path = tmp_path / "04_x.ipynb"
    content = {"cells": [{"cell_type": kind, "source": [text]} for kind, text in cells]}
    path.write_text(json.dumps(content), encoding="utf-8")
    script = lint.as_script(path)
    assert script == "# 04_x.ipynb\n\n# %% cell 2\nif True:\n    pass\npass\nx = 5 % 3\n"
    compile(script, "04_x.py", "exec")


def test_scripts_replace_old_ones_and_keep_line_numbers(tmp_path):
    (tmp_path / "old.py").write_text("", encoding="utf-8")
    lint.write_scripts(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert "old.py" not in names and "notebook_04_padding_and_packing.py" in names
    source = (lint.ROOT / "tests" / "test_lint.py").read_text(encoding="utf-8")
    copy = (tmp_path / "test_lint.py").read_text(encoding="utf-8")
    assert copy == source + lint.INLINE and "disable-error-code" in lint.INLINE


def test_all_parts_run_and_the_failed_ones_are_named(monkeypatch, capsys):
    ran = []

    def part(name, good):
        def check():
            ran.append(name)
            return good

        return check

    parts = {"format": part("format", False), "rules": part("rules", True)}
    monkeypatch.setattr(lint, "PARTS", {**parts, "export": part("export", False)})
    assert lint.main() == 1
    assert ran == ["format", "rules", "export"]
    assert capsys.readouterr().out.splitlines()[-1] == "lint: format, export failed"
    monkeypatch.setattr(lint, "PARTS", {"rules": part("rules", True)})
    assert lint.main() == 0
