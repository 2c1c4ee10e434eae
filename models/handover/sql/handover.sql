-- Families go from one pendamping to another: offered by the giver or his administrator, accepted or refused by the
-- receiver. A family carries what its pendamping personally holds about it: its visits of a verval cycle and the field
-- check of an objection; ground checks follow whoever looks after the family. Until accepted all of it stays where it is.

-- pendamping_of --
-- Pendamping at work in a kabupaten, in a role of their own: by its office, or (roles of before offices were written
-- down) because they look after a family there.
CREATE OR REPLACE FUNCTION pendamping_of(p_kabupaten bigint) RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT a.user_id
      FROM assignment a
      JOIN role r ON r.code = a.role AND r.id = 'pendamping'
      JOIN account_user u ON u.id = a.user_id AND u.active AND u.kind = 'person'
     WHERE a.delegated_from IS NULL AND a.valid_from <= alur_now() AND (a.valid_to IS NULL OR a.valid_to > alur_now())
       AND (a.office = p_kabupaten OR a.office IS NULL AND EXISTS (
            SELECT 1 FROM family_assignment f JOIN household h ON h.id = f.household_id
             WHERE f.user_id = a.user_id AND f.valid_from <= alur_now() AND (f.valid_to IS NULL OR f.valid_to > alur_now())
               AND h.region / 1000000 = p_kabupaten))
$$;

-- families_held --
-- The families somebody looks after now, within a range of villages.
CREATE OR REPLACE FUNCTION families_held(p_user integer, p_lo bigint, p_hi bigint)
RETURNS TABLE (household_id bigint, region bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT h.id, h.region
      FROM family_assignment f JOIN household h ON h.id = f.household_id
     WHERE f.user_id = p_user AND f.valid_from <= alur_now() AND (f.valid_to IS NULL OR f.valid_to > alur_now())
       AND h.region BETWEEN p_lo AND p_hi
$$;

-- officer_cases --
-- The open cases about some families that name somebody personally: visits he holds, objections he was sent to check.
CREATE OR REPLACE FUNCTION officer_cases(p_user integer, p_families bigint[])
RETURNS TABLE (household_id bigint, case_id bigint, machine text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT c.household_id, c.id, m.name
      FROM case_ c
      JOIN position p ON p.case_id = c.id
      JOIN state s ON s.code = p.state
      JOIN role o ON o.code = s.holder AND o.id = 'pendamping'
      JOIN machine m ON m.code = c.machine
     WHERE c.household_id = ANY (p_families) AND m.name IN ('kunjungan', 'sanggah') AND sent_to(c.id, p_user, alur_now())
$$;

-- handover_barred --
-- Which of these families somebody may not take over: four eyes bar him from reporting their check, or an objection that
-- the giver checks is about his own work.
CREATE OR REPLACE FUNCTION handover_barred(p_giver integer, p_receiver integer, p_families bigint[]) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(array_agg(DISTINCT b.id ORDER BY b.id), '{}') FROM (
        SELECT c.household_id AS id
          FROM case_ c
          JOIN position p ON p.case_id = c.id
          JOIN state s ON s.code = p.state
          JOIN role o ON o.code = s.holder AND o.id = 'pendamping'
          JOIN arrow w ON w.source = p.state
          JOIN rule r ON r.code = w.rule AND o.code = ANY (r.roles) AND NOT r.refusal
          JOIN transition t ON t.case_id = c.id AND t.rule = ANY (r.barred) AND t.actor = ANY (parties_of(ARRAY[p_receiver]))
         WHERE c.household_id = ANY (p_families)
        UNION ALL
        SELECT w.household_id
          FROM officer_cases(p_giver, p_families) w JOIN account_user u ON u.id = p_receiver
         WHERE w.machine = 'sanggah' AND NOT officer_free(w.case_id, u.username)) AS b
$$;

-- handover_tell --
-- Tell somebody of a hand-over: ditawarkan (to him), oleh_admin (his, by his administrator), diterima, ditolak, ditarik,
-- lewat.
CREATE OR REPLACE FUNCTION handover_tell(p_user integer, p_handover bigint, p_what text, p_count bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT notice_put(p_user, 'serah_terima', 'serah_terima:' || p_handover || ':' || p_what,
                      jsonb_build_object('what', p_what, 'handover', p_handover, 'count', p_count), false, NULL, NULL)
$$;

-- handover_offer --
-- Offer families to a colleague: one's own, or, as the administrator of the kabupaten, those of a pendamping who works or
-- worked there; all of them where none is named. Nobody offers in another's place. Outcomes: dibuat, bukan_pemegang,
-- kosong, penerima (not at work as pendamping in the families' kabupaten), terhalang and sudah_ditawarkan (families).
CREATE OR REPLACE FUNCTION handover_offer(
    p_session uuid, p_giver integer, p_receiver integer, p_families bigint[], p_reason text,
    OUT outcome text, OUT handover bigint, OUT families bigint[], OUT until timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_giver integer := COALESCE(p_giver, me.user_id);
    v_lo bigint := 0;
    v_hi bigint := 9999999999;
    v_held bigint[];
    v_wrong bigint[];
    v_place bigint;
BEGIN
    IF me.behalf IS NOT NULL OR NOT (
            v_giver = me.user_id AND me.scope = 'assigned_families'
            OR v_giver <> me.user_id AND EXISTS (
                SELECT 1 FROM assignment a JOIN role r ON r.code = a.role AND r.id = 'pendamping' AND r.admin = me.role
                 WHERE a.user_id = v_giver AND a.delegated_from IS NULL
                   AND (a.office IS NULL OR staff_within(me, NULL, NULL, a.office)))) THEN
        outcome := 'bukan_pemegang';
        RETURN;
    ELSIF v_giver <> me.user_id THEN
        v_lo := me.lo;
        v_hi := me.hi;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('serah:' || v_giver, 0));
    v_held := ARRAY(SELECT f.household_id FROM families_held(v_giver, v_lo, v_hi) f
                     WHERE p_families IS NULL OR f.household_id = ANY (p_families) ORDER BY 1);
    SELECT COALESCE(array_agg(w), '{}') INTO v_wrong FROM (
        SELECT unnest(p_families) AS w EXCEPT SELECT unnest(v_held)) AS x;
    IF cardinality(v_held) = 0 OR v_wrong <> '{}' THEN
        outcome := 'kosong';
        families := v_wrong;
        RETURN;
    END IF;
    FOR v_place IN SELECT DISTINCT h.region / 1000000 FROM household h WHERE h.id = ANY (v_held) LOOP
        IF p_receiver = v_giver OR NOT EXISTS (SELECT 1 FROM pendamping_of(v_place) AS u WHERE u = p_receiver) THEN
            outcome := 'penerima';
            RETURN;
        END IF;
    END LOOP;
    families := ARRAY(SELECT DISTINCT i.household_id FROM handover_family i JOIN handover o ON o.id = i.handover
                       WHERE o.giver = v_giver AND o.state = 'ditawarkan' AND o.until > alur_now()
                         AND i.household_id = ANY (v_held) ORDER BY 1);
    IF cardinality(families) > 0 AND p_families IS NOT NULL THEN
        outcome := 'sudah_ditawarkan';
        RETURN;
    END IF;
    v_held := ARRAY(SELECT unnest(v_held) EXCEPT SELECT unnest(families) ORDER BY 1);
    families := handover_barred(v_giver, p_receiver, v_held);
    IF cardinality(families) > 0 AND p_families IS NOT NULL THEN
        outcome := 'terhalang';
        RETURN;
    END IF;
    -- All of them: what is offered already stays offered, what is barred to this colleague waits for another.
    v_held := ARRAY(SELECT unnest(v_held) EXCEPT SELECT unnest(families) ORDER BY 1);
    IF cardinality(v_held) = 0 THEN
        outcome := CASE WHEN cardinality(families) > 0 THEN 'terhalang' ELSE 'sudah_ditawarkan' END;
        RETURN;
    END IF;
    until := deadline(alur_now(), policy_at('serah.tawaran', alur_now()) #>> '{}',
                      (SELECT min(h.region) FROM household h WHERE h.id = ANY (v_held)));
    INSERT INTO handover (giver, receiver, made_by, reason, offered_at, until)
    VALUES (v_giver, p_receiver, me.user_id, p_reason, alur_now(), until)
    RETURNING id INTO handover;
    INSERT INTO handover_family (handover, household_id) SELECT handover_offer.handover, unnest(v_held);
    PERFORM signin_note('serah_ditawarkan', u, me.user_id, NULL, NULL, NULL, p_reason)
       FROM unnest(ARRAY[v_giver, p_receiver]) AS u;
    PERFORM handover_tell(p_receiver, handover, 'ditawarkan', cardinality(v_held));
    IF v_giver <> me.user_id THEN
        PERFORM handover_tell(v_giver, handover, 'oleh_admin', cardinality(v_held));
    END IF;
    outcome := 'dibuat';
END $$;

-- handover_accept --
-- Take what was offered to oneself. Family by family: what the giver no longer holds is left alone, what duties bar by
-- now stays with him, the rest changes hands at once. Outcomes: diterima, tidak_ditemukan, sudah, lewat.
CREATE OR REPLACE FUNCTION handover_accept(p_session uuid, p_handover bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    o handover;
    v_now timestamptz;
    v_held bigint[];
    v_moved bigint[];
    v_cases bigint[];
    v_visits bigint[];
BEGIN
    SELECT * INTO o FROM handover h WHERE h.id = p_handover AND h.receiver = me.user_id FOR UPDATE;
    IF o.id IS NULL OR me.behalf IS NOT NULL THEN
        RETURN 'tidak_ditemukan';
    ELSIF o.state <> 'ditawarkan' THEN
        RETURN 'sudah';
    ELSIF o.until <= alur_now() THEN
        RETURN 'lewat';
    END IF;
    -- Whoever moves one of these families meanwhile waits here, or is waited for; then it is asked what is still held.
    PERFORM 1 FROM family_assignment f JOIN handover_family i ON i.household_id = f.household_id AND i.handover = o.id
      WHERE f.user_id = o.giver ORDER BY f.household_id, f.valid_from FOR UPDATE OF f;
    v_now := alur_now();
    v_held := ARRAY(SELECT f.household_id FROM families_held(o.giver, 0, 9999999999) f
                      JOIN handover_family i ON i.household_id = f.household_id AND i.handover = o.id
                     WHERE EXISTS (SELECT 1 FROM pendamping_of(f.region / 1000000) AS u WHERE u = o.receiver) ORDER BY 1);
    v_moved := ARRAY(SELECT unnest(v_held) EXCEPT SELECT unnest(handover_barred(o.giver, o.receiver, v_held)) ORDER BY 1);
    SELECT COALESCE(array_agg(w.case_id ORDER BY w.case_id), '{}'),
           COALESCE(array_agg(w.case_id ORDER BY w.case_id) FILTER (WHERE w.machine = 'kunjungan'), '{}')
      INTO v_cases, v_visits FROM officer_cases(o.giver, v_moved) w;
    UPDATE family_assignment f SET valid_to = v_now
     WHERE f.user_id = o.giver AND f.household_id = ANY (v_moved)
       AND f.valid_from <= v_now AND (f.valid_to IS NULL OR f.valid_to > v_now);
    INSERT INTO family_assignment (user_id, household_id, valid_from)
    SELECT o.receiver, m, v_now FROM unnest(v_moved) AS m
     WHERE household_in_sight(m, o.receiver, NULL) IS NOT TRUE;
    IF cardinality(v_visits) > 0 THEN
        PERFORM visits_given(v_visits, array_fill(o.receiver, ARRAY[cardinality(v_visits)]));
    END IF;
    UPDATE handover_family i
       SET outcome = CASE WHEN i.household_id = ANY (v_moved) THEN 'beralih'
                          WHEN i.household_id = ANY (v_held) THEN 'terhalang' ELSE 'berubah' END
     WHERE i.handover = o.id;
    UPDATE handover h
       SET state = 'diterima', ended_at = v_now,
           act = CASE WHEN cardinality(v_cases) > 0 THEN officer_told(p_session, v_cases, o.receiver) END
     WHERE h.id = o.id;
    PERFORM signin_note('serah_diterima', u, me.user_id, NULL, NULL, NULL, NULL) FROM unnest(ARRAY[o.giver, o.receiver]) AS u;
    PERFORM handover_tell(u, o.id, 'diterima', cardinality(v_moved))
       FROM (SELECT DISTINCT unnest(ARRAY[o.giver, o.made_by])) AS t(u);
    RETURN 'diterima';
END $$;

-- officer_told --
-- Write into cases who their officer is from now on; one act of whoever took them.
CREATE OR REPLACE FUNCTION officer_told(p_session uuid, p_cases bigint[], p_officer integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_act bigint := nextval('act_id');
BEGIN
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
    VALUES (v_act, pg_current_xact_id(), me.actor, me.role, op_code('catat_fakta'), policy_current(alur_now()), alur_now());
    INSERT INTO fact (case_id, kind, act, at, source, value)
    SELECT c, k.code, v_act, alur_now(), (SELECT id FROM role WHERE code = me.role),
           jsonb_build_object('pengguna', (SELECT username FROM account_user WHERE id = p_officer))
      FROM unnest(p_cases) AS c, fact_kind k WHERE k.id = 'petugas_ditunjuk';
    RETURN v_act;
END $$;

-- handover_end --
-- Refuse what was offered to oneself, or withdraw what one offered, or had offered by the administrator. Outcomes: ditolak,
-- ditarik, tidak_ditemukan, sudah.
CREATE OR REPLACE FUNCTION handover_end(p_session uuid, p_handover bigint, p_withdraw boolean, p_answer text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    o handover;
    v_state text := CASE WHEN p_withdraw THEN 'ditarik' ELSE 'ditolak' END;
BEGIN
    SELECT * INTO o FROM handover h
     WHERE h.id = p_handover AND me.behalf IS NULL
       AND CASE WHEN p_withdraw THEN me.user_id IN (h.giver, h.made_by) ELSE me.user_id = h.receiver END FOR UPDATE;
    IF o.id IS NULL THEN
        RETURN 'tidak_ditemukan';
    ELSIF o.state <> 'ditawarkan' THEN
        RETURN 'sudah';
    END IF;
    UPDATE handover h SET state = v_state, ended_at = alur_now(), answer = p_answer WHERE h.id = o.id;
    PERFORM handover_tell(t.u, o.id, v_state, (SELECT count(*) FROM handover_family i WHERE i.handover = o.id))
       FROM (SELECT DISTINCT unnest(ARRAY[o.giver, o.receiver, o.made_by])) AS t(u) WHERE t.u <> me.user_id;
    RETURN v_state;
END $$;

-- handovers_lapse --
-- End the offers that nobody answered in time, and tell giver, receiver and who offered. Returns how many. Flows ask.
CREATE OR REPLACE FUNCTION handovers_lapse() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    o handover;
    n integer := 0;
BEGIN
    FOR o IN UPDATE handover h SET state = 'lewat', ended_at = alur_now()
              WHERE h.state = 'ditawarkan' AND h.until <= alur_now() RETURNING h.*
    LOOP
        PERFORM handover_tell(t.u, o.id, 'lewat', (SELECT count(*) FROM handover_family i WHERE i.handover = o.id))
           FROM (SELECT DISTINCT unnest(ARRAY[o.giver, o.receiver, o.made_by])) AS t(u);
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;

-- handovers_seen --
-- What was offered by or to the caller, or by one he keeps as administrator; newest first. An offer past its time has
-- lapsed, whether or not that was told yet.
CREATE OR REPLACE FUNCTION handovers_seen(p_session uuid, p_handover bigint, p_before bigint, p_most integer)
RETURNS TABLE (handover bigint, giver integer, giver_name text, receiver integer, receiver_name text, made_by integer,
               reason text, offered_at timestamptz, until timestamptz, state text, ended_at timestamptz, answer text,
               families bigint, taken bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
BEGIN
    RETURN QUERY
    SELECT o.id, o.giver, g.name, o.receiver, t.name, o.made_by, o.reason, o.offered_at, o.until,
           CASE WHEN o.state = 'ditawarkan' AND o.until <= alur_now() THEN 'lewat' ELSE o.state END, o.ended_at, o.answer,
           count(i.household_id), count(*) FILTER (WHERE i.outcome = 'beralih')
      FROM handover o
      JOIN account_user g ON g.id = o.giver
      JOIN account_user t ON t.id = o.receiver
      JOIN handover_family i ON i.handover = o.id
     WHERE (me.user_id IN (o.giver, o.receiver, o.made_by) OR EXISTS (
                SELECT 1 FROM assignment a JOIN role r ON r.code = a.role AND r.admin = me.role
                 WHERE a.user_id = o.giver AND a.office IS NOT NULL AND staff_within(me, NULL, NULL, a.office)))
       AND (p_handover IS NULL OR o.id = p_handover) AND (p_before IS NULL OR o.id < p_before)
     GROUP BY o.id, g.id, t.id ORDER BY o.id DESC LIMIT p_most;
END $$;

-- handover_families --
-- The families of a hand-over that the caller sees: village, outcome, and how much open work goes with each. No names:
-- the receiver does not look after them yet.
CREATE OR REPLACE FUNCTION handover_families(p_session uuid, p_handover bigint)
RETURNS TABLE (household bigint, region bigint, region_name text, outcome text, open_cases bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.id, h.region, r.name, i.outcome, (
            SELECT count(*) FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state
              JOIN role k ON k.code = s.holder AND k.id = 'pendamping'
             WHERE c.household_id = h.id AND p.state < 20000)
      FROM handover_family i JOIN household h ON h.id = i.household_id LEFT JOIN region r ON r.code = h.region
     WHERE i.handover = p_handover AND EXISTS (SELECT 1 FROM handovers_seen(p_session, p_handover, NULL, 1))
     ORDER BY h.region, h.id;
END $$;

-- officer_barred --
-- Whether somebody could not report on a case if he were sent: four eyes bar him from a step of the field (of an
-- objection: it is about his own work).
CREATE OR REPLACE FUNCTION officer_barred(p_case bigint, p_user integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT CASE WHEN c.machine = 4 THEN NOT officer_free(c.id, u.username) ELSE EXISTS (
            SELECT 1 FROM rule r JOIN role o ON o.id = 'pendamping' AND o.code = ANY (r.roles)
              JOIN transition t ON t.case_id = c.id AND t.rule = ANY (r.barred) AND t.actor = ANY (parties_of(ARRAY[u.id]))
             WHERE r.machine = c.machine AND NOT r.refusal) END
      FROM case_ c, account_user u WHERE c.id = p_case AND u.id = p_user
$$;

-- officers_load --
-- The pendamping of a region's kabupaten with their open work, so that whoever assigns can choose: families they look
-- after (in all, and in this region), ground checks, visits and objections to be checked; and, for a case of the region,
-- whether duties bar them from it. Only the offices of the kabupaten and above assign, within their region.
CREATE OR REPLACE FUNCTION officers_load(p_session uuid, p_region bigint, p_case bigint)
RETURNS TABLE (account integer, username text, name text, families bigint, families_here bigint, ground_checks bigint,
               visits bigint, objections bigint, open bigint, barred boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    s record;
BEGIN
    SELECT * INTO s FROM staff_span(p_region);
    IF me.lo IS NULL OR me.hi - me.lo < 999999 OR s.lo < me.lo OR s.hi > me.hi THEN
        RAISE EXCEPTION 'Beban pendamping dilihat kantor kabupaten ke atas, di wilayahnya.' USING ERRCODE = 'AL015';
    END IF;
    RETURN QUERY
    SELECT u.id, u.username, u.name, w.families, w.here, w.checks, w.visits, w.objections,
           w.checks + w.visits + w.objections,
           officer_barred((SELECT c.id FROM case_ c WHERE c.id = p_case AND c.region BETWEEN s.lo AND s.hi), u.id)
      FROM pendamping_of(s.lo / 1000000) AS p
      JOIN account_user u ON u.id = p
     CROSS JOIN LATERAL (
        SELECT count(*) AS families, count(*) FILTER (WHERE f.region BETWEEN s.lo AND s.hi) AS here,
               COALESCE(sum((SELECT count(*) FROM case_ c JOIN position q ON q.case_id = c.id JOIN state t ON t.code = q.state
                        WHERE c.household_id = f.household_id AND c.machine = 1 AND t.id = 'ground_check')), 0)::bigint AS checks,
               (SELECT count(*) FROM siklus_keluarga k JOIN position q ON q.case_id = k.kunjungan
                  JOIN state t ON t.code = q.state JOIN role o ON o.code = t.holder AND o.id = 'pendamping'
                 WHERE k.petugas = u.id) AS visits,
               (SELECT count(*) FROM officer_cases(u.id, array_agg(f.household_id)) x WHERE x.machine = 'sanggah') AS objections
          FROM families_held(u.id, 0, 9999999999) f) AS w
     ORDER BY 9, w.families, u.id;
END $$;
