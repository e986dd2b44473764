"""What can be wrong with a backup; each message is one line for the person at the terminal."""


class BackupError(Exception):
    """A backup cannot be made or used."""


class WrongKeyError(BackupError):
    """The private key that was given is another one."""


class DamagedError(BackupError):
    """A file of a backup is not what was written: damaged, cut off, or put there by somebody else."""
