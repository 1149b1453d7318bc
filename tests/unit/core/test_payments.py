"""What is sold, as an operator writes it."""

import pytest

from reelgate.core.payments import Package, read_packages


def test_packages_are_read() -> None:
    """Spaces and a comma too many do not matter."""
    assert read_packages(" small=1000:999usd, large-1=6000:4999eur,") == {
        "small": Package(name="small", credits_sold=1000, price=999, currency="usd"),
        "large-1": Package(name="large-1", credits_sold=6000, price=4999, currency="eur"),
    }
    assert read_packages("") == {}


@pytest.mark.parametrize(
    "text", ["x", "a=0:1usd", "a=1:0usd", "a=1:1USD", "a=1:1.5usd", "a=1:1usd,a=2:2usd", "=1:1usd"]
)
def test_what_is_no_package_is_refused(text: str) -> None:
    """Nothing is sold for a price that was not meant."""
    with pytest.raises(ValueError, match=r"is not like|stands twice"):
        read_packages(text)
