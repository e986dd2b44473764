"""The table of settings: each one's name, default and meaning, from which everything else about settings follows."""

import msgspec

from taskyard.kit.roles import PORT_OFFSETS, ROLES
from taskyard.kit.setting_values import (
    BUCKET,
    FLAG,
    FOLDER,
    MAIL_SERVER,
    MAILBOX,
    NETWORKS,
    ORIGINS,
    PAIRS,
    PATH_PART,
    PORT,
    POSTGRES,
    RECIPIENT,
    REDIS,
    REPORTS,
    TEXT,
    WEB,
    WEBS,
    Kind,
    one_of,
    whole_number,
)

PREFIX = "TASKYARD_"


class Setting(msgspec.Struct, frozen=True):
    """One row of the table: a variable, what it defaults to and what it is for."""

    name: str
    kind: Kind
    default: str
    meaning: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """Name the environment variable."""
        return PREFIX + self.name.upper()

    def shown(self, text: str) -> str:
        """Give a value the way it may be printed."""
        if not text or not self.secret:
            return text or "(none)"
        return "(hidden)"


TABLE: tuple[Setting, ...] = (
    Setting("home", FOLDER, "~/.taskyard", "The one folder that holds all state: database, keys, logs."),
    Setting("port", PORT, "3000", "The port of the gateway; split services listen on the five ports after it."),
    Setting("host", TEXT, "127.0.0.1", "The address to listen on; 0.0.0.0 for every network interface."),
    Setting("public_url", WEB, "", "The address people use, for links and cookies (default http://localhost:<port>)."),
    Setting("allow_plain_http", FLAG, "false", "Allow a public address without TLS (only behind a private network)."),
    Setting(
        "allowed_origins", ORIGINS, "", "Other origins whose pages may call the API with tokens, never with cookies."
    ),
    Setting("trusted_proxies", NETWORKS, "", "Networks whose X-Forwarded-* headers are believed."),
    Setting("database_url", POSTGRES, "", "An external PostgreSQL 14-18, as its owner; empty: embedded.", secret=True),
    Setting(
        "redis_url", REDIS, "", "An external Redis 7 or Valkey 8-9, or its sentinels; empty: embedded.", secret=True
    ),
    Setting("pool_size", whole_number(1, 200), "8", "The most database connections each service opens per process."),
    Setting(
        "leave_seconds",
        whole_number(0, 300),
        "3",
        "For `serve`: how long a process asked to stop takes requests while /ready says no.",
    ),
    Setting("master_key_file", FOLDER, "", "The file with the master key (default <home>/master.key)."),
    Setting(
        "service_key", TEXT, "", "For `serve`: this service's own key as base64, instead of a master key.", secret=True
    ),
    Setting("service_key_file", FOLDER, "", "For `serve`: a file that holds this service's own key."),
    Setting(
        "service_keys", PAIRS, "", "For `worker`: the keys it works with, as auth=<base64>,task=<base64>.", secret=True
    ),
    Setting(
        "registration", one_of("open", "invite", "closed"), "open", "Who may sign up: anybody, the invited, nobody."
    ),
    Setting("client_registration", FLAG, "on", "Let OAuth clients register themselves (RFC 7591)."),
    Setting(
        "email_verification",
        one_of("auto", "on", "off"),
        "auto",
        "Whether new accounts must prove their address by a mailed link; auto: where a mail server is set.",
    ),
    Setting("limits", FLAG, "on", "Refuse requests over the rate limits; off only counts them (for benchmarks)."),
    Setting("limits_file", FOLDER, "", "A TOML file with rate limits, followed while all runs; see docs/limits.md."),
    Setting("canary_file", FOLDER, "", "A TOML file with next versions of services to try; see docs/upstreams.md."),
    Setting("maintenance_file", FOLDER, "", "What `taskyard maintenance` writes (default <home>/maintenance.toml)."),
    Setting(
        "compression",
        one_of("auto", "on", "off"),
        "auto",
        "Compress long answers (zstd, br, gzip); auto: where the public address is not of this machine.",
    ),
    Setting(
        "requests_at_once",
        whole_number(1, 10_000),
        "64",
        "How many requests a process of the gateway has worked on at once; more wait a little, or are refused.",
    ),
    Setting("log_level", one_of("debug", "info", "warning", "error"), "info", "The least serious log lines to write."),
    Setting("log_file", FOLDER, "", "Write logs to this file instead of the standard error output."),
    Setting(
        "log_file_megabytes",
        whole_number(0, 100_000),
        "50",
        "The size at which the log file is put aside as <file>.1 and a new one begun; 0 never does.",
    ),
    Setting("log_files_kept", whole_number(1, 1000), "5", "How many log files that were put aside are kept."),
    Setting(
        "backup_folder", FOLDER, "", "Where backups of the embedded database go, best on another disk; empty: nowhere."
    ),
    Setting("backup_recipient", RECIPIENT, "", "The public key (age1...) that backups are encrypted for."),
    Setting("backup_keep", whole_number(1, 10_000), "7", "How many full backups are kept, with the log after them."),
    Setting("smtp_url", MAIL_SERVER, "", "The mail server; empty: mails become files in <home>/mail.", secret=True),
    Setting("mail_from", MAILBOX, "", "Who mail is from (default Taskyard <taskyard@host of the public address>)."),
    Setting(
        "webhook_allow_private",
        NETWORKS,
        "",
        "Private networks that webhooks may reach, as 10.1.0.0/16,127.0.0.1; empty: none, and only https.",
    ),
    Setting(
        "identity_provider_allow_private",
        NETWORKS,
        "",
        "Private networks in which identity providers may be, as 10.1.0.0/16; empty: none, and only https.",
    ),
    Setting(
        "attachments",
        one_of("auto", "on", "off", "s3"),
        "auto",
        "Take files; auto: where all runs on one machine; s3: into a bucket, from any number of machines.",
    ),
    Setting("attachment_megabytes", whole_number(1, 1000), "25", "The most megabytes of one file."),
    Setting("attachments_megabytes", whole_number(1, 10**9), "10000", "The most megabytes of a workspace's files."),
    Setting("s3_endpoint", WEB, "", "For attachments in a bucket: the S3-compatible store, as https://s3.example."),
    Setting("s3_bucket", BUCKET, "", "The bucket, which must be there."),
    Setting("s3_region", TEXT, "us-east-1", "The region the bucket is in; many stores have but one."),
    Setting("s3_prefix", PATH_PART, "taskyard", "What the names of our files there begin with; ours alone."),
    Setting("s3_access_key", TEXT, "", "The id of the key that the bucket is opened with."),
    Setting("s3_secret_key_file", FOLDER, "", "A file that holds the secret half of that key."),
    Setting("sentry_dsn", REPORTS, "", "Report errors to this Sentry-compatible server; empty: nobody.", secret=True),
    Setting("environment", TEXT, "production", "What error reports call this deployment."),
    *(
        Setting(
            f"{service}_database_url",
            POSTGRES,
            "",
            f"The database as {service} sees it (`up` derives it).",
            secret=True,
        )
        for service in ROLES
    ),
    *(
        Setting(
            f"{service}_url",
            WEBS,
            "",
            f"Where {service} is in the split shape, one or several (default http://127.0.0.1:<port + {offset}>).",
        )
        for service, offset in PORT_OFFSETS.items()
        if offset
    ),
)
