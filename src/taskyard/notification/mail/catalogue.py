"""The words of mails and pages, by locale. A locale that is missing here reads English."""

from typing import TypeAlias

Texts: TypeAlias = dict[str, str]

ENGLISH: Texts = {
    "assigned": "{actor} assigned {key} to you: {title}",
    "mentioned": "{actor} mentioned you on {key}: {title}",
    "commented": "{actor} commented on {key}: {title}",
    "status_changed": "{actor} changed the status of {key}: {title}",
    "invited": "{actor} added you to {place}",
    "shared": "{actor} shared {key} with you: {title}",
    "due_soon": "{key} is due {due}: {title}",
    "overdue": "{key} was due {due}: {title}",
    "reminder": "Reminder of {key}: {title}",
    "invitation": "{actor} invites you to {workspace} on Taskyard",
    "invitation_how": "Register with this address, {address}, and the invitation is there for you to accept:",
    "invitation_ignore": "If you do not expect this, do nothing.",
    "somebody": "Somebody",
    "many": "{count} notifications",
    "greeting": "Hello {name},",
    "why": "You get this mail because your notification preferences say so.",
    "stop": "Get no more mail:",
    "stop_link": "Get no more mail",
    "ask": "Do you want to get no more mail from Taskyard?",
    "confirm": "No more mail",
    "done": "You will get no more mail from Taskyard. Your notification preferences can turn it on again.",
}
GERMAN: Texts = {
    "assigned": "{actor} hat Ihnen {key} zugewiesen: {title}",
    "mentioned": "{actor} hat Sie bei {key} erwähnt: {title}",
    "commented": "{actor} hat {key} kommentiert: {title}",
    "status_changed": "{actor} hat den Status von {key} geändert: {title}",
    "invited": "{actor} hat Sie zu {place} hinzugefügt",
    "shared": "{actor} hat {key} mit Ihnen geteilt: {title}",
    "due_soon": "{key} ist am {due} fällig: {title}",
    "overdue": "{key} war am {due} fällig: {title}",
    "reminder": "Erinnerung an {key}: {title}",
    "invitation": "{actor} lädt Sie zu {workspace} auf Taskyard ein",
    "invitation_how": "Registrieren Sie sich mit dieser Adresse, {address}, um die Einladung anzunehmen:",
    "invitation_ignore": "Wenn Sie das nicht erwarten, tun Sie nichts.",
    "somebody": "Jemand",
    "many": "{count} Benachrichtigungen",
    "greeting": "Guten Tag {name},",
    "why": "Sie erhalten diese E-Mail, weil Ihre Einstellungen für Benachrichtigungen das so vorsehen.",
    "stop": "Keine E-Mails mehr erhalten:",
    "stop_link": "Keine E-Mails mehr erhalten",
    "ask": "Möchten Sie keine E-Mails von Taskyard mehr erhalten?",
    "confirm": "Keine E-Mails mehr",
    "done": "Sie erhalten keine E-Mails von Taskyard mehr. In Ihren Einstellungen können Sie das wieder ändern.",
}
CATALOGUE: dict[str, Texts] = {"en": ENGLISH, "de": GERMAN}


def texts_of(locale: str) -> Texts:
    """The words for a locale (BCP 47); of ``de-AT`` the language decides."""
    return CATALOGUE[language_of(locale)]


def language_of(locale: str) -> str:
    """The language in which ``texts_of`` answers."""
    language = locale.partition("-")[0].lower()
    return language if language in CATALOGUE else "en"
