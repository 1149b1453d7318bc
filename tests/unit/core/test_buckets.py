"""Which URIs of buckets lead where."""

import uuid

import pytest

from reelgate.core.buckets import (
    NO_BUCKETS,
    URI_MAX_CHARS,
    Buckets,
    Folder,
    check_bucket_key,
    copy_uri,
    read_buckets,
    task_of_copy,
)

BUCKETS = read_buckets("gs://film/veo=/srv/film, gs://film=/srv/rest,gs://own/{account}/out/ = s3://team/own,")
KEY = "tasks/019e34f2fc7b748d8abc048d159e26af/2/video-0.mp4"


@pytest.mark.parametrize(
    ("uri", "place", "key"),
    [
        ("gs://film/veo", "/srv/film", "x"),
        ("gs://film/veo/", "/srv/film", "x"),
        ("gs://film/veo/a/B.c_d=1", "/srv/film", "a/B.c_d=1/x"),
        ("gs://film/veox", "/srv/rest", "veox/x"),
        ("gs://film", "/srv/rest", "x"),
        ("gs://own/me/out", "s3://team/own", "me/out/x"),
        ("gs://own/me/out/deep", "s3://team/own", "me/out/deep/x"),
    ],
)
def test_a_uri_leads_below_the_deepest_prefix(uri: str, place: str, key: str) -> None:
    """A prefix is whole folders, and what follows it are folders of the place."""
    folder = BUCKETS.find(uri)
    assert folder
    assert (folder.place, folder.key("x")) == (place, key)
    assert BUCKETS.problem(uri, "me") is None
    assert check_bucket_key(folder.key("x")) == key


@pytest.mark.parametrize(
    "uri",
    [
        "", "gs://", "film/veo", "s3://film/veo", "GS://film/veo", "gs:///film/veo", "gs://Film/veo", "gs://film//veo",
        "gs://film/veo/..", "gs://film/veo/../x", "gs://film/veo/./x", "gs://film/veo/.hidden", "gs://film/veo/-x",
        "gs://film/veo/%2e%2e/x", "gs://film/veo/%2E%2E%2Fx", "gs://film/veo/..%2fx", "gs://film/veo\\..\\x",
        "gs://film/veo/a b", "gs://film/veo/a?b", "gs://film/veo/a#b", "gs://film/veo/\u2025", "gs://film/veo/a\n",
        "gs://film/veo/a\0b", "gs://film/veo/{account}", "gs://film/veo/sample_0.mp4", "gs://film/veo/~/../x",
        "gs://film@evil/veo", "gs://film/veo/" + "x" * URI_MAX_CHARS,
    ],
)  # fmt: skip
def test_what_could_lead_out_of_a_place_leads_nowhere(uri: str) -> None:
    """Neither up, nor in disguise, nor onto a video; and the sentence says what it must be."""
    assert BUCKETS.find(uri) is None
    assert (BUCKETS.problem(uri, "me") or "").startswith("must be gs://bucket/folder")


@pytest.mark.parametrize("uri", ["gs://other/veo", "gs://own", "gs://own/me", "gs://own/me/in"])
def test_a_bucket_that_is_not_mapped_leads_nowhere(uri: str) -> None:
    """Neither does a part of it that is not."""
    assert BUCKETS.find(uri) is None
    assert BUCKETS.problem(uri, "me") == f"is under no bucket that is mapped here: {uri}"


def test_an_account_has_the_folder_of_its_name() -> None:
    """And nobody else's."""
    assert BUCKETS.problem("gs://own/me/out/a", "me") is None
    assert BUCKETS.problem("gs://own/me/out/a", "you") == "is not this account's: gs://own/me/out/a"
    assert BUCKETS.problem("gs://own/me/out/a", "out") is not None


def test_a_prefix_that_names_a_folder_says_more_than_any_account_s() -> None:
    """Whatever stands first."""
    for text in ("gs://abc/{account}=a,gs://abc/shared=b", "gs://abc/shared=b,gs://abc/{account}=a"):
        assert read_buckets(text).find("gs://abc/shared/x") == Folder(place="b", names=("x",))


def test_without_a_mapping_nothing_is_available() -> None:
    """The sentence says so."""
    assert NO_BUCKETS.problem("gs://film/veo", "me") == "is not available: no bucket is mapped here"
    assert NO_BUCKETS.find("gs://film/veo") is None
    assert read_buckets(" , ") == Buckets()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("film=/srv", "is not gs://bucket/prefix=place"),
        ("gs://film", "is not gs://bucket/prefix=place"),
        ("gs://film/veo=", "is not gs://bucket/prefix=place"),
        ("gs://film/../x=/srv", "is not gs://bucket/prefix=place"),
        ("gs://film/{account}x=/srv", "is not gs://bucket/prefix=place"),
        ("gs://film/{account}/{account}=/srv", "has {account} twice"),
        ("gs://film/veo=/a,gs://film/veo/=/b", "is mapped twice"),
    ],
)
def test_a_mapping_that_cannot_be_read_is_told(text: str, words: str) -> None:
    """The operator sees which."""
    with pytest.raises(ValueError, match=words):
        read_buckets(text)


def test_a_copy_is_named_after_its_task_and_attempt() -> None:
    """And its task is found by it."""
    uri = copy_uri("gs://film/veo/", KEY, 1)
    assert uri == "gs://film/veo/019e34f2fc7b748d8abc048d159e26af-2/sample_1.mp4"
    assert task_of_copy(uri) == uuid.UUID("019e34f2fc7b748d8abc048d159e26af")
    assert BUCKETS.find(uri.rpartition("/")[0]) is not None


@pytest.mark.parametrize("uri", ["", "gs://film/veo/clip.mp4", "gs://film/veo/019e34f2fc7b748d8abc048d159e26af/x.mp4"])
def test_any_other_file_is_no_task_s(uri: str) -> None:
    """Whatever its name."""
    assert task_of_copy(uri) is None


@pytest.mark.parametrize("key", ["", "/a", "a/", "../a", "a/../b", "a//b", ".a", "a/.b", "a\\b", "a b", "a" * 513])
def test_a_key_that_could_lead_out_is_refused(key: str) -> None:
    """Were one to get so far."""
    with pytest.raises(ValueError, match="not a key"):
        check_bucket_key(key)
