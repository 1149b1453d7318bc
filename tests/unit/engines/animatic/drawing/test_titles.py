"""Letters: what can be shown is shown, in many scripts, and the rest is left out."""

import numpy as np
import pytest

from reelgate.engines.animatic.drawing.titles import _wrapped_lines, breakable, lettering, printable


def test_text_is_cut_and_cleaned() -> None:
    """One line, no control characters, no letters without a glyph, an ellipsis where it is too long."""
    assert printable(" a\n\tb\x07 \U0001f600 c ", 64) == "a b c"
    assert printable("x" * 80, 64) == "x" * 63 + "…"
    assert printable("สวัสดี", 64) == ""


@pytest.mark.parametrize("text", ["Reelgate", "Žluťoučký", "Привет", "Καλημέρα", "東京の夜", "안녕하세요"])
def test_scripts_have_letters(text: str) -> None:
    """Letters of each script leave ink, and not the ink of question marks."""
    mask = lettering(text, 40, 600)
    marks = lettering("?" * len(text), 40, 600)
    assert mask.shape[0] % 2 == 0
    assert mask.shape[1] % 2 == 0
    assert float(np.count_nonzero(mask)) > 200
    assert mask.shape != marks.shape or not np.array_equal(mask, marks)


def test_lines_may_end_between_signs() -> None:
    """East Asian titles break anywhere but before a comma or a small kana; others at spaces."""
    assert breakable("The End") == ["The ", "End"]
    assert breakable("春の旅、マッハ") == ["春", "の", "旅、", "マッ", "ハ"]
    assert breakable("안녕 세상") == ["안녕 ", "세상"]
    assert len(_wrapped_lines("長い長い題名がここにあります", 40, 300)) > 1
    assert len(_wrapped_lines("The last summer", 40, 1000)) == 1
