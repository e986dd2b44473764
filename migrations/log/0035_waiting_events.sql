-- Which events have no place yet: a search waits for what was acknowledged before it.

CREATE VIEW log.waiting_events_v1 AS SELECT event_id FROM log.event_queue;
GRANT SELECT ON log.waiting_events_v1 TO taskyard_task;
