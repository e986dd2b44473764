-- Browsers are signed in by a cookie. The gateway looks the session up by the hash of its value, and notes its use.

ALTER TABLE auth.sessions ADD COLUMN cookie_hash bytea;
CREATE UNIQUE INDEX sessions_by_cookie ON auth.sessions (cookie_hash) WHERE cookie_hash IS NOT NULL;

CREATE VIEW auth.browser_sessions_v1 AS
    SELECT s.cookie_hash, s.id AS session_id, s.person_id, s.created_at AS signed_in_at, s.last_seen_at, s.expires_at
      FROM auth.sessions s JOIN auth.people p ON p.id = s.person_id
     WHERE s.cookie_hash IS NOT NULL AND s.revoked_at IS NULL AND p.disabled_at IS NULL;

CREATE FUNCTION auth.note_session_use_v1(session uuid, used_at timestamptz) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = ''
    AS 'UPDATE auth.sessions SET last_seen_at = used_at WHERE id = session AND last_seen_at < used_at';
REVOKE EXECUTE ON FUNCTION auth.note_session_use_v1 FROM PUBLIC;

GRANT SELECT ON auth.browser_sessions_v1 TO taskyard_gateway;
GRANT EXECUTE ON FUNCTION auth.note_session_use_v1 TO taskyard_gateway;
