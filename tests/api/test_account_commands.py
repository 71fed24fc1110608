"""Accounts from the terminal: parley users, parley tokens, and whom parley serve serves."""

import json

import pytest

PASSWORD = "four words at random"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setenv("PARLEY_PASSWORD_MEMORY_KIB", "64")


@pytest.fixture
def ada(parley):
    done = parley("users", "add", "Ada@example.com", "--role", "admin", "--name", "Ada Admin", stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    return "ada@example.com"


def test_serving_others_without_accounts_is_refused_with_the_command_that_makes_one(parley):
    done = parley("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "no logins yet" in done.stderr and "parley users add you@example.com --role admin" in done.stderr


def test_a_person_is_added_with_a_password_from_stdin_and_listed_without_it(parley, ada):
    listed = parley("users", "list", "--json")
    (row,) = json.loads(listed.stdout)
    assert (row["email"], row["role"], row["name"]) == ("ada@example.com", "admin", "Ada Admin")
    assert "argon2" not in listed.stdout and PASSWORD not in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (("users", "add", "bo@example.com"), PASSWORD, "--role admin"),
        (("users", "add", "bo@example.com", "--role", "admin"), "", "no password on stdin"),
        (("users", "add", "bo@example.com", "--role", "admin"), "short\n", "5 characters"),
        (("users", "add", "bo", "--role", "admin"), PASSWORD, "no e-mail address"),
        (("users", "add", "bo@example.com", "--role", "owner"), PASSWORD, "no role 'owner'"),
        (("users", "role", "bo@example.com", "viewer"), "", "nobody with the address"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(parley, arguments, stdin, told):
    done = parley(*arguments, stdin=stdin)
    assert done.returncode in (1, 2) and told in done.stderr


def test_no_password_is_taken_as_an_argument(parley):
    assert parley("users", "add", "bo@example.com", PASSWORD, "--role", "admin").returncode == 2
    assert parley("users", "add", "bo@example.com", "--role", "admin", "--password", PASSWORD).returncode == 2


@pytest.mark.parametrize("act", [("role", "viewer"), ("disable",), ("remove",)])
def test_the_last_administrator_is_kept(parley, ada, act):
    done = parley("users", act[0], ada, *act[1:])
    assert done.returncode == 1 and "last administrator" in done.stderr


def test_a_person_is_switched_off_and_on_lowered_and_removed(parley, ada):
    assert parley("users", "add", "bo@example.com", stdin=PASSWORD).returncode == 0
    assert parley("users", "disable", "bo@example.com").returncode == 0
    assert "switched off" in parley("users", "list").stdout
    assert parley("users", "enable", "bo@example.com").returncode == 0
    assert parley("users", "role", "bo@example.com", "contributor").returncode == 0
    assert parley("users", "password", "bo@example.com", stdin="other words at random\n").returncode == 0
    assert parley("users", "remove", "bo@example.com").returncode == 0
    assert "bo@example.com" not in parley("users", "list").stdout


def test_a_token_is_printed_once_and_revoked_by_its_number(parley, ada):
    made = parley("tokens", "create", ada, "--name", "nightly", "--scope", "write", "--days", "30")
    secret = made.stdout.strip()
    assert secret.startswith("parley_") and len(secret) == 50
    listed = parley("tokens", "list")
    assert secret not in listed.stdout and "nightly" in listed.stdout
    assert parley("tokens", "revoke", "1").returncode == 0
    assert "revoked" in parley("tokens", "list").stdout
    assert parley("tokens", "revoke", "7").returncode == 1


@pytest.mark.parametrize(("option", "value"), [("--scope", "root"), ("--days", "0"), ("--days", "9999")])
def test_a_token_without_bounds_is_not_made(parley, ada, option, value):
    done = parley("tokens", "create", ada, option, value)
    assert done.returncode == 1 and done.stdout == ""
