"""Passwords, codes and keys: what is taken, what is not, and what nobody can read back."""

from __future__ import annotations

import pyotp
import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from models.policy.seeds import entries
from models.signin import rules
from models.signin.keys import Keys, SealBroken, digest, new_account_key, new_secret

POLICY = dict(entries())
HELD = POLICY["masuk.sandi"]
KEYS = Keys.of(new_account_key())


def problem(password: str, *about: str) -> tuple[str, str] | None:
    return rules.password_problem(password, about, shortest=HELD["paling_pendek"], strength=HELD["kekuatan"])


@pytest.mark.parametrize(
    "password",
    ["lampu kapas sungai terbit", "kuda8 baterai!staples", "Tq7#vLm2pX", "ŵ🌾 panen raya di lereng", "x9$kPq2mLw" * 12],
)
def test_good_passwords_are_taken_whatever_signs_they_are_made_of(password: str) -> None:
    assert problem(password, "Dadang Suherman", "3204050101800001") is None


@pytest.mark.parametrize(
    "password",
    [
        "Tq7#vLm2p",
        "password1234",
        "P@ssw0rd1234",
        "sayangsayang",
        "bismillah123",
        "indonesia2026",
        "kemensos2026!",
        "aaaaaaaaaaaaaa",
        "qwertyuiop[]",
        "Dadang lampu kapas",
        "xk 3204050101800001 qz",
        "x" * 129,
    ],
)
def test_weak_passwords_are_not(password: str) -> None:
    assert problem(password, "Dadang Suherman", "3204050101800001") is not None


def test_asvs_6_2_4_none_of_the_commonest_passwords_is_taken() -> None:
    """The judge carries 30,000; those that are long enough are all refused."""
    long = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= HELD["paling_pendek"]]
    assert len(FREQUENCY_LISTS["passwords"]) >= 3000
    assert len(long) > 100
    assert [word for word in long if problem(word) is None] == []


def test_verifying_without_a_hash_is_wrong_and_as_much_work() -> None:
    hashed = rules.hash_password("lampu kapas sungai terbit")
    assert rules.verify_password("lampu kapas sungai terbit", hashed) == (True, None)
    assert rules.verify_password("lampu kapas sungai", hashed) == (False, None)
    assert rules.verify_password("lampu kapas sungai terbit", None) == (False, None)
    assert rules.verify_password("x", "kein hash") == (False, None)
    assert rules.hash_password("sama") != rules.hash_password("sama")


class TestTotp:
    SECRET = pyotp.random_base32()

    def code(self, at_s: int) -> str:
        return pyotp.TOTP(self.SECRET).at(at_s)

    def test_a_code_is_of_its_step_and_of_the_neighbours_alone(self) -> None:
        now = 1_776_000_000
        assert rules.totp_step(self.SECRET, self.code(now), at_s=now) == now // 30
        assert rules.totp_step(self.SECRET, self.code(now - 30), at_s=now) == now // 30 - 1
        assert rules.totp_step(self.SECRET, self.code(now + 30), at_s=now) == now // 30 + 1
        assert rules.totp_step(self.SECRET, self.code(now - 60), at_s=now) is None
        assert rules.totp_step(self.SECRET, self.code(now + 60), at_s=now) is None

    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\n"])
    def test_what_is_no_code_is_of_no_step(self, typed: str) -> None:
        assert rules.totp_step(self.SECRET, typed) is None


def test_codes_are_six_digits_and_recovery_codes_are_told_apart() -> None:
    codes = {rules.new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 190
    recovery = rules.new_recovery_codes()
    assert len(set(recovery)) == rules.RECOVERY_CODES == 10
    assert rules.plain_code(f" {recovery[0].upper()} \n") == recovery[0]
    assert rules.plain_code("123 456") == "123456"


def test_a_nik_is_shown_masked() -> None:
    assert rules.mask_nik("3204051201809876") == "320405••••••9876"


class TestKeys:
    def test_a_nik_has_one_hash_under_one_key(self) -> None:
        assert KEYS.nik("3204050101800001") == KEYS.nik("3204050101800001")
        assert KEYS.nik("3204050101800001") != KEYS.nik("3204050101800002")
        assert KEYS.nik("3204050101800001") != Keys.of(new_account_key()).nik("3204050101800001")

    def test_what_is_sealed_opens_for_its_person_and_use_alone(self) -> None:
        sealed = KEYS.seal(7, "totp", "JBSWY3DPEHPK3PXP")
        assert KEYS.open(7, "totp", sealed) == "JBSWY3DPEHPK3PXP"
        assert b"JBSWY3DP" not in sealed
        for user, use, content in (
            (8, "totp", sealed),
            (7, "telegram", sealed),
            (7, "totp", sealed[:-1] + bytes([sealed[-1] ^ 1])),
            (7, "totp", b""),
            (7, "totp", sealed[:20]),
        ):
            with pytest.raises(SealBroken):
                KEYS.open(user, use, content)
        with pytest.raises(SealBroken):
            Keys.of(new_account_key()).open(7, "totp", sealed)

    def test_a_network_is_what_one_line_shares(self) -> None:
        assert KEYS.network("10.1.2.3") == KEYS.network("10.1.2.250") == KEYS.network("::ffff:10.1.2.9")
        assert KEYS.network("10.1.2.3") != KEYS.network("10.1.3.3")
        assert KEYS.network("2001:db8:1:2::5") == KEYS.network("2001:db8:1:ffff::9")
        assert KEYS.network("2001:db8:1::5") != KEYS.network("2001:db8:2::5")
        assert KEYS.network(None) != KEYS.network("testclient")

    @pytest.mark.parametrize(
        "text", ["", "kunci", new_account_key()[:-8], "ä" * 44], ids=["none", "a word", "too short", "foreign signs"]
    )
    def test_a_key_that_is_none_is_refused_without_telling_it(self, text: str) -> None:
        with pytest.raises(ValueError, match="ALUR_ACCOUNT_KEY") as refused:
            Keys.of(text)
        assert not text or text not in str(refused.value)

    def test_secrets_are_long_and_kept_as_hashes(self) -> None:
        assert len(new_secret()) >= 43
        assert new_secret() != new_secret()
        assert len(digest(new_secret())) == 64
