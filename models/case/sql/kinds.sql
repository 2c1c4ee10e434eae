-- What a kind of proposal asks for, and what applying it writes into the register. Which linked cases it moves stands in
-- jenis_effect; the moves themselves are the door's (open.sql).
--
-- A proposal names what it wants in its evidence `variabel`, under "perubahan":
--   PECAH_KK        {"keluarga_baru": household}    the family that split off, written into the register beforehand
--   GANTI_PENGURUS  {"pengurus": person}            who receives the family's aid from then on
--   MENINGGAL       {"anggota": [person, ...]}      who died; without it, members whose answer keberadaan is 2
--   KEHAMILAN       {"anggota": [person], "perkiraan_lahir": "2026-12-31"}
--   DISABILITAS     {"anggota": [person], "tingkat": 2}
--   NONAKTIF        {"alasan": "MAMPU"}             a reason code of nonaktifkan

-- proposed --
-- What a proposal wants: as its proposer last said before the case left his hands, so that nothing changes under the
-- eyes of whoever verifies. Empty when it names nothing.
CREATE OR REPLACE FUNCTION proposed(p_case bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_until timestamptz;
    v_wanted jsonb;
BEGIN
    SELECT max(a.at) INTO v_until
      FROM transition t JOIN rule r ON r.code = t.rule JOIN state s ON s.code = r.target AND s.id = 'diajukan'
      JOIN act a ON a.id = t.act
     WHERE t.case_id = p_case;
    SELECT told.value -> 'perubahan' INTO v_wanted
      FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'variabel'
      CROSS JOIN LATERAL (SELECT COALESCE(f.value, (
            SELECT s.value FROM act_fact s WHERE s.act = f.act AND s.kind = f.kind)) AS value) AS told
     WHERE f.case_id = p_case AND f.at <= COALESCE(v_until, 'infinity')
       AND jsonb_typeof(told.value -> 'perubahan') = 'object'
     ORDER BY f.at DESC LIMIT 1;
    RETURN COALESCE(v_wanted, '{}');
END $$;

-- number_in, members_in --
-- A row's number that a proposal names under a key, null when it names none; and the persons of its family it names,
-- one alone or a list.
CREATE OR REPLACE FUNCTION number_in(p_value jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN p_value #>> '{}' ~ '^\d{1,18}$' THEN (p_value #>> '{}')::bigint END $$;

CREATE OR REPLACE FUNCTION members_in(p_household bigint, p_value jsonb) RETURNS bigint[]
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE(array_agg(p.id ORDER BY p.id), '{}')
      FROM jsonb_array_elements(CASE jsonb_typeof(p_value) WHEN 'array' THEN p_value ELSE jsonb_build_array(p_value) END)
           AS named(value)
      JOIN person p ON p.id = number_in(named.value) AND p.household_id = p_household AND p.removed_at IS NULL
$$;

-- proposal_sound --
-- Whether what a proposal wants can be done: it names what its kind asks for, and what it names is there.
-- A case that names nothing at all (the system opened it) is sound when `p_named` is false.
CREATE OR REPLACE FUNCTION proposal_sound(p_case bigint, p_named boolean) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c case_%ROWTYPE;
    v_kind text;
    v_wanted jsonb := proposed(p_case);
    v_new bigint;
BEGIN
    SELECT * INTO c FROM case_ WHERE id = p_case;
    SELECT j.id INTO v_kind FROM jenis j WHERE j.code = c.kind;
    IF v_wanted = '{}' AND NOT p_named THEN
        RETURN true;
    END IF;
    CASE v_kind
    WHEN 'PECAH_KK' THEN
        -- The new family must not be registered yet, and holds at least one person.
        v_new := number_in(v_wanted -> 'keluarga_baru');
        RETURN v_new <> c.household_id
           AND EXISTS (SELECT 1 FROM household h JOIN person p ON p.household_id = h.id AND p.removed_at IS NULL
                        WHERE h.id = v_new)
           AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.kind = c.machine AND k.key = v_new
                              AND k.sub = claim_sub(c.machine, 0::smallint, 0::smallint, 0));
    WHEN 'GANTI_PENGURUS' THEN
        RETURN EXISTS (SELECT 1 FROM person p
                        WHERE p.id = number_in(v_wanted -> 'pengurus') AND p.household_id = c.household_id
                          AND p.removed_at IS NULL AND p.status = 'hidup');
    WHEN 'MENINGGAL' THEN
        RETURN cardinality(dead_among(c.household_id, v_wanted)) > 0;
    WHEN 'KEHAMILAN' THEN
        RETURN EXISTS (SELECT 1 FROM person p
                        WHERE p.household_id = c.household_id AND p.removed_at IS NULL AND p.status = 'hidup'
                          AND p.jenis_kelamin = 2
                          AND (p.hamil OR p.id = ANY (members_in(c.household_id, v_wanted -> 'anggota'))));
    WHEN 'DISABILITAS' THEN
        RETURN (NOT v_wanted ? 'anggota' OR COALESCE(number_in(v_wanted -> 'tingkat') IN (0, 1, 2), false))
           AND EXISTS (SELECT 1 FROM person p
                        WHERE p.household_id = c.household_id AND p.removed_at IS NULL AND p.status = 'hidup'
                          AND CASE WHEN v_wanted ? 'anggota' THEN p.id = ANY (members_in(c.household_id, v_wanted -> 'anggota'))
                                   ELSE p.disabilitas > 0 END);
    WHEN 'NONAKTIF' THEN
        RETURN EXISTS (SELECT 1 FROM reason e JOIN rule r ON r.id = 'U40' AND e.code = ANY (r.reasons)
                        WHERE e.id = v_wanted ->> 'alasan');
    WHEN 'PINDAH' THEN
        RETURN NOT p_named OR moves_away(p_case, c.region);
    ELSE
        RETURN true;
    END CASE;
END $$;

-- dead_among --
-- The members of a family that a proposal says died: those it names, else those whose answer or whose match says so.
CREATE OR REPLACE FUNCTION dead_among(p_household bigint, p_wanted jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF p_wanted ? 'anggota' THEN
        RETURN members_in(p_household, p_wanted -> 'anggota');
    END IF;
    RETURN ARRAY(SELECT p.id FROM person p
                  WHERE p.household_id = p_household AND p.removed_at IS NULL
                    AND (p.status = 'meninggal' OR p.variables ->> 'keberadaan' = '2') ORDER BY p.id);
END $$;

-- proposed_reason --
-- The reason under which an applied proposal moves linked cases; null where its kind brings none of its own.
CREATE OR REPLACE FUNCTION proposed_reason(p_case bigint) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT e.code
              FROM case_ c JOIN jenis j ON j.code = c.kind
              JOIN reason e ON e.id = CASE j.id
                    WHEN 'PINDAH' THEN 'PINDAH'
                    WHEN 'PECAH_KK' THEN 'PINDAH'
                    WHEN 'MENINGGAL' THEN 'MENINGGAL'
                    WHEN 'GANTI_PENGURUS' THEN 'EX_DATA'
                    WHEN 'NONAKTIF' THEN COALESCE(proposed(c.id) ->> 'alasan', 'MAMPU') END
             WHERE c.id = p_case);
END $$;

-- linked_reason --
-- The reason under which a linked case moves: the same where its rule lists it, else its EX_ twin, else the rule's
-- own word for it.
CREATE OR REPLACE FUNCTION linked_reason(p_reason smallint, p_rule rule) RETURNS smallint
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN cardinality(p_rule.reasons) > 0 THEN COALESCE(
        (SELECT p_reason WHERE p_reason = ANY (p_rule.reasons)),
        (SELECT twin.code FROM reason me JOIN reason twin ON twin.id = CASE me.id
                WHEN 'MAMPU' THEN 'EX_DAERAH' WHEN 'GANDA_NASIONAL' THEN 'EX_GANDA' ELSE 'EX_' || me.id END
          WHERE me.code = p_reason AND twin.code = ANY (p_rule.reasons)),
        (SELECT code FROM reason WHERE id = 'TIDAK_BERHAK' AND code = ANY (p_rule.reasons)),
        (SELECT code FROM reason WHERE id = 'EX_ANOMALI' AND code = ANY (p_rule.reasons)),
        p_rule.reasons[1]) END
$$;

-- household_keep --
-- Keep what families look like now, before an act changes them, and let their version say that it did.
CREATE OR REPLACE FUNCTION household_keep(p_households bigint[], p_act bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO household_history (household_id, version, act, at, before)
    SELECT h.id, h.version, p_act, alur_now(),
           to_jsonb(h) || jsonb_build_object('members', COALESCE((
                SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id) FROM person p
                 WHERE p.household_id = h.id AND p.removed_at IS NULL), '[]'))
      FROM household h WHERE h.id = ANY (p_households);
    UPDATE household SET version = version + 1, act = p_act, updated_at = alur_now() WHERE id = ANY (p_households);
END $$;

-- proposal_applied --
-- Write into the register what applied proposals want. The rest of their effect are moves of linked cases.
CREATE OR REPLACE FUNCTION proposal_applied(p_act bigint, p_cases bigint[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v record;
    v_members bigint[];
    v_new bigint;
BEGIN
    FOR v IN
        SELECT c.household_id, j.id AS kind, proposed(c.id) AS wanted
          FROM case_ c
          JOIN jenis j ON j.code = c.kind
           AND j.id IN ('PECAH_KK', 'GANTI_PENGURUS', 'MENINGGAL', 'KEHAMILAN', 'DISABILITAS')
         WHERE c.id = ANY (p_cases) ORDER BY c.id
    LOOP
        v_members := members_in(v.household_id, v.wanted -> 'anggota');
        IF v.kind = 'MENINGGAL' THEN
            v_members := dead_among(v.household_id, v.wanted);
            CONTINUE WHEN NOT EXISTS (SELECT 1 FROM person WHERE id = ANY (v_members) AND status <> 'meninggal');
            PERFORM household_keep(ARRAY[v.household_id], p_act);
            UPDATE person SET status = 'meninggal', hamil = false WHERE id = ANY (v_members);
        ELSIF v.kind = 'KEHAMILAN' AND v_members <> '{}' THEN
            PERFORM household_keep(ARRAY[v.household_id], p_act);
            UPDATE person
               SET hamil = true,
                   variables = jsonb_strip_nulls(variables || jsonb_build_object('perkiraan_lahir', v.wanted -> 'perkiraan_lahir'))
             WHERE id = ANY (v_members) AND jenis_kelamin = 2;
        ELSIF v.kind = 'DISABILITAS' AND v_members <> '{}' THEN
            PERFORM household_keep(ARRAY[v.household_id], p_act);
            UPDATE person SET disabilitas = number_in(v.wanted -> 'tingkat')
             WHERE id = ANY (v_members) AND number_in(v.wanted -> 'tingkat') IN (0, 1, 2);
        ELSIF v.kind = 'GANTI_PENGURUS' AND v.wanted ? 'pengurus' THEN
            PERFORM household_keep(ARRAY[v.household_id], p_act);
            -- Nothing more is paid into an account that is another person's.
            UPDATE account SET status = 'tutup', act = p_act
             WHERE household_id = v.household_id AND person_id <> number_in(v.wanted -> 'pengurus');
            UPDATE person SET pengurus = (id = number_in(v.wanted -> 'pengurus'))
             WHERE household_id = v.household_id AND pengurus <> (id = number_in(v.wanted -> 'pengurus'));
        ELSIF v.kind = 'PECAH_KK' AND v.wanted ? 'keluarga_baru' THEN
            v_new := number_in(v.wanted -> 'keluarga_baru');
            PERFORM household_keep(ARRAY[v.household_id, v_new], p_act);
            -- Whoever stands on the new card leaves the old one; a payee takes his account along.
            UPDATE account a SET household_id = v_new, person_id = there.id, act = p_act
              FROM person here, person there
             WHERE a.person_id = here.id AND here.household_id = v.household_id AND here.removed_at IS NULL
               AND there.household_id = v_new AND there.removed_at IS NULL AND there.nik = here.nik;
            UPDATE person there SET pengurus = here.pengurus
              FROM person here
             WHERE here.household_id = v.household_id AND here.removed_at IS NULL AND here.pengurus
               AND there.household_id = v_new AND there.removed_at IS NULL AND there.nik = here.nik;
            UPDATE person here SET removed_at = alur_now()
              FROM person there
             WHERE here.household_id = v.household_id AND here.removed_at IS NULL
               AND there.household_id = v_new AND there.removed_at IS NULL AND there.nik = here.nik;
        END IF;
    END LOOP;
END $$;

-- payee_left --
-- Whether the person who receives a family's aid is now on the card of the family that split off.
CREATE OR REPLACE FUNCTION payee_left(p_case bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM case_ c
          JOIN person here ON here.household_id = c.household_id AND here.pengurus AND here.removed_at IS NOT NULL
          JOIN person there ON there.household_id = number_in(proposed(c.id) -> 'keluarga_baru')
           AND there.removed_at IS NULL AND there.nik = here.nik AND there.pengurus
         WHERE c.id = p_case);
END $$;

-- move_family --
-- A family lives in another village from now on: its register entry, and what is still running elsewhere is shared
-- with that village, so that both see it to its end. Returns the family.
CREATE OR REPLACE FUNCTION move_family(p_household bigint, p_region bigint, p_act bigint) RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM household_keep(ARRAY[p_household], p_act);
    UPDATE household SET region = p_region WHERE id = p_household;
    INSERT INTO case_share (case_id, region)
    SELECT p.case_id, p_region
      FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state AND NOT s.terminal
     WHERE c.household_id = p_household AND p.region <> p_region
    ON CONFLICT DO NOTHING;
    RETURN p_household;
END $$;

-- taken_over --
-- Whether a successor holds the place of this case: the registration or the membership of a family that moved or split.
CREATE OR REPLACE FUNCTION taken_over(p_case bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM case_ c
          JOIN case_ n ON n.machine = c.machine AND n.id > c.id
           AND (n.predecessor = c.id OR (n.household_id = c.household_id
                AND claim_sub(n.machine, n.kind, n.programme, n.period) = claim_sub(c.machine, c.kind, c.programme, c.period)))
          JOIN transition t ON t.case_id = n.id AND t.version = 1 JOIN rule r ON r.code = t.rule AND r.id IN ('U84', 'K03')
         WHERE c.id = p_case);
END $$;

-- split_family --
-- A family that split off starts with the desil of the one it left. Returns the new family.
CREATE OR REPLACE FUNCTION split_family(p_from bigint, p_new bigint) RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE household n
       SET desil = o.desil, persentil = o.persentil, peringkat = o.peringkat, versi_dtsen = o.versi_dtsen
      FROM household o WHERE o.id = p_from AND n.id = p_new AND n.desil IS NULL;
    RETURN p_new;
END $$;

-- effect_applies --
-- Whether an effect of an applied proposal concerns this linked case.
CREATE OR REPLACE FUNCTION effect_applies(p_ref text, p_case bigint, p_linked bigint, p_act bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c case_%ROWTYPE;
    v_kind text;
BEGIN
    SELECT * INTO c FROM case_ WHERE id = p_case;
    SELECT j.id INTO v_kind FROM jenis j JOIN jenis_effect e ON e.jenis = j.code AND p_ref = ANY (e.fires) WHERE j.code = c.kind;
    IF v_kind IS NULL THEN
        RETURN false;
    END IF;
    CASE v_kind || ' ' || p_ref
    WHEN 'NONAKTIF usulan.nonaktifkan' THEN
        -- A proposal for one programme ends that membership alone.
        RETURN c.programme = 0;
    WHEN 'MENINGGAL usulan.nonaktifkan' THEN
        RETURN NOT EXISTS (SELECT 1 FROM person p WHERE p.household_id = c.household_id AND p.removed_at IS NULL
                                                    AND p.status = 'hidup');
    WHEN 'MENINGGAL kepesertaan.tangguhkan' THEN
        -- Held until a living member is named payee; whoever outlives the payee keeps the right.
        RETURN EXISTS (SELECT 1 FROM person p WHERE p.household_id = c.household_id AND p.removed_at IS NULL
                                                AND p.pengurus AND p.status = 'meninggal')
           AND EXISTS (SELECT 1 FROM person p WHERE p.household_id = c.household_id AND p.removed_at IS NULL
                                                AND p.status = 'hidup');
    WHEN 'GANTI_PENGURUS kepesertaan.pulih_otomatis' THEN
        RETURN EXISTS (SELECT 1 FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version
                         JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason AND e.id = 'EX_MENINGGAL'
                        WHERE p.case_id = p_linked);
    WHEN 'GANTI_PENGURUS penyaluran.kecualikan' THEN
        -- A closed payment on its way into the old account turns back; one not closed, or not yet sent, goes on.
        RETURN EXISTS (SELECT 1 FROM position p JOIN state s ON s.code = p.state
                        WHERE p.case_id = p_linked AND s.id NOT IN ('calon', 'siap_salur', 'susulan'));
    WHEN 'GANTI_PENGURUS penyaluran.pulih_susulan' THEN
        RETURN EXISTS (SELECT 1 FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version
                         JOIN act a ON a.id = t.act AND a.cause = p_act WHERE p.case_id = p_linked);
    WHEN 'PECAH_KK kepesertaan.keluarkan' THEN
        -- Memberships stay with the payee: only where he left, only what is a right today.
        RETURN payee_left(p_case)
           AND EXISTS (SELECT 1 FROM position p JOIN state s ON s.code = p.state AND s.id = 'calon_penerima'
                        WHERE p.case_id = p_linked);
    WHEN 'REAKTIVASI usulan.reaktifkan', 'REAKTIVASI kepesertaan.reaktivasi', 'USULAN_PROGRAM kepesertaan.reaktivasi' THEN
        RETURN NOT taken_over(p_linked);
    ELSE
        RETURN true;
    END CASE;
END $$;

DROP FUNCTION IF EXISTS linked_applies(text, text, bigint, bigint);

-- linked_applies --
-- Whether a fired move concerns this pair of cases: what the specification says beside the row.
CREATE OR REPLACE FUNCTION linked_applies(
    p_rule text, p_ref text, p_case bigint, p_linked bigint, p_reason smallint
) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT CASE
        -- A proposal is no registration: only the doubt about a registration holds memberships (U57), and only the
        -- hold that the doubt caused is lifted with it (U53).
        WHEN p_rule = 'U57' THEN EXISTS (
            SELECT 1 FROM transition t JOIN rule r ON r.code = t.rule
             WHERE t.case_id = p_case AND r.id IN ('U81', 'U83', 'U84'))
        WHEN p_rule = 'U53' THEN EXISTS (
            SELECT 1 FROM transition t JOIN position p ON p.case_id = t.case_id AND p.version = t.version
              JOIN act a ON a.id = t.act JOIN transition doubt ON doubt.act = a.cause AND doubt.case_id = p_case
             WHERE t.case_id = p_linked)
        -- A membership that another took over (a family that moved) stays ended when a registration wakes.
        WHEN p_rule = 'U41' AND EXISTS (SELECT 1 FROM objection_behind(p_case)) THEN false  -- it names its memberships
        WHEN p_rule = 'U41' THEN NOT taken_over(p_linked)
        WHEN p_rule LIKE 'S%' THEN objection_applies(p_rule, p_ref, p_case, p_linked)
        -- While the family may appeal its payment is held and not ended.
        WHEN p_rule IN ('K17', 'K22') AND p_ref IN ('penyaluran.keluarkan', 'penyaluran.perintah_setor')
         AND appeal_open(p_case) THEN false
        -- A held membership ends by what was decided about the family; a new ranking or a move decides nothing about
        -- why it is held.
        WHEN p_ref = 'kepesertaan.keluarkan'
         AND (p_rule = 'U85' OR p_reason = (SELECT e.code FROM reason e WHERE e.id = 'PINDAH'))
         AND EXISTS (SELECT 1 FROM position p JOIN state s ON s.code = p.state AND s.id = 'ditangguhkan'
                      WHERE p.case_id = p_linked) THEN false
        -- An objection that ends without effect lifts its own hold alone.
        WHEN p_rule = 'K14' THEN COALESCE((
            SELECT b.rule NOT IN ('S23', 'S25', 'S33') OR caused_by(p_linked, b.objection)
              FROM objection_behind(p_case) b), true)
        -- Whoever moves is paid once: what was closed before goes on where it is.
        WHEN p_rule IN ('K17', 'K22') AND p_reason = (SELECT e.code FROM reason e WHERE e.id = 'PINDAH') THEN NOT EXISTS (
            SELECT 1 FROM transition t JOIN rule r ON r.code = t.rule
             WHERE t.case_id = p_linked AND r.id IN ('P03', 'P24'))
        -- A new ranking assesses waiting families again; a paid right ends only above the programme's limit.
        WHEN p_rule = 'U85' AND p_ref = 'kepesertaan.keluarkan' THEN COALESCE((
            SELECT h.desil > (policy_for('desil.' || g.id, h.region, alur_now()) #>> '{}')::integer
              FROM case_ l JOIN household h ON h.id = l.household_id JOIN programme g ON g.code = l.programme
             WHERE l.id = p_linked), false)
        ELSE true
    END
$$;
