"""What readers yield. Mails come one by one: which of them are one thread is known when all of them are there."""

from insights.formats.mail.records import Mail
from insights.records import Conversation, CrmRecord, Problem

Found = Conversation | Mail | CrmRecord | Problem
