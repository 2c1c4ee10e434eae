-- What a move brings with it, in the same transaction.

-- door_after --
-- What a move brings with it in the same transaction: claims given back, counters booked, amounts closed, flows
-- woken, linked cases moved.
CREATE OR REPLACE FUNCTION door_after(
    me identity, p_act bigint, p_trigger smallint, p_source smallint, p_cases bigint[], p_versions integer[],
    p_now timestamptz, p_facts jsonb
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_arrow arrow%ROWTYPE;
BEGIN
    SELECT * INTO v_arrow FROM arrow WHERE source = p_source AND trigger = p_trigger;
    IF v_arrow.frees THEN
        DELETE FROM claim WHERE case_id = ANY (p_cases);
    END IF;
    IF v_arrow.money = 'closed' THEN
        PERFORM counter_add(3::smallint, p_cases, 1, p_now);
        INSERT INTO nominal (case_id, version, rupiah)
        SELECT c.id, c.version, closing_of(c.id) FROM unnest(p_cases, p_versions) AS c(id, version);
    ELSIF v_arrow.money IS NOT NULL THEN
        PERFORM counter_add(3::smallint, p_cases, CASE v_arrow.money WHEN 'lost' THEN -1 ELSE 1 END, p_now, true);
    END IF;
    IF v_arrow.seat <> 0 THEN
        PERFORM counter_add(2::smallint, p_cases, v_arrow.seat, p_now);
        IF v_arrow.seat > 0 THEN
            DELETE FROM seat_kept WHERE case_id = ANY (p_cases);
        END IF;
    END IF;
    IF v_arrow.counts THEN
        PERFORM counter_add(1::smallint, p_cases, 1, p_now);
    END IF;
    IF v_arrow.watched AND v_arrow.rule / 1000 = 7 THEN
        PERFORM visits_recorded(me, p_cases);
    ELSIF v_arrow.watched THEN
        PERFORM wake_watching(w.batch, w.reason) FROM (
            SELECT DISTINCT p.batch, s.id AS reason
              FROM position p
              JOIN state s ON s.code = p.state
              JOIN batch b ON b.id = p.batch
              JOIN batch_watch w ON w.kind = b.kind AND w.state = p.state
             WHERE p.case_id = ANY (p_cases) ORDER BY p.batch) AS w;
    END IF;
    IF v_arrow.fires AND v_arrow.rule / 1000 >= 5 THEN
        PERFORM siklus_linked(me, p_act, r.id, p_cases, p_facts) FROM rule r WHERE r.code = v_arrow.rule;
    ELSIF v_arrow.fires THEN
        PERFORM door_linked(me, p_act, r, p_cases, p_facts) FROM rule r WHERE r.code = v_arrow.rule;
    END IF;
    IF p_trigger / 1000 = 4 THEN
        PERFORM objection_after(me, p_act, v_arrow.rule, p_cases, p_now);
    END IF;
END $$;

-- assign_family --
-- Whoever an act sends to a family sees it from then on; a visit has one officer, and who held it before lets go.
CREATE OR REPLACE FUNCTION assign_family(p_act bigint, p_facts jsonb, p_now timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO family_assignment (user_id, household_id, valid_from)
    SELECT DISTINCT u.id, c.household_id, p_now
      FROM transition t JOIN case_ c ON c.id = t.case_id
      JOIN account_user u ON u.username = COALESCE(p_facts -> 'petugas_lain', p_facts -> 'petugas_ditunjuk') ->> 'pengguna'
     WHERE t.act = p_act AND c.household_id IS NOT NULL AND c.machine <> 7
    ON CONFLICT DO NOTHING;
    PERFORM visits_given(array_agg(c.id), array_agg(o.id))
       FROM transition t JOIN case_ c ON c.id = t.case_id AND c.machine = 7
       CROSS JOIN LATERAL (SELECT (officers_named(p_facts -> 'petugas_ditunjuk' -> 'pengguna'))[1] AS id) AS o
      WHERE t.act = p_act AND o.id IS NOT NULL HAVING count(*) > 0;
END $$;
