"""The hardened fetcher against real servers on the loopback interface."""

import asyncio
import contextlib
import gzip
import ipaddress
import pathlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import httpcore2
import pytest

from reelgate.kit.addresses import Address, read_allowed
from reelgate.kit.fetch import (
    Fetched,
    FetchFailed,
    FetchProblem,
    FetchRefused,
    FetchRules,
    FetchTooLarge,
    fetch,
    resolve_by_system,
)

CERTIFICATES = pathlib.Path(__file__).parent / "certificates"
TLS = httpcore2.default_ssl_context()

#: Sends an answer; it is given the request's head and its connection's two ends.
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server on 127.0.0.1 that answers each request as the test says, and remembers what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Answer] = {}
        self.heads: list[str] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's first request."""
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            answer = self.answers[head.split()[1]]
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(reader, writer)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def run_server(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with run_server() as server:
        yield server


class Names:
    """A name server that gives out one list of addresses after the other."""

    def __init__(self, **names: Sequence[str | Sequence[str]]) -> None:
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """Return the next answer for a name; the last one stays."""
        self.asked.append(host)
        answers = self.names[host]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ipaddress.ip_address(text) for text in ([answer] if isinstance(answer, str) else answer)]


def make_rules(allowed: str = "", **changes: Any) -> FetchRules:
    values: dict[str, Any] = {"allowed": read_allowed(allowed), "tls": TLS, "total_s": 10, "size_max_bytes": 1000}
    return FetchRules(**values | changes)


def make_answer(body: bytes = b"picture", status: str = "200 OK", **headers: object) -> bytes:
    lines = {"content-length": len(body), "content-type": "image/png"} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


async def test_a_url_is_fetched(server: Server) -> None:
    """The bytes, the type and the final URL come back; the request says little."""
    server.answers["/a%20b?c=d"] = make_answer(content_type="Image/PNG; charset=x")
    url = f"http://127.0.0.1:{server.port}/a%20b?c=d#fragment"
    fetched = await fetch(url, rules=make_rules("127.0.0.1"))
    assert (fetched.content, fetched.media_type, fetched.final_url) == (b"picture", "image/png", url)
    assert server.heads[0].split("\r\n") == [
        "GET /a%20b?c=d HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: reelgate",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


async def test_the_address_that_was_checked_is_connected_to(server: Server) -> None:
    """A name that changes its address after the check is connected to where the check looked, and asked for once."""
    server.answers["/"] = make_answer()
    names = Names(rebind_test=["127.0.0.1", "10.0.0.1"])
    fetched = await fetch(f"http://rebind.test:{server.port}/", rules=make_rules("127.0.0.1", resolve=names))
    assert fetched.content == b"picture"
    assert names.asked == ["rebind.test"]
    assert f"Host: rebind.test:{server.port}\r\n" in server.heads[0]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::1"], ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"], ["2002:7f00:1::1"], ["169.254.169.254"], ["fd00:ec2::254"], ["10.0.0.1"], ["224.0.0.1"],
    ],
)  # fmt: skip
async def test_names_with_any_address_that_is_not_public_are_refused(server: Server, addresses: list[str]) -> None:
    """One bad address is enough, and no address is told or connected to."""
    rules = make_rules(resolve=Names(evil_test=[addresses]))
    for url in (f"http://evil.test:{server.port}/", "http://evil.test/", "https://evil.test/"):
        with pytest.raises(FetchRefused, match="not on the public internet") as caught:
            await fetch(url, rules=rules)
        assert not any(address in str(caught.value) for address in addresses)
    assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",  # noqa: S104 -- not bound
        "[2002:7f00:1::1]",
        "169.254.169.254", "192.168.0.1", "100.64.0.1", "224.0.0.1", "255.255.255.255", "[ff02::1]", "[fe80::1]",
    ],
)  # fmt: skip
async def test_addresses_that_are_not_public_are_refused(server: Server, host: str) -> None:
    """Addresses in the URL itself are judged like those of names."""
    with pytest.raises(FetchRefused, match="not on the public internet"):
        await fetch(f"http://{host}:{server.port}/", rules=make_rules())
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/",
        "http://0/", "http://127.0.0.1./", "http://%31%32%37.0.0.1/", "http://127%2e0.0.1/", "http://[fe80::1%25lo]/",
        "http://\uff11\uff12\uff17.0.0.1/", "http://\u2460\u2461\u2466.0.0.1/",
        "http://127.0.0.1\\@example.com/", "http://example.com\\@127.0.0.1/", "http://user:secret@example.com/",
        "http://user@example.com/", "http://exa mple.com/", "http://exam\tple.com/", "http://example.com/\r\nX: y",
        "http://example.com:0/", "http://example.com:99999/", "http://example.com:80a/",
        "http://example.com:" + "9" * 5000 + "/", "http://", "http:///a",
        "//example.com/", "example.com", "", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
        "data:,a", "javascript:alert(1)", "HTTP+UNIX://a/", "http://example.com/" + "a" * 9000,
    ],
)  # fmt: skip
async def test_urls_in_disguise_are_refused(url: str) -> None:
    """Odd hosts, credentials, control characters and other schemes never reach the resolver."""
    names = Names()
    with pytest.raises(FetchRefused):
        await fetch(url, rules=make_rules(resolve=names))
    assert names.asked == []


async def test_names_of_other_scripts_are_resolved_in_their_ascii_form() -> None:
    """What is checked is what is asked for."""
    names = Names(**{"xn--exmple-cua_test": ["10.0.0.1"]})
    with pytest.raises(FetchRefused):
        await fetch("http://ex\u00e4mple.test./", rules=make_rules(resolve=names))
    assert names.asked == ["xn--exmple-cua.test"]


@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 9200, 81])
async def test_odd_ports_are_refused(port: int) -> None:
    """Public hosts are not knocked at either."""
    with pytest.raises(FetchRefused, match=f"port {port}"):
        await fetch(f"http://8.8.8.8:{port}/", rules=make_rules())


async def test_allowed_names_skip_the_rules_of_address_and_port(server: Server) -> None:
    """The operator's word counts for that name, and only there."""
    server.answers["/"] = make_answer()
    names = Names(media_test=["127.0.0.1"], other_test=["127.0.0.1"])
    rules = make_rules(f"media.test:{server.port}", resolve=names)
    assert (await fetch(f"http://MEDIA.test.:{server.port}/", rules=rules)).content == b"picture"
    for url in (f"http://other.test:{server.port}/", "http://media.test/", f"http://127.0.0.1:{server.port}/"):
        with pytest.raises(FetchRefused):
            await fetch(url, rules=rules)


async def test_allowed_networks_excuse_their_own_addresses_alone() -> None:
    """A name with one trusted and one private address is refused."""
    rules = make_rules("127.0.0.0/8", resolve=Names(mixed_test=[["127.0.0.1", "10.0.0.1"]]))
    with pytest.raises(FetchRefused):
        await fetch("http://mixed.test/", rules=rules)


async def test_a_second_address_is_tried_when_the_first_does_not_answer(server: Server) -> None:
    """One dead server of several is no failure."""
    server.answers["/"] = make_answer()
    names = Names(two_test=[["127.0.0.2", "127.0.0.1"]])
    fetched = await fetch(f"http://two.test:{server.port}/", rules=make_rules("127.0.0.0/8", resolve=names))
    assert fetched.content == b"picture"


async def test_redirects_are_followed_and_checked(server: Server) -> None:
    """Relative and absolute ones, three at most."""
    for number, status in enumerate(["301 Moved", "302 Found", "307 Temporary"]):
        server.answers[f"/{number}"] = make_answer(status=status, location=f"/{number + 1}")
    server.answers["/3"] = make_answer()
    rules = make_rules("127.0.0.1")
    fetched = await fetch(f"http://127.0.0.1:{server.port}/0", rules=rules)
    assert fetched.final_url == f"http://127.0.0.1:{server.port}/3"
    server.answers["/3"] = make_answer(status="308 Permanent", location="/4")
    with pytest.raises(FetchFailed, match="more than 3 times"):
        await fetch(f"http://127.0.0.1:{server.port}/0", rules=rules)


@pytest.mark.parametrize(
    "location",
    [
        "http://internal.test/", "//internal.test/", "http://127.0.0.2/", "http://[::1]/", "http://2130706434/",
        "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "http://user:x@good.test/", "ftp://good.test/",
        "http://good.test:22/", "http://a b/", "http://[::1", "data:,a",
    ],
)  # fmt: skip
async def test_redirects_to_where_a_url_may_not_lead_are_refused(server: Server, location: str) -> None:
    """A public host cannot send the server into its own network."""
    server.answers["/"] = make_answer(status="302 Found", location=location)
    names = Names(good_test=["127.0.0.1"], internal_test=["127.0.0.2"])
    with pytest.raises(FetchRefused):
        await fetch(f"http://good.test:{server.port}/", rules=make_rules(f"good.test:{server.port}", resolve=names))
    assert server.connections == 1


@pytest.mark.parametrize("status", ["204 No Content", "206 Partial", "304 Not Modified", "404 Not Found", "500 Oops"])
async def test_other_statuses_are_failures(server: Server, status: str) -> None:
    """Only a whole 200 is a file."""
    server.answers["/"] = make_answer(b"", status=status, content_length=None if status[0] in "23" else 0)
    with pytest.raises(FetchFailed, match=status[:3]):
        await fetch(f"http://127.0.0.1:{server.port}/", rules=make_rules("127.0.0.1"))


async def fetch_answer(server: Server, answer: bytes | Answer, **changes: Any) -> Fetched:
    server.answers["/"] = answer
    return await fetch(f"http://127.0.0.1:{server.port}/", rules=make_rules("127.0.0.1", **changes))


async def test_a_claimed_length_over_the_limit_is_refused_unread(server: Server) -> None:
    """Nothing is read of what is too large by its own word."""
    with pytest.raises(FetchTooLarge, match="1,000"):
        await fetch_answer(server, make_answer(b"", content_length=1001))
    assert (await fetch_answer(server, make_answer(bytes(1000)))).content == bytes(1000)


async def pour(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(make_answer(b"", content_length=None))
    while True:
        writer.write(bytes(65536))
        await writer.drain()


async def pour_chunks(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(make_answer(b"", content_length=None, transfer_encoding="chunked"))
    while True:
        writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("answer", [pour, pour_chunks])
async def test_endless_bodies_end_at_the_limit(server: Server, answer: Answer) -> None:
    """A body without a length is counted as it comes."""
    with pytest.raises(FetchTooLarge):
        await fetch_answer(server, answer)


async def test_a_body_shorter_than_claimed_is_a_failure(server: Server) -> None:
    """Half a picture is none."""
    with pytest.raises(FetchFailed):
        await fetch_answer(server, make_answer(b"half", content_length=8))


async def test_a_body_longer_than_claimed_is_cut(server: Server) -> None:
    """What follows the length is not part of the answer."""
    assert (await fetch_answer(server, make_answer(b"picture and more", content_length=7))).content == b"picture"


async def drip_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(make_answer(b"", content_length=900))
    for _ in range(200):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drip_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        writer.write(f"x-{number}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.02)


async def keep_silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("answer", [drip_body, drip_head, keep_silent])
async def test_the_time_for_everything_is_limited(server: Server, answer: Answer) -> None:
    """A server that drips cannot hold a request for ever."""
    with pytest.raises(FetchFailed, match=r"within 0\.3 s"):
        await fetch_answer(server, answer, total_s=0.3)


async def test_the_time_between_two_pieces_is_limited(server: Server) -> None:
    """A server that falls silent is left early."""
    with pytest.raises(FetchFailed, match="too long"):
        await fetch_answer(server, keep_silent, read_s=0.1)


async def test_a_slow_name_server_counts() -> None:
    """Names are part of the time."""

    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(FetchFailed, match="within"):
        await fetch("http://slow.test/", rules=make_rules(resolve=resolve, total_s=0.1))


async def test_unknown_names_and_closed_ports_are_failures(server: Server) -> None:
    """Nothing of the system's own words gets out."""

    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        raise OSError(-2, "Name or service not known at 10.0.0.53")

    async def resolve_to_nothing(_host: str, _port: int) -> Sequence[Address]:
        return []

    for resolver in (resolve, resolve_to_nothing):
        with pytest.raises(FetchFailed, match="not known") as caught:
            await fetch("http://unknown.test/", rules=make_rules(resolve=resolver))
        assert "10.0.0.53" not in str(caught.value)
    with pytest.raises(FetchFailed, match="could not be reached"):
        await fetch(f"http://127.0.0.9:{server.port}/", rules=make_rules("127.0.0.0/8"))


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, identity"])
async def test_compressed_answers_are_refused(server: Server, encoding: str) -> None:
    """A bomb is not unpacked because nothing is."""
    with pytest.raises(FetchFailed, match="compressed"):
        await fetch_answer(server, make_answer(gzip.compress(bytes(100_000)), content_encoding=encoding))


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!", b"\x16\x03\x01\x00\x05",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 OK\r\n" + b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000 + b"\r\n", b"SSH-2.0-OpenSSH_9\r\n",
    ],
)  # fmt: skip
async def test_broken_http_is_a_failure(server: Server, answer: bytes) -> None:
    """Other protocols, contradictions and heads without end."""
    with pytest.raises(FetchFailed):
        await fetch_answer(server, answer)


async def test_the_media_type_can_be_asked_for(server: Server) -> None:
    """What a server calls a page is not read as a picture."""
    server.answers["/"] = make_answer(content_type="text/html")
    url, rules = f"http://127.0.0.1:{server.port}/", make_rules("127.0.0.1")
    with pytest.raises(FetchFailed, match="text/html"):
        await fetch(url, rules=rules, accept=("image/", "application/octet-stream"))
    server.answers["/"] = make_answer()
    assert (await fetch(url, rules=rules, accept=("image/", "application/octet-stream"))).content == b"picture"
    assert "Accept: image/*, application/octet-stream\r\n" in server.heads[-1]


async def test_nothing_is_taken_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy nor a password file."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await fetch_answer(server, make_answer())).content == b"picture"
    assert "authorization" not in server.heads[0].lower()


async def test_certificates_are_checked_against_the_name_of_the_url() -> None:
    """The connection goes to an address, the certificate must be the name's, and the authority must be known."""
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(CERTIFICATES / "good.test.pem", CERTIFICATES / "good.test.key")
    trusting = ssl.create_default_context(cafile=str(CERTIFICATES / "good.test.pem"))
    names = Names(good_test=["127.0.0.1"], bad_test=["127.0.0.1"])
    asked: list[str | None] = []
    ours.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with run_server(ours) as server:
        server.answers["/"] = make_answer()
        server.answers["/down"] = make_answer(status="302 Found", location=f"http://good.test:{server.port}/")
        rules = make_rules("127.0.0.1", resolve=names, tls=trusting)
        assert (await fetch(f"https://good.test:{server.port}/", rules=rules)).content == b"picture"
        assert asked == ["good.test"]
        with pytest.raises(FetchRefused, match="from https to http"):
            await fetch(f"https://good.test:{server.port}/down", rules=rules)
        for url, tls in [("https://bad.test", trusting), ("https://127.0.0.1", trusting), ("https://good.test", TLS)]:
            with pytest.raises(FetchFailed, match="securely"):
                await fetch(f"{url}:{server.port}/", rules=make_rules("127.0.0.1", resolve=names, tls=tls))
    assert len(server.heads) == 2


async def test_addresses_of_the_sixth_version_are_connected_to() -> None:
    """The Host header wears brackets."""
    try:
        context = run_server(host="::1")
        server = await context.__aenter__()
    except OSError:
        pytest.skip("this machine has no IPv6")
    server.answers["/"] = make_answer()
    assert (await fetch(f"http://[::1]:{server.port}/", rules=make_rules("::1"))).content == b"picture"
    assert f"Host: [::1]:{server.port}\r\n" in server.heads[0]
    await context.__aexit__(None, None, None)


async def test_a_cancelled_fetch_closes_its_connection(server: Server) -> None:
    """Nobody waits for what nobody wants."""
    closed = asyncio.Event()

    async def watch(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()

    task = asyncio.create_task(fetch_answer(server, watch))
    async with asyncio.timeout(5):
        while not server.heads:  # noqa: ASYNC110 -- the server is plain on purpose
            await asyncio.sleep(0.01)
        task.cancel()
        await closed.wait()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_system_resolver_knows_this_machine() -> None:
    """It returns addresses, each once."""
    found = await resolve_by_system("localhost", 80)
    assert found
    assert all(address.is_loopback for address in found)
    assert len(set(found)) == len(found)
    with pytest.raises(FetchProblem):
        await fetch("http://localhost/", rules=make_rules())
