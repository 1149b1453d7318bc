"""Accounts as commands name them."""

from reelgate.core.errors import ServerMisconfigured
from reelgate.store.accounts import Account, find_account
from reelgate.store.database import Database


async def account_named(database: Database, name: str) -> Account:
    """Return the account of that name.

    Raises:
        ServerMisconfigured: there is none; the message says how to make it.

    """
    account = await find_account(database, name)
    if account is None:
        raise ServerMisconfigured(f"There is no account {name!r}; `reelgate keys create --account {name}` makes it.")
    return account
