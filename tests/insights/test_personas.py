"""Job titles as people write them, and the persona that Parley shows for each."""

import pytest

from insights.personas import Persona, PersonaRule, persona

TITLES = """
CEO | executive cxo
Chief Executive Officer | executive cxo
Managing Director | executive cxo
Founder | executive owner
Co-Founder & CTO | engineering_data owner
Owner | executive owner
Owner, Rosie's Bakery | executive owner
President | executive cxo
CFO | finance cxo
Chief Financial Officer | finance cxo
VP Finance | finance vp
Finance Director | finance director
Group Financial Controller | finance director
Senior Accountant | finance senior
Accounts Payable Clerk | finance entry
FP&A Manager | finance manager
CIO | it_security cxo
C.I.S.O. | it_security cxo
Head of Information Security | it_security director
IT Manager | it_security manager
Systems Administrator | it_security entry
Senior Network Engineer | it_security senior
CTO | engineering_data cxo
VP of Engineering | engineering_data vp
Software Engineer | engineering_data entry
Staff Data Scientist | engineering_data senior
Director, Data & Analytics | engineering_data director
DevOps Lead | engineering_data manager
COO | operations cxo
Operations Manager | operations manager
Head of Supply Chain | operations director
Warehouse Supervisor | operations manager
Office manager | operations manager
General Manager | operations manager
CRO | sales_revops cxo
VP Sales, EMEA | sales_revops vp
Sr. Account Executive | sales_revops senior
SDR | sales_revops entry
Revenue Operations Analyst | sales_revops entry
Director of Business Development | sales_revops director
Sales Operations Manager | sales_revops manager
CMO | marketing cxo
Head of Demand Generation | marketing director
Marketing Coordinator | marketing entry
Senior SEO Specialist | marketing senior
Social Media Manager | marketing manager
Chief Product Officer | product cxo
Senior Product Manager | product manager
Director of Product | product director
UX Designer | product entry
CHRO | hr cxo
HR Business Partner | hr senior
Head of People | hr director
Talent Acquisition Specialist | hr entry
Payroll Manager | hr manager
General Counsel | legal_procurement director
Procurement Manager | legal_procurement manager
Senior Buyer | legal_procurement senior
Head of Compliance | legal_procurement director
VP Customer Success | customer_support vp
Customer Support Representative | customer_support entry
Call Centre Manager | customer_support manager
Teacher | other entry
Executive Assistant to the CEO | executive entry
SVP, Global Marketing | marketing vp
head of product marketing | marketing director
Geschäftsführer | executive cxo
Geschaeftsfuehrerin | executive cxo
Leiter Einkauf | legal_procurement director
Vertriebsleiterin | sales_revops director
Projektleiter | operations manager
DIRECTEUR GÉNÉRAL | executive cxo
Responsable comptabilité | finance manager
Directora de Recursos Humanos | hr director
Hoofd Inkoop | legal_procurement director
Assistant Manager | unknown manager
Assistant Director, Procurement | legal_procurement director
Assistenz der Geschäftsführung | executive entry
""".strip().splitlines()


@pytest.mark.parametrize("line", TITLES, ids=lambda line: line.split(" | ")[0])
def test_a_title_gives_function_and_seniority(line):
    title, expected = line.split(" | ")
    function, seniority = expected.split()
    assert persona(title) == Persona(function, seniority)


@pytest.mark.parametrize("title", ["", "   ", "???", "Zorblax", "\u0000", "総務部長", "n/a"])
def test_a_title_that_no_rule_knows_is_unknown(title):
    assert persona(title) == Persona("unknown", "unknown")


def test_letters_inside_a_word_are_no_abbreviation():
    assert persona("Itinerant pianist") == Persona("unknown", "unknown")


def test_case_and_dots_do_not_matter():
    assert persona("v.p. FINANCE") == persona("VP Finance")


def test_an_endless_title_is_read_in_no_time():
    assert persona("manager " * 100_000).seniority == "manager"


def test_a_users_own_rule_wins():
    rules = [PersonaRule("customer success", "sales_revops"), PersonaRule("evangelist", "marketing", "senior")]
    assert persona("Head of Customer Success", rules) == Persona("sales_revops", "director")
    assert persona("Evangelist", rules) == Persona("marketing", "senior")
    assert persona("Head of Customer Success") == Persona("customer_support", "director")


def test_of_two_own_rules_the_first_that_fits_wins():
    rules = [PersonaRule("success", "product"), PersonaRule("customer success", "hr", "vp")]
    assert persona("Head of Customer Success", rules) == Persona("product", "vp")


def test_an_own_rule_can_say_unknown():
    assert persona("Office Manager", [PersonaRule("office manager", "unknown", "unknown")]) == Persona(
        "unknown", "unknown"
    )


@pytest.mark.parametrize(
    ("words", "fits"),
    [("vertrieb*", True), ("*leiter", True), ("leiter", False), ("ERTRIEB", False), ("", False), ("*", False)],
)
def test_own_rules_are_whole_words_unless_starred(words, fits):
    assert (persona("Vertriebsleiter", [PersonaRule(words, "other")]).function == "other") is fits
