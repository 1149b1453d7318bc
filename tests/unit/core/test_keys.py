"""What keys may do."""

import pytest

from reelgate.core.errors import KeyForbidden
from reelgate.core.keys import USUAL_SCOPES, Scope, check_model, check_scope


def test_a_key_may_what_its_scopes_say() -> None:
    """And is told what it may when it asks for more."""
    check_scope(USUAL_SCOPES, Scope.CREATE)
    with pytest.raises(KeyForbidden, match=r"may not delete\. It may: create, read\."):
        check_scope({Scope.READ, Scope.CREATE}, Scope.DELETE)
    with pytest.raises(KeyForbidden, match="nothing"):
        check_scope(set(), Scope.READ)


def test_a_key_may_use_the_models_of_its_list() -> None:
    """All without one, none with an empty one."""
    check_model(None, "veo-3")
    check_model({"veo-3"}, "veo-3")
    with pytest.raises(KeyForbidden, match="may use: veo-2, veo-3"):
        check_model({"veo-3", "veo-2"}, "veo-4")
    with pytest.raises(KeyForbidden, match="none"):
        check_model(set(), "veo-4")
