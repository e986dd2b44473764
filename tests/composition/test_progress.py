"""The bar that long work shows."""

import sys

import pytest

from taskyard.composition.progress import Bar


def test_bar_is_drawn_on_a_terminal_seldom_and_to_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    bar = Bar(200)
    for done in range(201):
        bar.show(done, "10 February")
    bar.close()
    drawn = capsys.readouterr().out.split("\r")

    assert drawn[1] == f"[{'.' * 30}]   0 %  10 February\x1b[K"
    assert drawn[-1] == f"[{'#' * 30}] 100 %  10 February\x1b[K\n"
    assert len(drawn) < 20


def test_bar_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(0)
    bar.show(0, "")
    bar.close()

    assert capsys.readouterr().out == ""
