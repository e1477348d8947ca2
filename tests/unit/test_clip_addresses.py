"""Which spellings of an address are followed: Discord's own, and no other."""

import pytest

from bot.clips.addresses import admitted, is_public
from bot.errors import AttachmentUnreachable

CDN = "cdn.discordapp.com"
HOSTS = frozenset({CDN, "media.discordapp.net", "127.0.0.1:8123"})


@pytest.mark.parametrize(
    "url",
    [
        f"https://{CDN}/attachments/1/2/clip.mp4?ex=6&is=6&hm=0a&",
        f"https://{CDN}:443/attachments/1/2/clip.mp4",
        f"https://{CDN}/attachments/1/2/%D1%8F.mp4?ex=6%2F",
        f"https://{CDN}/attachments/1/2/a;b=c,d@e.mp4",
        "https://media.discordapp.net/x",
        "http://127.0.0.1:8123/attachments/1/2/clip.mp4?ex=1",
    ],
)
def test_addresses_of_attachments_are_followed_unchanged(url: str) -> None:
    assert str(admitted(url, HOSTS)).replace(":443", "") == url.replace(":443", "")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clip.mp4",
        f"//{CDN}/x",
        f"http://{CDN}/x",
        f"HTTPS://{CDN}/x",
        f"https:/{CDN}/x",
        f"https:{CDN}/x",
        f"https:///{CDN}/x",
        f"https://{CDN}@evil.example/x",
        f"https://{CDN}:443@evil.example/x",
        f"https://user:pass@{CDN}/x",
        f"https://@{CDN}/x",
        f"https://{CDN}.evil.example/x",
        f"https://evil.example#{CDN}",
        f"https://evil.example/{CDN}",
        f"https://evil.example?{CDN}",
        f"https://evil.example\\@{CDN}/x",
        f"https://{CDN}\\@evil.example/x",
        f"https://{CDN}/x#fragment",
        f"https://{CDN}./x",
        f"https://.{CDN}/x",
        "https://CDN.discordapp.com/x",
        "https://cdn.discordapp.com\u3002evil.example/x",
        "https://ｃｄｎ.discordapp.com/x",
        "https://xn--cdn-.discordapp.com/x",
        f"https://{CDN}:22/x",
        f"https://{CDN}:8443/x",
        f"https://{CDN}:/x",
        f"https://{CDN}:0443/x",
        f"https://{CDN}:99999/x",
        f"https://{CDN}:x/x",
        "https://127.0.0.1/x",
        "https://127.0.0.1:8123/x",
        "http://127.0.0.1/x",
        "http://127.0.0.1:8124/x",
        "http://127.0.0.1:08123/x",
        "http://localhost:8123/x",
        f"http://{CDN}@127.0.0.1:8123/x",
        "http://127.0.0.1:8123@evil.example/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://0177.0.0.1/x",
        "https://0.0.0.0/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fe80::1%25eth0]/x",
        "https://[",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/x",
        "https://192.168.1.1/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1:8123/x",
        f"ftp://{CDN}/x",
        "data:video/mp4;base64,AAAA",
        f"https://{CDN}/x\ty",
        f"https://{CDN}/x\ny",
        f"https://{CDN}\t/x",
        f" https://{CDN}/x",
        f"https://{CDN}/x ",
        f"https://{CDN}/\x00",
        f"https://{CDN}/я.mp4",
        f"https://{CDN}/{'x' * 8000}",
    ],
)
def test_every_other_spelling_is_refused(url: str) -> None:
    with pytest.raises(AttachmentUnreachable) as caught:
        admitted(url, HOSTS)

    assert "://" not in caught.value.cause


def test_a_port_in_the_list_of_hosts_opens_no_other_port() -> None:
    with pytest.raises(AttachmentUnreachable):
        admitted(f"https://{CDN}:8443/x", frozenset({f"{CDN}:8443"}))


@pytest.mark.parametrize("host", ["162.159.129.233", "2606:4700::6810:84e5", "64:ff9b::a29f:81e9"])
def test_public_machines_may_be_connected_to(host: str) -> None:
    assert is_public(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104  # an address to refuse, not one to listen on
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
    ],
)
def test_private_machines_are_out_of_reach(host: str) -> None:
    assert not is_public(host)
