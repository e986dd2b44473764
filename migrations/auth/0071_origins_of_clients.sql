-- The pages of programs that run in a browser may read what the endpoints of OAuth answer. They are those of the origins
-- of the redirect addresses of clients that keep no secret, as browsers write origins: no default port, lower case.

CREATE FUNCTION auth.origins_of(addresses text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT SET search_path = ''
    AS $$
        SELECT coalesce(array_agg(DISTINCT regexp_replace(found.origin,
                   CASE WHEN found.origin LIKE 'https:%' THEN ':443$' ELSE ':80$' END, '')), '{}')
          FROM (SELECT substring(lower(address) FROM '^https?://[^/?#]+') AS origin
                  FROM unnest(addresses) AS given (address)) AS found
         WHERE found.origin IS NOT NULL
    $$;

ALTER TABLE auth.oauth_clients
    ADD COLUMN origins text[] COLLATE "C" GENERATED ALWAYS AS (auth.origins_of(redirect_uris)) STORED;
CREATE INDEX oauth_clients_by_origin ON auth.oauth_clients USING gin (origins)
    WHERE auth_method = 'none' AND deleted_at IS NULL;

CREATE FUNCTION auth.is_client_origin_v1(origin text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    AS $$
        SELECT EXISTS (SELECT FROM auth.oauth_clients c
                        WHERE c.origins @> ARRAY[origin] AND c.auth_method = 'none' AND c.deleted_at IS NULL)
    $$;
REVOKE EXECUTE ON FUNCTION auth.origins_of, auth.is_client_origin_v1 FROM PUBLIC;

GRANT EXECUTE ON FUNCTION auth.origins_of TO taskyard_auth;
GRANT EXECUTE ON FUNCTION auth.is_client_origin_v1 TO taskyard_gateway;
