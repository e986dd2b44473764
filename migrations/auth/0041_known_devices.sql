-- Devices that somebody signed in with before: a stranger who guesses passwords cannot use up their attempts, and a
-- sign-in with any other is told by mail.

CREATE TABLE auth.known_devices (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES auth.people (id),
    token_hash bytea NOT NULL UNIQUE,       -- of a secret that the device keeps
    last_used_at timestamptz NOT NULL
);
CREATE INDEX known_devices_of_person ON auth.known_devices (person_id, last_used_at DESC);
CREATE INDEX known_devices_by_use ON auth.known_devices (last_used_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.known_devices TO taskyard_auth;
