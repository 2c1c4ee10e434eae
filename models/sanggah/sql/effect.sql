-- What deciding an objection brings: moves of linked cases, proposals opened, seats kept while an appeal is open.

-- caused_by --
-- Whether a case stands where it stands because of another: the chain of causes behind its last move holds an act
-- that moved the other.
CREATE OR REPLACE FUNCTION caused_by(p_linked bigint, p_case bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        WITH RECURSIVE up AS (
            SELECT a.id, a.cause FROM position p
              JOIN transition t ON t.case_id = p.case_id AND t.version = p.version JOIN act a ON a.id = t.act
             WHERE p.case_id = p_linked
            UNION ALL
            SELECT a.id, a.cause FROM up JOIN act a ON a.id = up.cause)
        SELECT 1 FROM up JOIN transition t ON t.act = up.id AND t.case_id = p_case);
END $$;

-- objection_behind --
-- The objection whose act moved a case last, and the rule it moved along itself; nothing when none did.
CREATE OR REPLACE FUNCTION objection_behind(p_case bigint) RETURNS TABLE (objection bigint, rule text)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT c.id, r.id
      FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version JOIN act a ON a.id = t.act
      JOIN transition x ON x.act = a.cause JOIN rule r ON r.code = x.rule
      JOIN case_ c ON c.id = x.case_id AND c.machine = 4
     WHERE p.case_id = p_case
     LIMIT 1;
END $$;

-- appeal_open --
-- Whether a membership ended by a decision that the family may still appeal against (S24): what was decided on appeal
-- is final.
CREATE OR REPLACE FUNCTION appeal_open(p_member bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        WITH RECURSIVE up AS (
            SELECT a.id, a.cause FROM position p
              JOIN transition t ON t.case_id = p.case_id AND t.version = p.version JOIN act a ON a.id = t.act
             WHERE p.case_id = p_member
            UNION ALL
            SELECT a.id, a.cause FROM up JOIN act a ON a.id = up.cause)
        SELECT 1 FROM up JOIN transition t ON t.act = up.id JOIN rule r ON r.code = t.rule AND r.id = 'S24'
          JOIN case_ c ON c.id = t.case_id
          JOIN jenis j ON j.code = c.kind AND j.id IN ('SANGGAH_PIHAK_LAIN', 'MUNDUR'));
END $$;

-- held_before --
-- The reason of the hold in which a membership stood when a decision ended it (K22), once an appeal gave it back (K18);
-- else null. Winning an appeal answers the objection and not what held the membership before.
CREATE OR REPLACE FUNCTION held_before(p_member bigint) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT a.reason
          FROM position p
          JOIN transition back ON back.case_id = p.case_id AND back.version = p.version
          JOIN rule b ON b.code = back.rule AND b.id = 'K18'
          JOIN transition gone ON gone.case_id = p.case_id AND gone.version = p.version - 1
          JOIN rule g ON g.code = gone.rule AND g.id = 'K22'
          JOIN transition held ON held.case_id = p.case_id
          JOIN rule h ON h.code = held.rule AND h.id = 'K13'
          JOIN act a ON a.id = held.act
         WHERE p.case_id = p_member ORDER BY held.version DESC LIMIT 1);
END $$;

-- payments_end --
-- End what was held of the payments of struck-off families, whose time to appeal is over or who lost their appeal.
CREATE OR REPLACE FUNCTION payments_end(v_system identity, p_act bigint, p_cases bigint[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_group record;
BEGIN
    FOR v_group IN
        SELECT e.trigger, e.reason, array_agg(DISTINCT e.id ORDER BY e.id) AS payments
          FROM (SELECT w.trigger, l.id, linked_reason(a.reason, w) AS reason
                  FROM case_ c
                  JOIN case_ m ON m.household_id = c.household_id AND m.machine = 2
                  JOIN position p ON p.case_id = m.id
                  JOIN transition t ON t.case_id = m.id AND t.version = p.version
                  JOIN rule r ON r.code = t.rule AND r.id IN ('K17', 'K22')
                  JOIN act a ON a.id = t.act
                  JOIN rule w ON w.valid_to IS NULL AND w.trigger IN (
                        trigger_code('penyaluran.keluarkan'), trigger_code('penyaluran.perintah_setor'))
                   AND (r.id = 'K22' OR w.trigger = trigger_code('penyaluran.keluarkan'))
                  JOIN case_ l ON l.household_id = m.household_id AND l.machine = 3 AND l.programme = m.programme
                  JOIN position q ON q.case_id = l.id AND q.state = ANY (w.sources)
                 WHERE c.id = ANY (p_cases) AND caused_by(m.id, c.id)) AS e
         GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
        PERFORM door_apply(v_system, v_group.trigger, v_group.payments, NULL, v_group.reason, NULL, '{}', '{}', '{}',
                           '{}', NULL, NULL, 2, p_act, NULL);
    END LOOP;
END $$;

-- objection_moves --
-- The moves that a rule of an objection fires, in their order: what was held is released before anybody is struck off,
-- a registration wakes before its memberships, and a kept seat (kabulkan_banding) goes before a new assessment; what
-- was held before it ended is held again. A complaint about an amount first writes what was credited, as the decision, the payer or the family told it.
CREATE OR REPLACE FUNCTION objection_moves(p_rule rule, p_act bigint, p_cases bigint[]) RETURNS text[]
LANGUAGE plpgsql
AS $$
BEGIN
    IF p_rule.id NOT IN ('S24', 'S31') THEN
        RETURN p_rule.fires;
    END IF;
    INSERT INTO fact (case_id, kind, act, at, source, value)
    SELECT o.id, k.code, p_act, alur_now(), 'sistem', jsonb_build_object('rupiah', told.rupiah, 'sanggah', c.id)
      FROM case_ c JOIN jenis j ON j.code = c.kind AND j.id = 'KELUHAN_NOMINAL'
      JOIN case_ o ON o.id = c.predecessor
      JOIN fact_kind k ON k.id = 'nominal'
      CROSS JOIN LATERAL (
            SELECT rupiah_in(x.value) AS rupiah
              FROM unnest(ARRAY['putusan', 'tanggapan', 'bukti_saldo']) WITH ORDINALITY AS n(kind, place)
              CROSS JOIN LATERAL told_about(c.id, n.kind) AS x
             WHERE rupiah_in(x.value) IS NOT NULL
             ORDER BY n.place, x.at DESC LIMIT 1) AS told
     WHERE c.id = ANY (p_cases)
    ON CONFLICT DO NOTHING;
    RETURN ARRAY[
        'kepesertaan.pulihkan', 'penyaluran.pulih_sebelum_tutup', 'penyaluran.pulih_susulan', 'penyaluran.lepas_tahan',
        'usulan.nonaktifkan', 'kepesertaan.keluarkan', 'kepesertaan.nilai_ulang',
        'usulan.reaktifkan', 'kepesertaan.kabulkan_banding', 'kepesertaan.reaktivasi', 'kepesertaan.tangguhkan',
        'usulan.buka_dari_sanggah', 'usulan.buka_sudah_sah', 'penyaluran.catat_selisih', 'penyaluran.kks_tertahan'];
END $$;

-- objection_applies --
-- Whether a fired move concerns this pair of objection and linked case.
CREATE OR REPLACE FUNCTION objection_applies(p_rule text, p_ref text, p_case bigint, p_linked bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c case_%ROWTYPE;
    v_kind text;
    v_contested boolean;
BEGIN
    SELECT * INTO c FROM case_ WHERE id = p_case;
    SELECT j.id INTO v_kind FROM jenis j WHERE j.code = c.kind;
    v_contested := p_linked = c.predecessor;
    IF p_rule = 'S10' THEN
        RETURN COALESCE((policy_for('sanggah.tahan.' || v_kind, c.region, alur_now()))::boolean, false);
    ELSIF p_rule IN ('S23', 'S25', 'S33') THEN
        RETURN caused_by(p_linked, p_case);
    ELSIF EXISTS (SELECT 1 FROM transition t JOIN rule r ON r.code = t.rule AND r.id = 'S28' WHERE t.case_id = p_case) THEN
        -- The struck-off family won its appeal: what this objection took comes back.
        RETURN p_ref IN ('usulan.reaktifkan', 'kepesertaan.kabulkan_banding', 'kepesertaan.reaktivasi',
                         'penyaluran.pulih_sebelum_tutup', 'penyaluran.pulih_susulan', 'penyaluran.lepas_tahan')
           AND caused_by(p_linked, p_case) AND NOT taken_over(p_linked)
            OR p_ref = 'kepesertaan.tangguhkan' AND held_before(p_linked) IS NOT NULL AND caused_by(p_linked, p_case);
    END IF;
    RETURN CASE
        WHEN p_ref = 'kepesertaan.pulihkan' THEN caused_by(p_linked, p_case) OR v_kind = 'SANGGAH_EXCLUDE' AND v_contested
        WHEN p_ref IN ('penyaluran.pulih_sebelum_tutup', 'penyaluran.pulih_susulan', 'penyaluran.lepas_tahan') THEN
            v_kind NOT IN ('SANGGAH_PIHAK_LAIN', 'MUNDUR')
            AND (caused_by(p_linked, p_case) OR v_kind = 'SANGGAH_EXCLUDE' AND v_contested)
        WHEN p_ref = 'usulan.nonaktifkan' THEN v_kind IN ('SANGGAH_PIHAK_LAIN', 'MUNDUR') AND c.programme = 0
        WHEN p_ref = 'kepesertaan.keluarkan' THEN v_kind IN ('SANGGAH_PIHAK_LAIN', 'MUNDUR')
        WHEN p_ref = 'kepesertaan.nilai_ulang' THEN v_kind = 'SANGGAH_EXCLUDE' AND v_contested
        WHEN p_ref = 'usulan.reaktifkan' THEN v_kind = 'SANGGAH_KELUAR' AND v_contested
        WHEN p_ref IN ('kepesertaan.kabulkan_banding', 'kepesertaan.reaktivasi') THEN
            v_kind = 'SANGGAH_KELUAR' AND NOT taken_over(p_linked)
            AND (v_contested OR ended_with(p_linked, c.predecessor))
        WHEN p_ref = 'penyaluran.catat_selisih' THEN v_kind = 'KELUHAN_NOMINAL' AND v_contested
        WHEN p_ref = 'penyaluran.kks_tertahan' THEN v_kind = 'KELUHAN_KKS' AND v_contested
        ELSE false END;
END $$;

-- ended_with --
-- Whether a membership was ended by the act that put this registration to sleep for the last time.
CREATE OR REPLACE FUNCTION ended_with(p_member bigint, p_registration bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM position p
          JOIN transition t ON t.case_id = p.case_id AND t.version = p.version JOIN act a ON a.id = t.act
         WHERE p.case_id = p_member AND a.cause = (
            SELECT x.act FROM transition x JOIN rule r ON r.code = x.rule AND r.id = 'U40'
             WHERE x.case_id = p_registration ORDER BY x.version DESC LIMIT 1));
END $$;

-- objection_reason --
-- The reason under which an objection moves a linked case, null where the decision's own reason will do.
CREATE OR REPLACE FUNCTION objection_reason(p_rule text, p_kind smallint, p_linked bigint, p_reason smallint) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_kind text := (SELECT j.id FROM jenis j WHERE j.code = p_kind);
    v_said text := (SELECT e.id FROM reason e WHERE e.code = p_reason);
BEGIN
    RETURN COALESCE(held_before(p_linked), (
        SELECT e.code FROM reason e
         WHERE e.id = CASE
            WHEN p_rule = 'S10' THEN 'EX_SANGGAH'
            WHEN v_kind = 'MUNDUR' THEN 'MUNDUR'
            WHEN v_kind = 'SANGGAH_PIHAK_LAIN' AND v_said IN ('PEKERJAAN', 'TERBUKTI', 'PUTUSAN_KELIRU') THEN 'MAMPU'
            WHEN v_kind = 'KELUHAN_KKS' THEN 'KKS_DIKUASAI_PIHAK_LAIN'
            WHEN v_kind = 'KELUHAN_NOMINAL' THEN
                CASE WHEN credited_of(p_linked) < nominal_of(p_linked) THEN 'NOMINAL_KURANG' ELSE 'NOMINAL_LEBIH' END
            END));
END $$;

-- objection_opens --
-- Proposals that a granted objection opens: the refused one again, as it was asked for, or new data already approved.
CREATE OR REPLACE FUNCTION objection_opens(v_system identity, p_act bigint, p_ref text, p_trigger smallint, p_cases bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT c.household_id, o.id AS refused, o.programme, COALESCE(o.kind, 2::smallint) AS kind,
               COALESCE(o.id, c.id) AS predecessor, s.region AS destination
          FROM case_ c
          JOIN jenis j ON j.code = c.kind
          LEFT JOIN case_ o ON o.id = c.predecessor AND j.id = 'SANGGAH_PENOLAKAN'
          LEFT JOIN case_share s ON s.case_id = o.id
         WHERE c.id = ANY (p_cases)
           AND j.id = CASE p_ref WHEN 'usulan.buka_dari_sanggah' THEN 'SANGGAH_PENOLAKAN' ELSE 'SANGGAH_DESIL' END
         ORDER BY c.id
    LOOP
        PERFORM open_apply(
            v_system, p_trigger, ARRAY[v.household_id], ARRAY[COALESCE(v.programme, 0::smallint)], ARRAY[0], v.kind,
            ARRAY[v.predecessor], NULL, '{}', w.ord, w.kind, w.value, NULL, v.destination, NULL, 2, p_act, NULL)
          FROM (SELECT CASE WHEN asked.told = '{}' THEN '{}' ELSE '{1}' END::integer[] AS ord,
                       CASE WHEN asked.told = '{}' THEN '{}' ELSE '{variabel}' END::text[] AS kind,
                       CASE WHEN asked.told = '{}' THEN '{}'::jsonb[]
                            ELSE ARRAY[jsonb_build_object('perubahan', asked.told)] END AS value
                  FROM (SELECT CASE WHEN v.refused IS NULL THEN '{}' ELSE proposed(v.refused) END AS told) AS asked) AS w;
    END LOOP;
END $$;

-- payers_of --
-- Who answers a complaint about a payment: the bank or Pos in whose files it is now, else the bank of the family's account,
-- else the one that policy names. Looked up past row-level security, which shows files to their organisation alone.
CREATE OR REPLACE FUNCTION payers_of(p_payment bigint, p_household bigint, p_region bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT f.organisation FROM file_case f
     WHERE f.case_id = p_payment AND f.ended_at IS NULL AND EXISTS (
        SELECT 1 FROM assignment a JOIN role r ON r.code = a.role AND r.id IN ('bank', 'pos')
         WHERE a.organisation = f.organisation);
    IF NOT FOUND THEN
        RETURN NEXT COALESCE(
            (SELECT k.bank FROM account k WHERE k.household_id = p_household ORDER BY k.id DESC LIMIT 1),
            policy_for('bank.penyalur', p_region, alur_now()) #>> '{}');
    END IF;
END $$;

-- objection_after --
-- What a move of an objection brings beside linked moves: whoever is sent to a family sees it, the payer sees the
-- complaint, and a seat is kept for a struck-off family until its appeal is decided or its time is over.
-- A kept seat counts as used (counter 2), so nobody else is given it; its row in `seat_kept` lets its own membership
-- come back without drawing on the quota again (counter_demand).
CREATE OR REPLACE FUNCTION objection_after(me identity, p_act bigint, p_rule smallint, p_cases bigint[], p_now timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_seats bigint[];
    v_rule text := (SELECT r.id FROM rule r WHERE r.code = p_rule);
BEGIN
    PERFORM door_enter(system_identity());
    IF v_rule = 'S12' THEN
        INSERT INTO family_assignment (user_id, household_id, valid_from)
        SELECT DISTINCT u.id, c.household_id, p_now
          FROM case_ c JOIN account_user u ON u.username = officer_of(c.id)
         WHERE c.id = ANY (p_cases) ON CONFLICT DO NOTHING;
    ELSIF v_rule = 'S14' THEN
        INSERT INTO file_case (organisation, case_id)
        SELECT x, c.id FROM case_ c CROSS JOIN LATERAL payers_of(c.predecessor, c.household_id, c.region) AS x
         WHERE c.id = ANY (p_cases) ON CONFLICT DO NOTHING;
    ELSIF v_rule = 'S24' THEN
        SELECT array_agg(x.member ORDER BY x.member) INTO v_seats
          FROM (SELECT m.id AS member
                  FROM case_ c
                  JOIN jenis j ON j.code = c.kind AND j.id IN ('SANGGAH_PIHAK_LAIN', 'MUNDUR')
                  JOIN case_ m ON m.household_id = c.household_id AND m.machine = 2
                  JOIN position p ON p.case_id = m.id
                  JOIN transition t ON t.case_id = m.id AND t.version = p.version - 1
                  JOIN rule w ON w.code = t.rule
                  JOIN state s ON s.code = w.target AND s.holds_seat
                  JOIN state now ON now.code = p.state AND NOT now.holds_seat
                 WHERE c.id = ANY (p_cases) AND caused_by(m.id, c.id)) AS x;
        PERFORM counter_add(2::smallint, COALESCE(v_seats, '{}'), 1, p_now);
        INSERT INTO seat_kept (case_id, objection)
        SELECT m.id, c.id FROM case_ m JOIN case_ c ON c.household_id = m.household_id AND c.id = ANY (p_cases)
         WHERE m.id = ANY (v_seats) AND caused_by(m.id, c.id);
    ELSIF v_rule IN ('S30', 'S31', 'S32') THEN
        IF v_rule <> 'S31' THEN
            PERFORM payments_end(system_identity(), p_act, p_cases);
        END IF;
        WITH freed AS (DELETE FROM seat_kept k WHERE k.objection = ANY (p_cases) RETURNING k.case_id)
        SELECT array_agg(f.case_id ORDER BY f.case_id) INTO v_seats FROM freed f;
        PERFORM counter_add(2::smallint, COALESCE(v_seats, '{}'), -1, p_now);
    END IF;
    PERFORM door_enter(me);
END $$;
