"""The corpus of test_smuggling.py: requests that readers disagree about, and what RFC 9112
(and RFC 9110, where it is named) wants of who gets them.

Where the standard lets a server refuse or repair, Almanac refuses: what is repaired here may
have been read otherwise by a proxy in front of it."""

from dataclasses import dataclass

from raw import request

CHUNKED = "Transfer-Encoding: chunked"
END = b"0\r\n\r\n"
HOST = b"Host: a\r\n"


@dataclass(frozen=True)
class Case:
    name: str
    raw: bytes
    status: tuple  # any of these
    closes: bool  # nothing after it may be read; otherwise it may, as a request of its own
    why: str  # sections of RFC 9112 unless it says otherwise


def line(text):
    """A request with that request line."""
    return text.encode("latin-1") + b"\r\n" + HOST + b"\r\n"


def length(value, body=b"abcd"):
    return request(headers=[f"Content-Length: {value}"]) + body


def coding(value, body=END, more=()):
    return request(headers=[f"Transfer-Encoding: {value}", *more]) + body


def chunks(body):
    return request(headers=[CHUNKED]) + body


def field(text):
    """A request with those bytes among its headers."""
    return b"GET /livez HTTP/1.1\r\n" + HOST + text + b"\r\n\r\n"


def head(text):
    """A request with those bytes in place of its headers."""
    return b"GET /livez HTTP/1.1\r\n" + text


BAD = (400,)
VERSION = (400, 505)
METHOD = (400, 501)
CODING = (400, 501)
LARGE = (400, 413)

REQUEST_LINES = [
    Case("no request", b"hello\r\n\r\n", BAD, True, "2.2"),
    Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", BAD, True, "2.2"),
    Case("version 0.9", b"GET /livez\r\n\r\n", VERSION, True, "2.2; 3"),
    Case("other protocol", line("GET /livez FTP/1.1"), BAD, True, "2.3"),
    Case("protocol in lower case", line("GET /livez http/1.1"), BAD, True, "2.3"),
    Case("version 2", line("GET /livez HTTP/2.0"), VERSION, True, "RFC 9110, 15.6.6"),
    Case("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (*VERSION, 501), True,
         "RFC 9113, 3.4; RFC 9110, 15.6.6"),
    Case("version 1.1.1", line("GET /livez HTTP/1.1.1"), VERSION, True, "2.3"),
    Case("version 1.10", line("GET /livez HTTP/1.10"), VERSION, True, "2.3"),
    Case("version 1", line("GET /livez HTTP/1"), VERSION, True, "2.3"),
    Case("version and space", line("GET /livez HTTP/1.1 "), VERSION, True, "3"),
    Case("tab for space", line("GET\t/livez HTTP/1.1"), METHOD, True, "3"),
    Case("space first", line(" GET /livez HTTP/1.1"), METHOD, True, "3"),
    Case("space in target", line("GET /li vez HTTP/1.1"), BAD, True, "3.2"),
    Case("control in target", line("GET /\x02 HTTP/1.1"), BAD, True, "3.2"),
    Case("bytes in target", line("GET /\xc3\xa9 HTTP/1.1"), BAD, True, "3.2"),
    Case("NUL in target", line("GET /\x00 HTTP/1.1"), BAD, True, "3.2"),
    Case("CR in the line", line("GET /livez\r HTTP/1.1"), BAD, True, "2.2"),
    Case("method that is no token", line("G(T /livez HTTP/1.1"), METHOD, True, "3.1"),
    Case("method in lower case", line("get /livez HTTP/1.1"), METHOD, True, "3.1; RFC 9110, 9.1"),
    Case("unknown method", line("FROBNICATE /livez HTTP/1.1"), (501,), False,
         "3.1; RFC 9110, 9.1"),
    Case("encoding that is none", request("/liv%zz"), BAD, False, "3.2; RFC 3986, 2.1"),
    Case("encoding cut off", request("/livez%2"), BAD, False, "3.2; RFC 3986, 2.1"),
    Case("fragment", request("/livez#a"), BAD, False, "3.2.1"),
    Case("no path", request("livez"), BAD, False, "3.2.1"),
    Case("star", request("*"), BAD, False, "3.2.4"),
    Case("authority", request("test:80"), BAD, False, "3.2.3"),
]  # fmt: skip

HOSTS = [
    Case("no host", request(host=None), BAD, False, "3.2"),
    Case("no host, absolute", request("http://test/livez", host=None), BAD, False, "3.2"),
    Case("two hosts", request(headers=["Host: other"]), BAD, False, "3.2"),
    Case("host twice", request(headers=["Host: test"]), BAD, False, "3.2"),
    Case("two hosts, absolute", request("http://test/livez", headers=["Host: b"]), BAD, False,
         "3.2"),
    Case("empty host", request(host=""), BAD, False, "3.3; RFC 9110, 4.2.1"),
    Case("port alone", request(host=":80"), BAD, False, "3.3; RFC 9110, 4.2.1"),
    Case("brackets of version 4", request(host="[127.0.0.1]"), BAD, False, "3.2; RFC 3986, 3.2.2"),
    Case("host with space", request(host="a b"), BAD, False, "3.2; RFC 3986, 3.2.2"),
    Case("host with user", request(host="user@a"), BAD, False, "3.2; RFC 9110, 7.2"),
    Case("host with path", request(host="a/b"), BAD, False, "3.2; RFC 9110, 7.2"),
    Case("host list", request(host="a, b"), BAD, False, "3.2; RFC 9110, 7.2"),
    Case("port of letters", request(host="a:http"), BAD, False, "3.2; RFC 3986, 3.2.3"),
    Case("two ports", request(host="a:1:2"), BAD, False, "3.2; RFC 3986, 3.2.3"),
    Case("bracket open", request(host="[::1"), BAD, False, "3.2; RFC 3986, 3.2.2"),
    Case("bracket within", request(host="a[b]"), BAD, False, "3.2; RFC 3986, 3.2.2"),
    Case("host encoded badly", request(host="a%zz"), BAD, False, "3.2; RFC 3986, 3.2.2"),
    Case("host with NUL", request(host="a\x00b"), BAD, True, "RFC 9110, 5.5"),
    Case("host folded", head(b"Host:\r\n a\r\n\r\n"), BAD, True, "5.2"),
    Case("host and space", head(b"Host : a\r\n\r\n"), BAD, True, "5.1"),
]  # fmt: skip

FIELDS = [
    Case("no colon", field(b"Nothing"), BAD, True, "5"),
    Case("no name", field(b": x"), BAD, True, "5"),
    Case("space before colon", field(b"Name : x"), BAD, True, "5.1"),
    Case("tab before colon", field(b"Name\t: x"), BAD, True, "5.1"),
    Case("name in brackets", field(b"[Name]: x"), BAD, True, "5; RFC 9110, 5.6.2"),
    Case("NUL in name", field(b"Na\x00me: x"), BAD, True, "5; RFC 9110, 5.6.2"),
    Case("byte in name", field(b"Na\xefme: x"), BAD, True, "5; RFC 9110, 5.6.2"),
    Case("NUL in value", field(b"Name: a\x00b"), BAD, True, "RFC 9110, 5.5"),
    Case("control in value", field(b"Name: a\x07b"), BAD, True, "RFC 9110, 5.5"),
    Case("folded", field(b"X: a\r\n b"), BAD, True, "5.2"),
    Case("folded by tab", field(b"X: a\r\n\tb"), BAD, True, "5.2"),
    Case("folded first", head(b" Host: a\r\n\r\n"), BAD, True, "2.2"),
    Case("space alone", field(b"X: a\r\n "), BAD, True, "5.2"),
    Case("bare LF", b"GET /livez HTTP/1.1\nHost: a\n\n", BAD, True, "2.2"),
    Case("LF among them", field(b"X: y\nZ: a"), BAD, True, "2.2"),
    Case("LF at the end", head(HOST + b"\n"), BAD, True, "2.2"),
    Case("CR among them", field(b"X: y\rZ: a"), BAD, True, "2.2"),
    Case("CR hides a coding", field(b"X: y\rTransfer-Encoding: chunked"), BAD, True, "2.2"),
    Case("LF hides a length", field(b"X: y\nContent-Length: 60"), BAD, True, "2.2"),
    Case("CR CR LF", field(b"X: y\r"), BAD, True, "2.2"),
    Case("CR at the end", head(HOST + b"\r\r\n"), BAD, True, "2.2"),
]

LENGTHS = [
    Case("two lengths", length("4\r\nContent-Length: 5"), BAD, True, "6.3, 5"),
    Case("length twice", length("4\r\nContent-Length: 4"), BAD, True, "6.3, 5"),
    Case("length list", length("4, 4"), BAD, True, "6.3, 5"),
    Case("lengths in a list", length("4, 5"), BAD, True, "6.3, 5"),
    Case("length with plus", length("+4"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length with minus", length("-4"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length hex", length("0x4"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length with point", length("4.0"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length with exponent", length("4e0"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length with separator", length("1_0"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length in quotes", length('"4"'), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length with space", length("4 4"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length with VT", length("4\x0b"), BAD, True, "6.3, 5; RFC 9110, 5.6.3"),
    Case("length is empty", length(""), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length of letters", length("four"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length other digits", length("\xb2"), BAD, True, "6.3, 5; RFC 9110, 8.6"),
    Case("length folded", length("\r\n 4"), BAD, True, "5.2"),
    Case("length and space", request(headers=["Content-Length : 4"]) + b"abcd", BAD, True, "5.1"),
    Case("length is 2^64 + 4", length(2**64 + 4), LARGE, True, "6.3; RFC 9110, 8.6"),
    Case("length is 2^63", length(2**63), LARGE, True, "6.3; RFC 9110, 8.6"),
    Case("length is 10^100", length(10**100), LARGE, True, "6.3; RFC 9110, 8.6"),
]

CODINGS = [
    Case("length and chunks", length("4\r\n" + CHUNKED, END), BAD, True, "6.1; 6.3, 3"),
    Case("chunks and length", coding("chunked\r\nContent-Length: 4"), BAD, True, "6.1; 6.3, 3"),
    Case("length 0 and chunks", length("0\r\n" + CHUNKED, END), BAD, True, "6.1; 6.3, 3"),
    Case("length and unknown coding", coding("xchunked", more=["Content-Length: 5"]), CODING,
         True, "6.1; 6.3, 4"),
    Case("other coding", coding("gzip"), CODING, True, "6.1; 6.3, 4"),
    Case("more codings", coding("gzip, chunked"), CODING, True, "6.1"),
    Case("chunks are not last", coding("chunked, gzip"), CODING, True, "6.3, 4"),
    Case("chunks in chunks", coding("chunked, chunked"), CODING, True, "6.1"),
    Case("coding twice", coding("chunked", more=[CHUNKED]), BAD, True, "6.1"),
    Case("coding and another", coding("chunked", more=["Transfer-Encoding: x"]), CODING, True,
         "6.1; 6.3, 4"),
    Case("another and coding", coding("x", more=[CHUNKED]), CODING, True, "6.1"),
    Case("identity", coding("identity"), CODING, True, "6.3, 4"),
    Case("coding is empty", coding(""), CODING, True, "6.3, 4"),
    Case("coding misspelt", coding("xchunked"), CODING, True, "6.1; 6.3, 4"),
    Case("coding cut off", coding("chunke"), CODING, True, "6.1; 6.3, 4"),
    Case("coding in quotes", coding('"chunked"'), CODING, True, "6.1; 6.3, 4"),
    Case("coding with parameter", coding("chunked;a=b"), CODING, True, "6.1; 7.1"),
    Case("coding with comma", coding(",chunked"), CODING, True, "6.1"),
    Case("coding and VT", coding("\x0bchunked"), CODING, True, "RFC 9110, 5.5"),
    Case("coding and NBSP", coding("\xa0chunked"), CODING, True, "6.1; RFC 9110, 5.6.3"),
    Case("coding and NUL", coding("chunked\x00"), BAD, True, "RFC 9110, 5.5"),
    Case("coding and space", request(headers=["Transfer-Encoding : chunked"]) + END, BAD, True,
         "5.1"),
    Case("coding folded", coding("\r\n chunked"), BAD, True, "5.2"),
    Case("coding folded away", coding("chunked\r\n x"), BAD, True, "5.2"),
    Case("coding in version 1.0", request(headers=[CHUNKED], version="HTTP/1.0") + END, BAD,
         True, "6.1"),
]  # fmt: skip

CHUNKS = [
    Case("chunk without size", chunks(b"\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size letters", chunks(b"xyz\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size minus", chunks(b"-3\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size plus", chunks(b"+3\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size 0x", chunks(b"0x3\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size and space", chunks(b"3 \r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("space and chunk size", chunks(b" 3\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size and rubbish", chunks(b"3 z\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size and NUL", chunks(b"3\x00\r\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk size 2^64 + 3", chunks(b"10000000000000003\r\nabc\r\n" + END), LARGE, True, "7.1"),
    Case("chunk size 2^64 - 1", chunks(b"ffffffffffffffff\r\nabc\r\n" + END), LARGE, True, "7.1"),
    Case("chunk size of 17 digits", chunks(b"fffffffffffffffff\r\n"), LARGE, True, "7.1"),
    Case("chunk and LF", chunks(b"3\nabc\r\n" + END), BAD, True, "7.1"),
    Case("chunk and CR", chunks(b"3\rabc\r\n" + END), BAD, True, "7.1"),
    Case("extension and LF", chunks(b"3;x\nabc\r\n" + END), BAD, True, "7.1.1"),
    Case("extension and CR", chunks(b"3;x\rab\r\n" + END), BAD, True, "7.1.1"),
    Case("extension with NUL", chunks(b"3;a=\x00\r\nabc\r\n" + END), BAD, True, "7.1.1"),
    Case("extension of a megabyte", chunks(b"3;a=" + b"x" * (1 << 20)), LARGE, True, "7.1.1"),
    Case("chunk too long", chunks(b"3\r\nabcd\r\n" + END), BAD, True, "7.1"),
    Case("chunk too short", chunks(b"3\r\nab\r\n" + END), BAD, True, "7.1"),
    Case("chunk and LF alone", chunks(b"3\r\nabc\n" + END), BAD, True, "7.1"),
    Case("no end of the last chunk", chunks(b"0\r\nrubbish\r\n\r\n"), BAD, True, "7.1.2"),
    # Sound in itself; a GET with a body may be refused, and this one is known from attacks.
    Case("trailer", chunks(b"0\r\nX: y\r\n\r\n"), BAD, True, "RFC 9110, 9.3.1"),
    Case("trailer that frames", chunks(b"0\r\nContent-Length: 60\r\n\r\n"), BAD, True,
         "RFC 9110, 6.5.1 and 9.3.1"),
]

REFUSED = REQUEST_LINES + HOSTS + FIELDS + LENGTHS + CODINGS + CHUNKS

# What looks odd and is sound: (name, bytes, sections). All ask for /livez.
SOUND = [
    ("empty line first", b"\r\n" + request(), "2.2"),
    ("two spaces in the line", line("GET  /livez HTTP/1.1"), "3"),
    ("absolute", request("http://test/livez"), "3.2.2"),
    ("absolute, another host", request("http://other/livez"), "3.2.2"),
    ("absolute, https", request("https://test/livez"), "3.2.2"),
    ("empty host, absolute", request("http://test/livez", host=""), "3.2.2"),
    ("host with port", request(host="test:8080"), "RFC 9110, 7.2"),
    ("host and empty port", request(host="test:"), "RFC 3986, 3.2.3"),
    ("host of version 6", request(host="[2001:db8::1]:8080"), "RFC 3986, 3.2.2"),
    ("host encoded", request(host="a%2Db"), "RFC 3986, 3.2.2"),
    ("names in any case", head(b"hOST:a\r\n\r\n"), "5; RFC 9110, 5.1"),
    ("white space around values", head(b"Host:\t a \t\r\n\r\n"), "5"),
    ("value is empty", field(b"X:"), "RFC 9110, 5.5"),
    ("bytes in a value", field(b"X: \xc3\xa9"), "RFC 9110, 5.5"),
    ("a name like a coding", field(b"Transfer_Encoding: chunked"), "RFC 9110, 5.1"),
    ("a name like a length", field(b"Content_Length: 60"), "RFC 9110, 5.1"),
    ("length 0", length("0", b""), "6.3; RFC 9110, 8.6"),
    ("length with zeros", length("0004"), "RFC 9110, 8.6"),
    ("length in white space", length("  4  "), "5"),
    ("a body like a request", length(len(request("/body")), request("/body")), "6.3, 6"),
    ("chunks", chunks(b"3\r\nabc\r\n" + END), "7.1"),
    ("no chunks", chunks(END), "7.1"),
    ("coding in capitals", coding("CHUNKED"), "7"),
    ("coding after a tab", coding("\tchunked"), "5"),
    ("chunk size with zeros", chunks(b"0003\r\nabc\r\n" + END), "7.1"),
    ("chunk size in capitals", chunks(b"A\r\n0123456789\r\n" + END), "7.1"),
    ("chunk extension", chunks(b"3;name=value\r\nabc\r\n" + END), "7.1.1"),
    ("chunk extension in quotes", chunks(b'3;name="a b"\r\nabc\r\n' + END), "7.1.1"),
]
