-- Locks in Redis spare work (kit/locks.py). What is written under one names its number, and a later holder has a higher.

CREATE TABLE fences (
    name text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,                 -- of the last holder; rows stay, so numbers never start again
    held_until timestamptz NOT NULL         -- decides only while Redis is away
);
GRANT SELECT, INSERT, UPDATE ON fences TO taskyard_notification;
