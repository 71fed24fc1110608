"""What a short header was guessed to be is shown as a guess until a person says that it is right."""

import io
import re


def test_a_guess_is_confirmed_with_one_button(empty_client):
    rows = "Whn,Acct Nm,Notes\n2026-01-05,Arlo Foods,They said it costs too much for them.\n"
    files = {"files": ("odd.csv", io.BytesIO(rows.encode()), "text/csv")}
    page = empty_client.post("/uploads", files=files, data={"action": "check"})
    assert "Guessed from their short names: “Whn” as the date, “Acct Nm” as the account." in page.text
    form = dict(re.findall(r'name="((?:found|guess):[^"]+)" value="([^"]*)"', page.text))
    form |= {"column:Whn": "date", "column:Acct Nm": "account", "column:Notes": "text", "action": "confirm"}

    page = empty_client.post(str(page.url).replace("http://localhost", "").partition("?")[0], data=form)

    assert "Guessed" not in page.text
    assert page.text.count("as you said") == 2
