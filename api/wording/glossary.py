"""What the terms on the pages mean, in one place: the help beside a term, "How to read this" and the help page say the
same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A term, the question its help answers, and the answer: plain words, no formula."""

    name: str
    asked: str
    meaning: str


GLOSSARY: dict[str, Term] = {
    "conversation": Term(
        "Conversation", "What is a conversation?",
        "One call, meeting, e-mail thread, chat or note. The note, the transcript and the mail recap of one meeting are one conversation and count once.",
    ),
    "quote": Term(
        "Quote", "What is a quote?",
        "A passage in which a buyer objects, asks, or names a competitor: letter for letter as it was said or written, and never made up.",
    ),
    "voice": Term(
        "Voice", "Whose words are these?",
        "Said by the buyer: from a transcript or a mail, the buyer’s own words. Reported by the rep: from a note, the rep’s words about what the buyer said. Reps and buyers often stress different things.",
    ),
    "kind": Term(
        "Kind", "What are the kinds?",
        "Every quote is one of three: an objection (why not), a question, or the name of a competitor. Labels and themes are within a kind.",
    ),
    "label": Term(
        "Label", "What is a label, and how does it differ from a theme?",
        "The sort of objection or question, out of a fixed short list that is the same for every company: price, timing, security. A theme is narrower and your own: it gathers quotes that say the same thing, such as “data stays in the UK”. Labels are there from the first conversation, themes once several say something alike.",
    ),
    "theme": Term(
        "Theme", "What is a theme?",
        "Quotes that say the same thing. A theme keeps its number and its address for good, whatever it is called; every change of it can be undone.",
    ),
    "fit": Term(
        "Fits loosely", "What does “fits loosely” mean?",
        "The quote is nearer to this theme than to any other, but not very near. It counts; look twice before you publish it.",
    ),
    "share": Term(
        "Share", "What is the share of?",
        "Conversations that carry the theme, divided by all conversations that match the filters. A conversation counts once, however often the theme comes up in it.",
    ),
    "interval": Term(
        "Interval", "What is an interval?",
        "Where the true share lies with 95 % confidence. A wide bar means that few conversations, or few accounts, stand behind it.",
    ),
    "change": Term(
        "Change in points", "What are points?",
        "This window’s share minus that of the window before, with its interval. From 20 % to 25 % is +5 points.",
    ),
    "window": Term(
        "Window", "Which time is compared?",
        "The days since From where you set it, else a quarter or half a year up to the newest conversation of all, compared with as many days before. It is the same for every filter, so two cuts compare the same days. The line under the title says which.",
    ),
    "verdict": Term(
        "Verdict", "What is a verdict?",
        "Rising, falling, new or gone only if the change is unlikely to be chance, over all themes of every kind tested together, and at least three accounts stand behind it. Steady means that a change of 10 points or more is ruled out; a smaller one is not. Not sure means that the interval leaves out zero, but with so many themes tested, or so few cases, that is not enough yet: do not claim it. Otherwise there is too little to say.",
    ),
    "like": Term(
        "Among like conversations", "What does “among like conversations” mean?",
        "The change with the mix of segments and kinds of conversation held as it was. If twice as many enterprises call, what enterprises say goes up although nobody has changed: that is not called a change.",
    ),
    "year": Term(
        "In a year", "What is compared with a year ago?",
        "The same days a year ago, 52 weeks back. A season comes again; a trend does not have to.",
    ),
    "restated": Term(
        "Before was first", "Why did an old figure change?",
        "What the window before was counted as at its end. Themes that were merged or split since, or conversations that came later, have changed that figure; both windows are counted anew on today’s themes, so it is no change.",
    ),
    "unfinished": Term(
        "Open point, dotted line", "Why is the end dotted?",
        "Conversations do not reach to the end of the period.",
    ),
    "published": Term(
        "As published", "What does “as published” show?",
        "Everything as it stood at the end of that day: its themes, its uploads, its figures. Only the catalogue (competitors, own names, personas, stages) is today’s. For a number in an old deck that is questioned today.",
    ),
    "persona": Term(
        "Persona", "Where does a persona come from?",
        "From the job title: what somebody works on (finance, IT, operations…) and how senior they are. What a title does not tell is shown as not known, never guessed.",
    ),
    "outcome": Term(
        "Outcome", "Whose outcome is it?",
        "The deal’s, as your CRM gives it: won, lost or open. A theme that comes with lost deals is not thereby the reason that they were lost.",
    ),
    "tracker": Term(
        "Tracker", "What is a tracker?",
        "A concept of your own, given by phrases or example sentences. It looks through the whole history at once, with a preview of what it finds and nearly finds before you save it.",
    ),
    "relation": Term(
        "Relation", "What is a competitor’s relation?",
        "How the buyer stands to the competitor when naming it: uses it today, is evaluating it, used it before, is switching from or to it, or compares it with you.",
    ),
    "precision": Term(
        "Right when reviewed", "What does “right when reviewed” mean?",
        "Of the quotes that somebody checked in the review, how many were right, with its interval. More answers make it narrower.",
    ),
    "score": Term(
        "Score", "What is the score?",
        "How much there is to gain by writing about it: in how many of a hundred conversations it is heard at least, more when it is rising or comes with lost deals, less when it is falling or a page of yours answers it already. “Why” under each figure shows its parts.",
    ),
    "coverage": Term(
        "Coverage", "What does coverage say?",
        "Whether one of your own pages answers what buyers say here: covered, partly, or not; not judged where only the title of a page is known. It is found by meaning and may be wrong; the brief shows the passage.",
    ),
}  # fmt: skip

# How to read a trend table, in this order.
TRENDS = ("share", "interval", "change", "verdict", "like", "year", "restated", "unfinished")

# What a key does, where keys of one letter are on.
KEYS = (
    ("Ctrl K or ⌘ K", "Go to any page, theme, competitor, tracker or account by name"),
    ("/", "Search quotes"),
    ("?", "These keys and what the terms mean"),
    ("Tab, Enter, Space", "Reach and use everything"),
    ("Esc", "Close what has opened"),
    ("j, k", "Among quotes: the next and the previous one"),
    (
        "Enter, x, c, a",
        "On a quote there: open it, pick it, copy it without names, add it to a collection; C and A: all that are picked",
    ),
    ("z", "There: undo what was just collected, while it is told at the foot of the page"),
)
