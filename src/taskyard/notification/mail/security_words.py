"""The words of mails about the security of an account, by language: a subject and what happened, for each kind."""

from taskyard.contracts.mail import MailKind
from taskyard.notification.mail.catalogue import language_of

Words = dict[MailKind, tuple[str, str]]

_ENGLISH: Words = {
    "verify_address": ("Confirm your e-mail address", "Confirm within 24 hours that this address is yours:"),
    "change_address": ("Confirm your new e-mail address", "Confirm within 24 hours that this is your new address:"),
    "reset_password": (
        "Choose a new password",
        "Somebody, probably you, asked for a new password. This link works once, for 15 minutes:",
    ),
    "address_known": (
        "You have an account already",
        (
            "Somebody, probably you, tried to register with this address. You have an account: sign in, or ask for a "
            "new password."
        ),
    ),
    "address_changed": (
        "Your e-mail address was changed",
        "The e-mail address of your account was changed on {at}. This address is used no more.",
    ),
    "password_changed": ("Your password was changed", "The password of your account was changed on {at}."),
    "second_factor_added": ("Signing in now takes a second factor", "A second factor was added on {at}."),
    "second_factor_removed": ("A second factor was removed", "A second factor was removed on {at}."),
    "passkey_added": ("A passkey was added", "Since {at} your account can be signed in to with a new passkey."),
    "passkey_removed": ("A passkey was removed", "A passkey of your account was removed on {at}."),
    "identity_linked": (
        "Another account was linked",
        "Since {at} your account can be signed in to with an account that you have elsewhere.",
    ),
    "identity_unlinked": (
        "Another account was unlinked",
        "An account that you have elsewhere signs in to yours no more since {at}.",
    ),
    "recovery_codes_created": ("New recovery codes", "Recovery codes were made on {at}; earlier ones are worthless."),
    "recovery_code_used": ("A recovery code was used", "Somebody signed in with a recovery code on {at}."),
    "token_reused": (
        "A session was ended",
        "A secret of one of your sessions was used by two parties, so the session was ended on {at}.",
    ),
    "codes_guessed": (
        "Somebody knows your password",
        "Somebody gave the right password on {at}, and then too many wrong codes.",
    ),
    "new_sign_in": (
        "New sign-in",
        "Somebody signed in on {at} with a device that is new: {device}; address {address}.",
    ),
}
_GERMAN: Words = {
    "verify_address": (
        "Bestätigen Sie Ihre E-Mail-Adresse",
        "Bestätigen Sie innerhalb von 24 Stunden, dass diese Adresse Ihnen gehört:",
    ),
    "change_address": (
        "Bestätigen Sie Ihre neue E-Mail-Adresse",
        "Bestätigen Sie innerhalb von 24 Stunden, dass dies Ihre neue Adresse ist:",
    ),
    "reset_password": (
        "Wählen Sie ein neues Passwort",
        "Jemand, vermutlich Sie, hat ein neues Passwort angefordert. Der Link gilt einmal und 15 Minuten lang:",
    ),
    "address_known": (
        "Sie haben schon ein Konto",
        (
            "Jemand, vermutlich Sie, wollte sich mit dieser Adresse registrieren. Sie haben ein Konto: Melden Sie sich "
            "an, oder fordern Sie ein neues Passwort an."
        ),
    ),
    "address_changed": (
        "Ihre E-Mail-Adresse wurde geändert",
        "Die E-Mail-Adresse Ihres Kontos wurde am {at} geändert. Diese Adresse wird nicht mehr verwendet.",
    ),
    "password_changed": ("Ihr Passwort wurde geändert", "Das Passwort Ihres Kontos wurde am {at} geändert."),
    "second_factor_added": ("Die Anmeldung verlangt nun einen zweiten Faktor", "Er wurde am {at} hinzugefügt."),
    "second_factor_removed": ("Ein zweiter Faktor wurde entfernt", "Er wurde am {at} entfernt."),
    "passkey_added": (
        "Ein Passkey wurde hinzugefügt",
        "Seit dem {at} kann man sich an Ihrem Konto mit einem neuen Passkey anmelden.",
    ),
    "passkey_removed": ("Ein Passkey wurde entfernt", "Am {at} wurde ein Passkey Ihres Kontos entfernt."),
    "identity_linked": (
        "Ein anderes Konto wurde verknüpft",
        "Seit dem {at} kann man sich an Ihrem Konto mit einem Konto anmelden, das Sie anderswo haben.",
    ),
    "identity_unlinked": (
        "Die Verknüpfung mit einem anderen Konto wurde gelöst",
        "Seit dem {at} meldet ein Konto, das Sie anderswo haben, nicht mehr an Ihrem an.",
    ),
    "recovery_codes_created": (
        "Neue Wiederherstellungscodes",
        "Am {at} wurden Wiederherstellungscodes erzeugt; frühere sind wertlos.",
    ),
    "recovery_code_used": (
        "Ein Wiederherstellungscode wurde benutzt",
        "Jemand hat sich am {at} mit einem Wiederherstellungscode angemeldet.",
    ),
    "token_reused": (
        "Eine Sitzung wurde beendet",
        "Ein Geheimnis einer Ihrer Sitzungen wurde von zwei Seiten benutzt; die Sitzung wurde am {at} beendet.",
    ),
    "codes_guessed": (
        "Jemand kennt Ihr Passwort",
        "Jemand hat am {at} das richtige Passwort eingegeben, und danach zu viele falsche Codes.",
    ),
    "new_sign_in": (
        "Neue Anmeldung",
        "Am {at} hat sich jemand mit einem neuen Gerät angemeldet: {device}; Adresse {address}.",
    ),
}
SECURITY_WORDS: dict[str, Words] = {"en": _ENGLISH, "de": _GERMAN}
_NOT_YOU = {
    "en": "If that was not you, choose a new password and end your sessions.",
    "de": "Wenn Sie das nicht waren, wählen Sie ein neues Passwort und beenden Sie Ihre Sitzungen.",
}
_IGNORE = {
    "en": "If that was not you, do nothing: without the link nothing changes.",
    "de": "Wenn Sie das nicht waren, tun Sie nichts: Ohne den Link ändert sich nichts.",
}


def words_of(locale: str, kind: MailKind) -> tuple[str, str]:
    """The subject of a mail and what it says, with a blank for the time."""
    return SECURITY_WORDS[language_of(locale)][kind]


def advice_for(locale: str, *, has_link: bool) -> str:
    """What to do about it."""
    return (_IGNORE if has_link else _NOT_YOU)[language_of(locale)]
