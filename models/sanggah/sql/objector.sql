-- Who objects to another family is known to few. The log names him by a mask: an actor group of one member, made when
-- he first objects. Four eyes are judged as ever, because a mask is one of the actors behind which he stands; whoever
-- may not look behind it reads a number that no name belongs to. In every other case he acts under his own name.

-- mask_of --
-- The actor by which a person's objections to other families are known; made on first use.
CREATE OR REPLACE FUNCTION mask_of(p_user integer) RETURNS integer
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO actor_group (members) VALUES (ARRAY[p_user]) ON CONFLICT (members) DO NOTHING;
    RETURN (SELECT g.id FROM actor_group g WHERE g.members = ARRAY[p_user]);
END $$;

-- masked --
-- The identity under which a citizen acts on these cases: his mask where all are objections he brought against
-- others. One act carries one actor, so they are never mixed with cases of his own family.
CREATE OR REPLACE FUNCTION masked(me identity, p_cases bigint[]) RETURNS identity
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_mask integer;
    v_mine integer;
BEGIN
    IF me.scope <> 'own_nik' THEN
        RETURN me;
    END IF;
    SELECT g.id INTO v_mask FROM actor_group g WHERE g.members = ARRAY[me.user_id];
    SELECT count(*) INTO v_mine FROM transition t
     WHERE t.case_id = ANY (p_cases) AND t.version = 1 AND t.actor = v_mask;
    IF v_mine = 0 THEN
        RETURN me;
    ELSIF v_mine < (SELECT count(DISTINCT c) FROM unnest(p_cases) AS c) THEN
        RAISE EXCEPTION 'Sanggah Anda atas keluarga lain dan kasus keluarga sendiri tidak digerakkan bersama.'
            USING ERRCODE = 'AL020';
    END IF;
    me.actor := v_mask;
    RETURN me;
END $$;

-- mask_open --
-- Whether somebody may know who stands behind an actor group: a mask opens for himself, for pusdatin and auditors,
-- and for the kabupaten in which he objects (verifikator and kepala dinas). The province judges papers, not persons.
CREATE OR REPLACE FUNCTION mask_open(p_members integer[], me identity) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT cardinality(p_members) > 1 OR COALESCE(
        me.user_id = ANY (p_members)
        OR (SELECT r.id FROM role r WHERE r.code = me.role) IN ('pusdatin', 'auditor', 'sistem')
        OR ((SELECT r.id FROM role r WHERE r.code = me.role) IN ('verifikator_kab', 'kepala_dinas') AND EXISTS (
            SELECT 1 FROM actor_group g
              JOIN act a ON a.actor = g.id
              JOIN transition t ON t.act = a.id
              JOIN case_ c ON c.id = t.case_id
             WHERE g.members = p_members AND c.region BETWEEN me.lo AND me.hi)), false)
$$;

-- objection_mine --
-- Whether an objection to another family was brought by somebody of this family.
CREATE OR REPLACE FUNCTION objection_mine(p_case bigint, p_household bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM transition t
          JOIN actor_group g ON g.id = t.actor AND cardinality(g.members) = 1
          JOIN assignment a ON a.user_id = g.members[1] AND a.household_id = p_household
         WHERE t.case_id = p_case AND t.version = 1)
$$;

-- words_open --
-- Whether a citizen reads what an act said about a case: all of it about his own family, his own words about another.
-- Without a case: what the act said beside all its cases.
CREATE OR REPLACE FUNCTION words_open(p_case bigint, p_act bigint, p_household bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
            SELECT 1 FROM case_ c
             WHERE c.household_id = p_household AND c.id IN (
                SELECT p_case WHERE p_case IS NOT NULL
                UNION ALL SELECT t.case_id FROM transition t WHERE p_case IS NULL AND t.act = p_act
                UNION ALL SELECT f.case_id FROM refusal f WHERE p_case IS NULL AND f.act = p_act))
        OR EXISTS (
            SELECT 1 FROM act a
              JOIN actor_group g ON g.id = a.actor AND cardinality(g.members) = 1
              JOIN assignment s ON s.user_id = g.members[1] AND s.household_id = p_household
             WHERE a.id = p_act)
$$;

-- objection_family --
-- The family that a citizen's objection is about, past row-level security, which shows him his own alone: by NIK or
-- No KK (exact) within his own village, or by the number of any case of it, as public lists show. Null for none, and
-- for whoever is no citizen: an officer brings no such objection, and learns of no case out of his sight.
CREATE OR REPLACE FUNCTION objection_family(p_session uuid, p_nik text, p_no_kk text, p_case bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(
        (SELECT c.household_id FROM case_ c
          WHERE c.id = p_case AND c.machine <= 3 AND (identify(p_session)).scope = 'own_nik'),
        (SELECT h.id FROM household mine JOIN household h ON h.region = mine.region
          WHERE mine.id = (identify(p_session)).household_id
            AND (h.no_kk = p_no_kk OR EXISTS (
                SELECT 1 FROM person p WHERE p.household_id = h.id AND p.nik = p_nik AND p.removed_at IS NULL))
          ORDER BY h.id LIMIT 1))
$$;
