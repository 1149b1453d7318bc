"""Prompt services' wires: what is sent, and which answers are prompts."""

import json

import pytest

from reelgate.core.ports import RewriteFailed
from reelgate.core.upstream import HttpReply
from reelgate.worker.chat import ChatWire, checked, gemini_wire, openai_wire, read_reply, titles_of

OPENAI = openai_wire("http://host/v1/", "small", "secret")
GEMINI = gemini_wire("https://host", "flash", "secret")


def answer(body: object, status: int = 200) -> HttpReply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status=status, headers={}, body=content)


def test_openai_is_asked_with_both_messages() -> None:
    """The instruction is the system's, the prompt the user's; the key is no part of the call."""
    call = OPENAI.call("Translate.", "Ein Hund")
    body = json.loads(call.body or b"")
    assert (call.method, call.url) == ("POST", "http://host/v1/chat/completions")
    assert body["messages"] == [
        {"role": "system", "content": "Translate."},
        {"role": "user", "content": "Ein Hund"},
    ]
    assert body["model"] == "small"
    assert OPENAI.access == {"authorization": "Bearer secret"}
    assert openai_wire("http://host/v1", "small", None).access == {}


def test_gemini_is_asked_in_its_own_words() -> None:
    """The model is in the path, the key in its header."""
    call = GEMINI.call("Translate.", "Ein Hund")
    body = json.loads(call.body or b"")
    assert call.url == "https://host/v1beta/models/flash:generateContent"
    assert body["contents"] == [{"role": "user", "parts": [{"text": "Ein Hund"}]}]
    assert GEMINI.access == {"x-goog-api-key": "secret"}


def test_answers_are_read() -> None:
    """Each wire has its text somewhere else."""
    assert read_reply(OPENAI, answer({"choices": [{"message": {"content": "A dog"}}]})) == "A dog"
    parts = [{"text": "A "}, {"thought": True}, {"text": "dog"}]
    assert read_reply(GEMINI, answer({"candidates": [{"content": {"parts": parts}}]})) == "A dog"


@pytest.mark.parametrize("wire", [OPENAI, GEMINI], ids=["openai", "gemini"])
@pytest.mark.parametrize(
    "reply",
    [
        answer(b"", 500),
        answer({"error": {}}, 429),
        answer(b"<html>"),
        answer(b"\xff\xfe"),
        answer({}),
        answer([]),
        answer({"choices": [], "candidates": []}),
        answer({"choices": [{"message": {"content": None}}], "candidates": [{"content": {}}]}),
        answer({"choices": [{"message": {"content": 7}}], "candidates": [{"content": {"parts": [{"text": 7}]}}]}),
        answer(b"[" * 100_000),
    ],
)
def test_other_answers_are_none(wire: ChatWire, reply: HttpReply) -> None:
    """Whatever comes, there is one error."""
    with pytest.raises(RewriteFailed):
        read_reply(wire, reply)


def test_an_answer_must_be_a_prompt() -> None:
    """Fences are taken off; nothing, too much, and changed titles are refused."""
    assert checked("Ein Hund", "```text\nA dog\n```") == "A dog"
    assert checked("Der Titel „Ende“", 'The title "Ende"') == 'The title "Ende"'
    for prompt, text in (("a", "  "), ("a", "x" * 5000), ('"Ende"', 'the title "The End"')):
        with pytest.raises(RewriteFailed):
            checked(prompt, text)


def test_titles_are_found_in_all_quotes() -> None:
    """As the built-in engine finds them."""
    assert titles_of('"a" “b” «c» 「d」 „e“') == ["a", "b", "c", "d", "e"]
