"""Buckets that callers name, and the places of the operator's that stand for them. Pure.

A mapping reads `gs://bucket/prefix=place`. Below the prefix a caller may name folders of its own; every task has a
folder of its own below those, so that no caller's file can take another's place. Where `{account}` stands for a folder
of the prefix, each account has the folder of its name and no other.
"""

import re
import uuid
from dataclasses import dataclass
from typing import Final

#: Stands in a prefix for the folder that has an account's name.
ACCOUNT: Final = "{account}"
URI_MAX_CHARS: Final = 400

_BUCKET: Final = r"[a-z0-9][a-z0-9._-]{1,220}"
#: Nothing that a file system, a shell or a URL could read as more than a name.
_FOLDER: Final = r"[A-Za-z0-9_=+@~][A-Za-z0-9._=+@~-]*"
_URI: Final = re.compile(rf"gs://({_BUCKET})((?:/{_FOLDER})*)/?")
_PREFIX: Final = re.compile(rf"gs://({_BUCKET})((?:/(?:{_FOLDER}|\{{account\}}))*)/?")
_KEY: Final = re.compile(rf"{_FOLDER}(?:/{_FOLDER})*")
_KEY_MAX_CHARS: Final = 512
_COPY: Final = re.compile(r"/([0-9a-f]{32})-[0-9]+/sample_[0-9]+\.mp4$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mapping:
    """A prefix of a bucket, and the place that stands for it."""

    bucket: str
    #: Below the bucket; one of them may be `ACCOUNT`.
    folders: tuple[str, ...] = ()
    #: As `objects.opening` reads it.
    place: str

    def fits(self, bucket: str, folders: tuple[str, ...]) -> bool:
        """Return whether something is under the prefix."""
        own = self.folders
        return (
            bucket == self.bucket
            and len(folders) >= len(own)
            and all(mine in (ACCOUNT, theirs) for mine, theirs in zip(own, folders, strict=False))
        )

    @property
    def depth(self) -> tuple[int, int]:
        """What tells which of two prefixes says more: its folders, then those that it names."""
        return len(self.folders), len(self.folders) - self.folders.count(ACCOUNT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """Where a URI leads."""

    place: str
    #: Names below the place, outermost first.
    names: tuple[str, ...] = ()

    def key(self, name: str) -> str:
        """Return the key in the place of what has a name in this folder."""
        return "/".join((*self.names, name))


@dataclass(frozen=True, slots=True)
class Buckets:
    """What is mapped."""

    mappings: tuple[Mapping, ...] = ()

    def find(self, uri: str) -> Folder | None:
        """Return where a URI leads; None for one that is under no prefix, or could be read in two ways."""
        found = _split(uri)
        mapping = None if found is None else self._mapping(*found)
        if found is None or mapping is None:
            return None
        _, folders = found
        own = mapping.folders
        return Folder(place=mapping.place, names=folders[own.index(ACCOUNT) if ACCOUNT in own else len(own) :])

    def problem(self, uri: str, account: str) -> str | None:
        """Return why an account may not have files put under a URI, or None."""
        if not self.mappings:
            return "is not available: no bucket is mapped here"
        found = _split(uri)
        if found is None:
            return (
                f"must be gs://bucket/folder, with names of letters, digits and ._=+@~- that begin with none of .-, "
                f"of at most {URI_MAX_CHARS} characters"
            )
        mapping = self._mapping(*found)
        if mapping is None:
            return f"is under no bucket that is mapped here: {uri[:100]}"
        _, folders = found
        if ACCOUNT in mapping.folders and folders[mapping.folders.index(ACCOUNT)] != account:
            return f"is not this account's: {uri[:100]}"
        return None

    def _mapping(self, bucket: str, folders: tuple[str, ...]) -> Mapping | None:
        fitting = [mapping for mapping in self.mappings if mapping.fits(bucket, folders)]
        return max(fitting, key=lambda mapping: mapping.depth, default=None)


NO_BUCKETS: Final = Buckets()


def read_buckets(text: str) -> Buckets:
    """Return the mappings that a setting says: `gs://bucket/prefix=place`, separated by commas.

    Raises:
        ValueError: it says something else; the message tells what.

    """
    mappings: list[Mapping] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        prefix, separator, place = part.partition("=")
        found = _PREFIX.fullmatch(prefix.strip())
        if found is None or not separator or not place.strip():
            raise ValueError(f"{part!r} is not gs://bucket/prefix=place")
        folders = _folders(found[2])
        if folders.count(ACCOUNT) > 1:
            raise ValueError(f"{part!r} has {ACCOUNT} twice")
        if any((found[1], folders) == (other.bucket, other.folders) for other in mappings):
            raise ValueError(f"{prefix.strip()!r} is mapped twice")
        mappings.append(Mapping(bucket=found[1], folders=folders, place=place.strip()))
    return Buckets(tuple(mappings))


def check_bucket_key(key: str) -> str:
    """Return a key that cannot lead out of a place.

    Raises:
        ValueError: it could.

    """
    if len(key) > _KEY_MAX_CHARS or not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key[:100]!r}")
    return key


def copy_name(object_key: str, sample: int) -> str:
    """Return the name, below the caller's folders, of the copy of a task's video that is stored under `object_key`.

    It names the attempt too: a worker that lost the task never touches the copies of the one that has it.
    """
    _, task, attempt, _ = object_key.split("/")
    return f"{task}-{attempt}/sample_{sample}.mp4"


def copy_uri(folder_uri: str, object_key: str, sample: int) -> str:
    """Return the URI of a copy under the URI that the caller named."""
    return f"{folder_uri.rstrip('/')}/{copy_name(object_key, sample)}"


def task_of_copy(uri: str) -> uuid.UUID | None:
    """Return the task whose video has a copy under a URI, if it can be one."""
    found = _COPY.search(uri)
    return uuid.UUID(found[1]) if found else None


def _split(uri: str) -> tuple[str, tuple[str, ...]] | None:
    found = _URI.fullmatch(uri) if len(uri) <= URI_MAX_CHARS else None
    folders = _folders(found[2]) if found else ()
    # A folder could stand in the way of a video, or the other way round.
    return None if found is None or any(name.lower().endswith(".mp4") for name in folders) else (found[1], folders)


def _folders(path: str) -> tuple[str, ...]:
    return tuple(path.split("/")[1:])
