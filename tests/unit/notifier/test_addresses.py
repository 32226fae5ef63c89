"""Which addresses are on the open Internet."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.outbound import NOT_PUBLIC, is_public


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.1", "2a00:1450::200e"])
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_with_a_special_purpose_is_not(address: str) -> None:
    """IANA's registries: private, shared, loopback, link-local, metadata services, tunnels into IPv4, multicast."""
    assert not is_public(ip_address(address))


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_what_we_call_public_is_global_to_python(address: IPv4Address | IPv6Address) -> None:
    """A second opinion, in the one direction that is dangerous."""
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize("block", NOT_PUBLIC)
def test_a_refused_block_is_refused_to_its_edges(block: str) -> None:
    network = ip_network(block)

    assert not is_public(network[0])
    assert not is_public(network[-1])
