"""The words of the pages, by language. A language that is missing here reads English."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from taskyard.auth.routes.provided import Call
from taskyard.contracts.scopes import SCOPES
from taskyard.kit.requests import header

Words: TypeAlias = dict[str, str]

ENGLISH: Words = {
    "sign_in": "Sign in",
    "continue_to": "Sign in to go on to {name}",
    "email": "E-mail address",
    "password": "Password",
    "wrong": "The e-mail address or the password is wrong.",
    "held_back": "Too many failed sign-ins. Try again in {minutes} minutes.",
    "signed_in": "Signed in",
    "you_are": "You are signed in as {name} ({email}).",
    "sign_out": "Sign out",
    "sign_out_question": "Do you want to sign out of Taskyard?",
    "signed_out": "Signed out",
    "signed_out_text": "You are signed out on this device.",
    "cancel": "Cancel",
    "problem": "That did not work",
    "reference": "Reference",
    "code": "Code",
    "code_title": "Confirm that it is you",
    "code_text": "Enter the code that your authenticator app shows, or one of your recovery codes.",
    "code_wrong": "The code is wrong, too old, or was used before.",
    "use_passkey": "Use a passkey",
    "passkey_wrong": "The passkey is not known here, or did not sign as it should.",
    "sign_in_with": "Sign in with {name}",
    "identity_refused": "The sign-in with the other account was not finished, or did not fit. Begin again.",
    "provider_unavailable": "The other account cannot be reached at the moment. Try again later, or sign in otherwise.",
    "no_account": "You have no account here for this sign-in. Ask whoever runs Taskyard for one.",
    "identity_not_linked": (
        "There is an account with your e-mail address. Sign in to it as before, and link the other account there."
    ),
    "identity_taken": "The other account belongs to an account here already.",
    "last_way_in": "Without it nobody could sign in to your account. Set a password first.",
    "identities_title": "Accounts elsewhere",
    "identities_text": "With these you can sign in to Taskyard.",
    "identities_none": "You sign in to Taskyard with no account elsewhere yet.",
    "unlink": "Unlink {name}",
    "link_with": "Link {name}",
    "link_text": "From then on whoever can sign in to your account at {name} can sign in to yours here.",
    "go_on_to": "Go on to {name}",
    "confirm": "Confirm",
    "allow_title": "Allow {name} to act for you?",
    "it_wants": "{name} asks to:",
    "unknown_client": "This program registered itself. Nobody at Taskyard knows who made it; allow it only if you do.",
    "leads_to": "Afterwards you go on to {address}",
    "allow": "Allow",
    "deny": "Do not allow",
    "device_title": "Sign in a device",
    "device_text": "Type the code that your device shows.",
    "device_code": "Code of the device",
    "device_wrong": "No device waits with this code. Look again, or begin anew on the device.",
    "device_warning": "Go on only if your own device shows the code {code} right now.",
    "device_allowed": "Your device is signed in",
    "device_denied": "Your device was not signed in",
    "device_go_on": "Go on at your device. You can close this page.",
    "device_nothing": "Nothing was allowed. You can close this page.",
    "go_on": "Go on",
    "openid": "Know who you are",
    "profile": "See your name, language and time zone",
    "email_scope": "See your e-mail address",
    "offline_access": "Go on acting for you after you sign out here",
    "verify_title": "Confirm your e-mail address",
    "verify_text": "Is the address yours that the mail was sent to?",
    "verified_title": "Address confirmed",
    "verified_text": "Your e-mail address is confirmed.",
    "reset_title": "Choose a new password",
    "new_password": "New password",
    "password_length": "A password has {shortest} to {longest} characters.",
    "password_common": "This password is too easy to guess; a sentence of your own is a good one.",
    "password_set_title": "Password changed",
    "password_set_text": "Your new password is set, and all your sessions have ended.",
    "passkeys_title": "Passkeys",
    "passkeys_text": "With a passkey your device signs you in, and you need no password.",
    "passkey": "Passkey",
    "passkey_name": "Name of the new passkey",
    "add_passkey": "Add a passkey",
    "passkey_needs_script": "Adding a passkey takes JavaScript and a browser that knows passkeys.",
    "passkey_refused": "The device made no passkey. Perhaps it has one already. Try again.",
    "passkey_known": "This passkey is registered already.",
    "too_many_passkeys": "You have as many passkeys as there may be. Remove one first.",
    "recovery_codes_title": "Keep your recovery codes",
    "recovery_codes_text": (
        "From now on your password takes a second step. Each of these codes is good for it once, when your device is "
        "lost. They are shown only now."
    ),
    "recovery_codes_kept": "I have kept them",
    "back": "Back",
    "sign_up": "Sign up",
    "no_account_yet": "No account yet? Sign up",
    "have_account": "There is an account already? Sign in",
    "name": "Name",
    "invited_as": "You were invited by this e-mail address, and it will be that of your account.",
    "name_wrong": "A name has 1 to 200 characters, and no line breaks.",
    "email_wrong": "This is not an e-mail address.",
    "email_taken": "There is an account with this e-mail address already.",
    "signed_up_text": "A mail is on its way to {email}. Follow the link in it, and then sign in.",
}
GERMAN: Words = {
    "sign_in": "Anmelden",
    "continue_to": "Anmelden, um zu {name} weiterzugehen",
    "email": "E-Mail-Adresse",
    "password": "Passwort",
    "wrong": "Die E-Mail-Adresse oder das Passwort ist falsch.",
    "held_back": "Zu viele fehlgeschlagene Anmeldungen. Versuchen Sie es in {minutes} Minuten wieder.",
    "signed_in": "Angemeldet",
    "you_are": "Sie sind angemeldet als {name} ({email}).",
    "sign_out": "Abmelden",
    "sign_out_question": "Möchten Sie sich von Taskyard abmelden?",
    "signed_out": "Abgemeldet",
    "signed_out_text": "Sie sind auf diesem Gerät abgemeldet.",
    "cancel": "Abbrechen",
    "problem": "Das hat nicht geklappt",
    "reference": "Kennung",
    "code": "Code",
    "code_title": "Bestätigen Sie, dass Sie es sind",
    "code_text": "Geben Sie den Code ein, den Ihre Authenticator-App zeigt, oder einen Ihrer Wiederherstellungscodes.",
    "code_wrong": "Der Code ist falsch, zu alt oder wurde schon benutzt.",
    "use_passkey": "Mit Passkey anmelden",
    "passkey_wrong": "Der Passkey ist hier nicht bekannt oder hat nicht richtig unterschrieben.",
    "sign_in_with": "Mit {name} anmelden",
    "identity_refused": "Die Anmeldung mit dem anderen Konto wurde nicht beendet oder passte nicht. Beginnen Sie neu.",
    "provider_unavailable": (
        "Das andere Konto ist gerade nicht zu erreichen. Versuchen Sie es später, oder melden Sie sich anders an."
    ),
    "no_account": "Für diese Anmeldung haben Sie hier kein Konto. Bitten Sie um eines, wer Taskyard betreibt.",
    "identity_not_linked": (
        "Es gibt ein Konto mit Ihrer E-Mail-Adresse. Melden Sie sich an wie bisher, und verknüpfen Sie das andere dort."
    ),
    "identity_taken": "Das andere Konto gehört hier schon zu einem Konto.",
    "last_way_in": "Ohne es könnte sich niemand an Ihrem Konto anmelden. Setzen Sie zuerst ein Passwort.",
    "identities_title": "Konten anderswo",
    "identities_text": "Mit diesen können Sie sich bei Taskyard anmelden.",
    "identities_none": "Sie melden sich bei Taskyard noch mit keinem Konto von anderswo an.",
    "unlink": "{name} lösen",
    "link_with": "{name} verknüpfen",
    "link_text": "Wer sich an Ihrem Konto bei {name} anmelden kann, kann sich dann auch hier an Ihrem anmelden.",
    "go_on_to": "Weiter zu {name}",
    "confirm": "Bestätigen",
    "allow_title": "Darf {name} in Ihrem Namen handeln?",
    "it_wants": "{name} bittet um Folgendes:",
    "unknown_client": (
        "Dieses Programm hat sich selbst eingetragen. Niemand bei Taskyard weiß, von wem es ist; erlauben Sie es nur, "
        "wenn Sie es wissen."
    ),
    "leads_to": "Danach geht es weiter zu {address}",
    "allow": "Erlauben",
    "deny": "Nicht erlauben",
    "device_title": "Ein Gerät anmelden",
    "device_text": "Geben Sie den Code ein, den Ihr Gerät zeigt.",
    "device_code": "Code des Geräts",
    "device_wrong": "Mit diesem Code wartet kein Gerät. Sehen Sie noch einmal nach oder beginnen Sie am Gerät neu.",
    "device_warning": "Fahren Sie nur fort, wenn Ihr eigenes Gerät jetzt gerade den Code {code} zeigt.",
    "device_allowed": "Ihr Gerät ist angemeldet",
    "device_denied": "Ihr Gerät wurde nicht angemeldet",
    "device_go_on": "Weiter geht es an Ihrem Gerät. Sie können diese Seite schließen.",
    "device_nothing": "Es wurde nichts erlaubt. Sie können diese Seite schließen.",
    "go_on": "Weiter",
    "openid": "Erfahren, wer Sie sind",
    "profile": "Ihren Namen, Ihre Sprache und Ihre Zeitzone sehen",
    "email_scope": "Ihre E-Mail-Adresse sehen",
    "offline_access": "Auch nach Ihrer Abmeldung hier in Ihrem Namen handeln",
    "verify_title": "Bestätigen Sie Ihre E-Mail-Adresse",
    "verify_text": "Gehört die Adresse Ihnen, an die die E-Mail ging?",
    "verified_title": "Adresse bestätigt",
    "verified_text": "Ihre E-Mail-Adresse ist bestätigt.",
    "reset_title": "Wählen Sie ein neues Passwort",
    "new_password": "Neues Passwort",
    "password_length": "Ein Passwort hat {shortest} bis {longest} Zeichen.",
    "password_common": "Dieses Passwort ist zu leicht zu erraten; gut ist ein eigener Satz.",
    "password_set_title": "Passwort geändert",
    "password_set_text": "Ihr neues Passwort gilt, und alle Ihre Sitzungen sind beendet.",
    "passkeys_title": "Passkeys",
    "passkeys_text": "Mit einem Passkey meldet Ihr Gerät Sie an, und Sie brauchen kein Passwort.",
    "passkey": "Passkey",
    "passkey_name": "Name des neuen Passkeys",
    "add_passkey": "Passkey hinzufügen",
    "passkey_needs_script": "Einen Passkey hinzuzufügen braucht JavaScript und einen Browser, der Passkeys kennt.",
    "passkey_refused": "Das Gerät hat keinen Passkey gemacht. Hat es schon einen? Versuchen Sie es noch einmal.",
    "passkey_known": "Dieser Passkey ist schon eingetragen.",
    "too_many_passkeys": "Sie haben so viele Passkeys, wie es geben darf. Entfernen Sie zuerst einen.",
    "recovery_codes_title": "Bewahren Sie Ihre Wiederherstellungscodes auf",
    "recovery_codes_text": (
        "Von nun an braucht Ihr Passwort einen zweiten Schritt. Jeder dieser Codes gilt dafür einmal, wenn Ihr Gerät "
        "verloren ist. Sie werden nur jetzt gezeigt."
    ),
    "recovery_codes_kept": "Ich habe sie aufbewahrt",
    "back": "Zurück",
    "sign_up": "Konto eröffnen",
    "no_account_yet": "Noch kein Konto? Eines eröffnen",
    "have_account": "Schon ein Konto? Anmelden",
    "name": "Name",
    "invited_as": "Sie wurden mit dieser E-Mail-Adresse eingeladen; sie wird die Ihres Kontos.",
    "name_wrong": "Ein Name hat 1 bis 200 Zeichen und keine Zeilenumbrüche.",
    "email_wrong": "Das ist keine E-Mail-Adresse.",
    "email_taken": "Mit dieser E-Mail-Adresse gibt es schon ein Konto.",
    "signed_up_text": "Eine E-Mail an {email} ist unterwegs. Folgen Sie dem Link darin, und melden Sie sich dann an.",
}
LANGUAGES: dict[str, Words] = {"en": ENGLISH, "de": GERMAN}
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


def words_for(accepted: str) -> tuple[Words, str]:
    """The words in the language a browser prefers among ours (RFC 9110, 12.5.4), and its tag."""
    best, quality = "en", 0.0
    for part in accepted.split(",")[:20]:
        match = _RANGE.fullmatch(part)
        if match is not None and match[1].lower() in LANGUAGES and float(match[2] or 1) > quality:
            best, quality = match[1].lower(), float(match[2] or 1)
    return LANGUAGES[best], best


def describe_scopes(request: Call, scopes: Iterable[str]) -> list[str]:
    """What scopes mean to a person. Those of the API speak English."""
    words, _ = words_for(header(request.scope, b"accept-language") or "")
    own = {"email": "email_scope"}
    return [SCOPES.get(scope) or words[own.get(scope, scope)] for scope in scopes]
