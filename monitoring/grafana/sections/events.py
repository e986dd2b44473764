"""What happens after an answer: events, those who read them, and jobs.

What the database was asked is the same number in every process that asked, hence the maximum.
"""

from monitoring.grafana.panels import Alert, Panel, Query

EVENTS_AND_JOBS = (
    Panel(
        "Events by type",
        "cps",
        "What happens: events committed to the change log.",
        (Query("sum by (type) (rate(taskyard_events_total[$__rate_interval]))", "{{type}}"),),
        "TaskyardEventsWait",
        stacked=True,
    ),
    Panel(
        "Events without a position",
        "none",
        "Committed events that nobody may see yet. It should fall back to nothing within a second.",
        (Query("max(taskyard_events_unpositioned)", "events"),),
        "TaskyardEventsWait",
    ),
    Panel(
        "Events behind",
        "none",
        "Events a consumer has not handled yet. It rises in a burst and falls again.",
        (Query("max by (consumer) (taskyard_consumer_behind_events)", "{{consumer}}"),),
        "TaskyardConsumerBehind",
    ),
    Panel(
        "Time behind",
        "s",
        "How long ago the first event happened that a consumer has not handled yet.",
        (Query("max by (consumer) (taskyard_consumer_behind_seconds)", "{{consumer}}"),),
        "TaskyardConsumerBehind",
        alert=Alert("TaskyardConsumerBehind", 60),
    ),
    Panel(
        "Dead letters",
        "none",
        "Events put aside after all attempts; their effects are missing until they are handled once more.",
        (Query("max by (consumer) (taskyard_dead_letters)", "{{consumer}}"),),
        "TaskyardDeadLetters",
        alert=Alert("TaskyardDeadLetters", 0),
    ),
    Panel(
        "Oldest due job",
        "s",
        "How long the oldest job of a service has been due without a runner taking it.",
        (Query("max by (service) (taskyard_jobs_oldest_due_seconds)", "{{service}}"),),
        "TaskyardJobsStuck",
        alert=Alert("TaskyardJobsStuck", 300),
    ),
    Panel(
        "Jobs",
        "none",
        "Jobs that are not finished: scheduled for later, due, and running.",
        (Query("sum by (state) (max by (service, state) (taskyard_jobs))", "{{state}}"),),
        "TaskyardJobsStuck",
    ),
    Panel(
        "Attempts at jobs",
        "short",
        "Attempts that ended within an hour: done, to be tried again, failed for good.",
        (Query("sum by (outcome) (increase(taskyard_job_attempts_total[1h]))", "{{outcome}}"),),
        "TaskyardJobsFail",
    ),
    Panel(
        "Jobs given up",
        "short",
        "Jobs that failed in their last attempt within an hour and will not be tried again.",
        (Query('sum by (kind) (increase(taskyard_job_attempts_total{outcome="failed"}[1h]))', "{{kind}}"),),
        "TaskyardJobsFail",
        alert=Alert("TaskyardJobsFail", 0),
    ),
)  # fmt: skip
WEBHOOKS = (
    Panel(
        "Webhooks",
        "none",
        "Webhooks by state. Those that rest are active, but their receivers failed again and again.",
        (Query("max by (state) (taskyard_webhooks)", "{{state}}"),),
        "TaskyardWebhooksWait",
    ),
    Panel(
        "Attempts at webhooks",
        "short",
        "Attempts within an hour: taken, to be tried again, given up after three days.",
        (Query("sum by (outcome) (increase(taskyard_webhook_attempts_total[1h]))", "{{outcome}}"),),
        "TaskyardWebhooksWait",
    ),
    Panel(
        "Oldest due delivery",
        "s",
        "How long the oldest delivery has been due without being sent, those of receivers that fail apart.",
        (Query("max(taskyard_webhook_oldest_due_seconds)", "due"),),
        "TaskyardWebhooksWait",
        alert=Alert("TaskyardWebhooksWait", 300),
    ),
)  # fmt: skip
