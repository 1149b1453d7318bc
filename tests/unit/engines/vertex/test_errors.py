"""What Google's support codes mean."""

from reelgate.core.errors import EngineFailed, EngineRefused, EngineTimeout
from reelgate.engines.vertex.errors import CATEGORIES, categories_of, operation_error, with_categories


def test_every_code_has_one_category() -> None:
    """No number stands twice."""
    codes = [code for found in CATEGORIES.values() for code in found]
    assert len(codes) == len(set(codes))
    for category, found in CATEGORIES.items():
        for code in found:
            assert categories_of(f"Support codes: {code}.") == (category,)


def test_several_codes_and_none() -> None:
    """Each category once; an unknown number means nothing."""
    assert (
        with_categories("Codes: 58061214, 17301594, 61493863")
        == "Codes: 58061214, 17301594, 61493863 (child, violence)"
    )
    assert with_categories("Code: 12345678 of 2026") == "Code: 12345678 of 2026"


def test_operations_that_failed() -> None:
    """By their codes, and by the codes in their words."""
    assert isinstance(operation_error(3, ""), EngineRefused)
    assert isinstance(operation_error(13, "Support codes: 90789179"), EngineRefused)
    assert isinstance(operation_error(4, ""), EngineTimeout)
    assert isinstance(operation_error(8, "overloaded"), EngineFailed)
    assert str(operation_error(13, "")) == "The upstream's operation has failed with code 13."
