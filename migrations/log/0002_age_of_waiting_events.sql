-- Monitoring tells how long the oldest event has waited for its position.

GRANT SELECT (id, at) ON log.events TO taskyard_sequencer;
