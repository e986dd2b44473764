-- What the sequencer does a hundred times a second, in one round trip. Each statement of a volatile function sees what
-- was committed before it: the queue is read after the head is locked, so two leaders cannot interleave.
-- Always by the queue's index: a scan of the table would look at every row that was deleted since the last vacuum
-- (measured at 700 writes a second: 14 ms instead of 0.5), and an index remembers which of its entries are dead.

CREATE FUNCTION log.place_events(most integer, OUT placed bigint, OUT last_position bigint)
    LANGUAGE plpgsql VOLATILE
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
BEGIN
    placed := 0;
    PERFORM FROM log.event_queue q ORDER BY q.event_id LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT h.last_position INTO last_position FROM log.head h FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH taken AS (
        DELETE FROM log.event_queue
         WHERE event_id = ANY (ARRAY(SELECT q.event_id FROM log.event_queue q ORDER BY q.event_id LIMIT most))
        RETURNING event_id, workspace_id, project_id, audience_id
    ), positioned AS (
        INSERT INTO log.positions (position, event_id, workspace_id, project_id, audience_id)
        SELECT place_events.last_position + row_number() OVER (ORDER BY t.event_id),
               t.event_id, t.workspace_id, t.project_id, t.audience_id
          FROM taken t
    )
    SELECT count(*) INTO placed FROM taken;
    last_position := last_position + placed;
    UPDATE log.head h SET last_position = place_events.last_position WHERE placed > 0;
END
$$;

REVOKE ALL ON FUNCTION log.place_events(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.place_events(integer) TO taskyard_sequencer;
