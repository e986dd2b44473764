-- Where the people who have an account live and what they read, for whoever sends them something: no name, no address.

CREATE VIEW auth.people_v1 AS SELECT id AS person_id, time_zone, locale FROM auth.people WHERE disabled_at IS NULL;
GRANT SELECT ON auth.people_v1 TO taskyard_notification;
