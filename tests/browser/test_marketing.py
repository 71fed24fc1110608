"""What marketing comes for: what changed, whether it can be defended, and what to take to a meeting."""

import re

from playwright.sync_api import expect

from tests.browser.desk import notes, table
from tests.browser.steps import button, drop, follow, leads_on, save, to, unfold, until_done

MAGIC = {".xlsx": b"PK", ".pptx": b"PK", ".pdf": b"%PDF", ".csv": b"", ".md": b"#"}


def heading(page, name):
    return page.get_by_role("heading", level=1, name=name)


def test_from_nothing_a_table_that_is_dragged_in_becomes_an_overview_and_a_report(empty, page, tmp_path):
    (tmp_path / "calls of 2025.csv").write_bytes(table(*notes()))
    page.goto(empty.address)
    follow(page.get_by_role("main").get_by_role("link", name="Upload files"))
    drop(page.locator("label.drop"), tmp_path / "calls of 2025.csv")
    expect(page.locator("[data-chosen]")).to_contain_text("calls of 2025.csv")
    follow(button(page, "Upload"))
    row = page.locator("#batch-1")
    expect(row.locator("td[data-label='New conversations']")).to_have_text("120")
    until_done(page)

    to(page, "Overview")
    expect(heading(page, "What changed")).to_be_visible()
    expect(page.locator("section[aria-labelledby=top-objections]")).to_contain_text("rice")
    with leads_on(page):
        page.locator("#top-objections a").click()
    expect(page.locator(".chart.only-wide svg").first).to_be_visible()
    expect(
        page.get_by_role("group", name="Themes with their shares and verdicts").locator("tbody tr")
    ).not_to_have_count(0)
    name, content = save_as(page, "Excel")
    assert (name[-5:], content[:2]) == (".xlsx", b"PK")


def save_as(page, name):
    unfold(page, "Export")
    got = save(page.get_by_role("main").get_by_role("link", name=name, exact=True).first)
    page.keyboard.press("Escape")
    return got


def test_from_the_overview_to_the_theme_that_changed_and_to_its_quotes(sample, page):
    page.goto(sample.address)
    first = page.get_by_role("article").first
    first.locator("summary", has_text="How sure").click()
    expect(first.locator("details")).to_contain_text("%")
    follow(first.get_by_role("heading").get_by_role("link"))

    expect(page).to_have_url(re.compile(r"/(themes|reports)/"))
    expect(page.locator("#course .chart.only-wide svg")).to_be_visible()
    expect(page.locator("#course")).to_contain_text("Window before")
    who = page.locator("section[aria-labelledby=who]")
    expect(who.get_by_role("heading", name="Segment")).to_be_visible()
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="In their words").click()
    expect(page.locator("#quotes")).to_be_in_viewport()
    shown = page.locator("section[aria-labelledby=quotes]")
    words = shown.locator("blockquote").first.inner_text()
    follow(shown.get_by_role("link", name=re.compile("^In context")).first)
    expect(page.locator("mark.chosen").first).to_be_visible()
    assert page.locator("mark.chosen").first.inner_text()[:20] in words


def test_a_report_is_cut_compared_annotated_kept_and_taken_along(sample, page):
    page.goto(sample.address)
    to(page, "Reports")
    with leads_on(page):
        page.locator("select[name=by]").select_option("segment")
    expect(page.get_by_role("heading", name="By segment")).to_be_visible()
    cell = page.locator("section[aria-labelledby=cut-segment] tbody td a").first
    expect(cell).to_be_visible()

    page.locator("select[name=this]").select_option(label="enterprise")
    page.locator("select[name=that]").select_option(label="mid-market")
    follow(button(page, "Compare"))
    beside = page.get_by_role("group", name="Two groups side by side")
    expect(beside.locator("thead")).to_contain_text("enterprise")
    expect(beside.locator("tbody tr")).not_to_have_count(0)

    part = unfold(page, "Add a note to the chart")
    part.get_by_label("What happened").fill("New pricing page")
    part.get_by_label("Day", exact=True).fill("2025-09-01")
    follow(part.get_by_role("button", name="Add"))
    expect(page.get_by_role("list", name="What happened, by its number on the chart")).to_contain_text(
        "New pricing page"
    )
    expect(page.get_by_role("heading", name="By segment")).to_be_visible()  # where the note was written, as it was

    for name, ending in (("Excel", ".xlsx"), ("PowerPoint", ".pptx"), ("PDF", ".pdf")):
        file, content = save_as(page, name)
        assert file.endswith(ending)
        assert content.startswith(MAGIC[ending])

    part = unfold(page, "Save this report")
    part.get_by_label("Title", exact=True).fill("Segments for the board")
    follow(part.get_by_role("button", name="Save", exact=True))
    expect(heading(page, "Segments for the board")).to_be_visible()
    kept = page.url
    page.goto(f"{sample.address}/reports/saved")
    follow(page.get_by_role("link", name="Segments for the board", exact=True))
    assert page.url == kept


def test_a_filtered_report_comes_every_week(sample, page):
    page.goto(f"{sample.address}/reports/objections?segment=mid-market")
    follow(page.get_by_role("main").get_by_role("link", name="Get its changes every week"))
    form = page.locator("section", has=page.locator("#new")).locator("form")
    form.get_by_label("Title, which is the subject").fill("Mid-market, weekly")
    expect(form.locator("details.more summary")).to_contain_text("(1)")  # the filter came along
    form.get_by_label("Mail addresses, one a line").fill("team@pellwick.example")
    follow(button(page, "Preview"))
    expect(page.get_by_role("heading", name="What would be sent now")).to_be_visible()
    expect(page.locator(".letter")).to_contain_text("Mid-market, weekly")
    follow(button(page, "Save and start"))
    expect(heading(page, "Mid-market, weekly")).to_be_visible()
    expect(page.locator("main .lead").first).to_contain_text("Every Monday at 8:00")
    follow(button(page, "Pause"))
    expect(page.locator("main .lead").first).to_contain_text("Paused: nothing is sent.")
    follow(button(page, "Resume"))
    follow(button(page, "Remove"))
    follow(button(page, "Bring it back"))
    expect(page.get_by_role("main")).to_contain_text("Mid-market, weekly")


def test_competitors_lead_to_deals_and_to_quotes(sample, page):
    page.goto(f"{sample.address}/reports/competitors")
    follow(page.get_by_role("link", name="Competitors in deals: how they stand and end"))
    expect(heading(page, "Competitors in deals")).to_be_visible()
    states = page.get_by_role("group", name="States by rival")
    follow(states.locator("td[data-label='By now'] a").first)
    expect(page.get_by_role("main").locator("blockquote").first).to_be_visible()


def test_the_plan_gives_a_brief_as_a_file_and_takes_an_entry_of_ones_own(sample, page):
    page.goto(sample.address)
    to(page, "Plan")
    follow(page.get_by_role("main").locator("tbody th a").first)
    name = page.get_by_role("heading", level=1).inner_text()
    expect(page.get_by_role("main").locator("blockquote").first).to_be_visible()
    file, content = save_as(page, "Markdown")
    assert file.endswith(".md")
    assert name in content.decode()

    form = page.locator("#progress form").first
    form.get_by_label("Status").select_option(label="Planned")
    form.get_by_label("Your name").fill("Mara")
    form.get_by_label("Note, shown in the plan").fill("With the figures of the pilot")
    follow(form.get_by_role("button", name="Save"))
    history = page.locator("#progress .history")
    expect(history).to_contain_text("With the figures of the pilot")
    expect(history).to_contain_text("by Mara")
    follow(history.get_by_role("button").first)
    expect(history.locator("li.undone")).to_have_count(1)


def test_a_theme_is_renamed_and_the_name_taken_back(sample, page):
    page.goto(f"{sample.address}/themes/1")
    was = page.get_by_role("heading", level=1).inner_text()
    part = unfold(page, "Rename")
    part.get_by_label("New name").fill("Costs more than the budget")
    follow(part.get_by_role("button", name="Rename"))
    expect(heading(page, "Costs more than the budget")).to_be_visible()
    follow(page.get_by_role("status").get_by_role("button", name="Undo").first)
    expect(heading(page, was)).to_be_visible()


def test_a_persona_is_taken_along_as_a_sheet(sample, page):
    page.goto(sample.address)
    to(page, "Reports")
    follow(page.get_by_role("navigation", name="Reports").get_by_role("link", name="Personas"))
    first = page.get_by_role("group", name="Personas").get_by_role("rowheader").get_by_role("link").first
    name = first.inner_text()
    follow(first)
    expect(heading(page, name)).to_be_visible()
    expect(page.get_by_role("main").locator("blockquote").first).to_be_visible()
    file, content = save_as(page, "PDF")
    assert (file[-4:], content[:4]) == (".pdf", b"%PDF")


def test_the_shared_numbers_are_published_taken_back_and_brought_back(sample, page):
    page.goto(f"{sample.address}/shared")
    follow(page.get_by_role("link", name="Choose, owners, targets"))
    page.get_by_label("Owner").first.fill("Mara")
    follow(button(page, "Save"))
    expect(page.get_by_role("group", name="Shared numbers")).to_contain_text("Mara")
    follow(page.get_by_role("link", name=re.compile("^Publish")))
    follow(page.get_by_role("button", name=re.compile("^Publish")))
    months = page.get_by_role("group", name="Published months").locator("tbody tr")
    expect(months).to_have_count(1)
    follow(months.get_by_role("button", name=re.compile("^Take back")))
    expect(months).to_have_count(0)
    unfold(page, "taken back")
    follow(page.get_by_role("button", name=re.compile("^Bring back")))
    expect(months).to_have_count(1)
