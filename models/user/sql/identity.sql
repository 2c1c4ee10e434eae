-- Who is calling. The application names a session; person, role and scope are derived here and nowhere else.

DO $$
BEGIN
    IF to_regtype('identity') IS NULL THEN
        CREATE TYPE identity AS (
            user_id integer, role smallint, scope text, lo bigint, hi bigint, programme smallint,
            organisation text, household_id bigint, actor integer, parties integer[], is_system boolean);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_attribute
                    WHERE attrelid = (SELECT typrelid FROM pg_type WHERE oid = 'identity'::regtype)
                      AND attname = 'behalf' AND NOT attisdropped) THEN
        ALTER TYPE identity ADD ATTRIBUTE behalf integer;
    END IF;
END $$;

-- identify --
-- Person, role and scope behind a session; an error when it is unknown, ended, or its assignment has lapsed.
-- Roles below programme level carry a region range; the others leave lo and hi null and see by their own key.
-- Whoever acts for another (`behalf`) does so while the other's own assignment lasts, under an actor of their own, and
-- what either of them did to a case counts as his.
CREATE OR REPLACE FUNCTION identify(p_session uuid) RETURNS identity
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    me identity;
    v_batch bigint;
    v_from integer;
BEGIN
    SELECT u.id, a.role, r.scope, a.lo, a.hi, a.programme, a.organisation, a.household_id, u.id, u.kind = 'system',
           u.id || ARRAY(SELECT g.id FROM actor_group g WHERE g.members @> ARRAY[u.id]), s.batch, a.delegated_from
      INTO me.user_id, me.role, me.scope, me.lo, me.hi, me.programme, me.organisation, me.household_id, me.actor,
           me.is_system, me.parties, v_batch, v_from
      FROM session s
      JOIN assignment a ON a.id = s.assignment_id
      JOIN account_user u ON u.id = a.user_id
      JOIN role r ON r.code = a.role
     CROSS JOIN clock k
     WHERE s.id = p_session AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
       AND (s.idle_s IS NULL OR s.last_seen_at > clock_timestamp() - make_interval(secs => s.idle_s))
       AND u.active AND a.valid_from <= clock_timestamp() + k.shift
       AND (a.valid_to IS NULL OR a.valid_to > clock_timestamp() + k.shift);
    IF v_from IS NOT NULL THEN
        SELECT d.user_id, a.actor, parties_of(ARRAY[me.user_id, d.user_id]) INTO me.behalf, me.actor, me.parties
          FROM session s
          JOIN assignment a ON a.id = s.assignment_id
          JOIN assignment d ON d.id = a.delegated_from AND d.delegated_from IS NULL
          JOIN account_user u ON u.id = d.user_id AND u.active
         WHERE s.id = p_session AND d.valid_from <= alur_now() AND (d.valid_to IS NULL OR d.valid_to > alur_now());
        IF me.behalf IS NULL THEN
            me.user_id := NULL;
        END IF;
    END IF;
    IF me.user_id IS NULL THEN
        RAISE EXCEPTION 'Sesi tidak dikenal atau sudah berakhir.' USING ERRCODE = 'AL002';
    END IF;
    IF v_batch IS NOT NULL AND me.lo IS NOT NULL THEN
        -- A flow's session reaches no further than its batch.
        SELECT greatest(me.lo, b.lo), least(me.hi, b.hi) INTO me.lo, me.hi FROM batch b WHERE b.id = v_batch;
    END IF;
    RETURN me;
END $$;

-- persons_behind --
-- The persons behind a call: who makes it, and on whose behalf. Four eyes and counts of different people go by these.
CREATE OR REPLACE FUNCTION persons_behind(me identity) RETURNS integer[]
LANGUAGE sql IMMUTABLE
AS $$ SELECT array_remove(ARRAY[me.user_id, me.behalf], NULL) $$;

-- seen_* --
-- The scope of the session named in this transaction, for row-level security. Null when none is named: then
-- nothing is seen. Each is evaluated once per statement.
CREATE OR REPLACE FUNCTION seen() RETURNS identity
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    named text := current_setting('alur.session', true);
BEGIN
    IF named IS NULL OR named = '' THEN
        RETURN NULL;
    END IF;
    RETURN identify(named::uuid);
END $$;

CREATE OR REPLACE FUNCTION seen_lo() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT (seen()).lo $$;
CREATE OR REPLACE FUNCTION seen_hi() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT (seen()).hi $$;
CREATE OR REPLACE FUNCTION seen_programme() RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT (i).programme FROM seen() AS i WHERE (i).scope = 'programme' $$;
CREATE OR REPLACE FUNCTION seen_household() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (i).household_id FROM seen() AS i WHERE (i).scope = 'own_nik' $$;
CREATE OR REPLACE FUNCTION seen_organisation() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (i).organisation FROM seen() AS i WHERE (i).scope = 'own_files' $$;
CREATE OR REPLACE FUNCTION seen_families_of() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT COALESCE((i).behalf, (i).user_id) FROM seen() AS i WHERE (i).scope = 'assigned_families' $$;
CREATE OR REPLACE FUNCTION seen_user() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT (seen()).user_id $$;

CREATE OR REPLACE FUNCTION seen_is_system() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT COALESCE((seen()).is_system, false) $$;

-- door_* --
-- The same inside the door, which has already derived the identity and set it for its own statements.
CREATE OR REPLACE FUNCTION door_lo() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('alur.door_lo', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION door_hi() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('alur.door_hi', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION door_programme() RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('alur.door_programme', true), '')::smallint $$;
CREATE OR REPLACE FUNCTION door_household() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('alur.door_household', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION door_organisation() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('alur.door_organisation', true), '') $$;
CREATE OR REPLACE FUNCTION door_families_of() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('alur.door_families_of', true), '')::integer $$;

-- case_in_sight, household_in_sight, account_in_hand --
-- The scopes that are no range: a bank's own files, a pendamping's families, a citizen's own family, a village that a
-- family moves to. Looked up past row-level security (they belong to the owner of the tables), and kept out of the
-- policies' own text, because a policy is copied into every statement that touches its table.
CREATE OR REPLACE FUNCTION household_in_sight(p_household bigint, p_families_of integer, p_household_own bigint)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT p_household = p_household_own
        OR EXISTS (SELECT 1 FROM family_assignment f
                    WHERE f.household_id = p_household AND f.user_id = p_families_of
                      AND f.valid_from <= alur_now() AND (f.valid_to IS NULL OR f.valid_to > alur_now()))
$$;

-- Whether a family has a payment in a bank's files that stands where the bank itself proves a mended account
-- (bukti_rekening: P19, P22, P32): then, and there only, the bank reaches the family's payee and his accounts.
CREATE OR REPLACE FUNCTION account_in_hand(p_household bigint, p_organisation text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1
          FROM case_ c
          JOIN file_case f ON f.case_id = c.id AND f.organisation = p_organisation AND f.ended_at IS NULL
          JOIN position p ON p.case_id = c.id
          JOIN arrow w ON w.source = p.state
          JOIN rule r ON r.code = w.rule AND (SELECT k.code FROM fact_kind k WHERE k.id = 'bukti_rekening') = ANY (r.needs)
                     AND (SELECT o.code FROM role o WHERE o.id = 'bank') = ANY (r.roles)
         WHERE c.household_id = p_household)
$$;

CREATE OR REPLACE FUNCTION case_in_sight(
    p_case bigint, p_lo bigint, p_hi bigint, p_families_of integer, p_household_own bigint, p_organisation text
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF p_lo IS NOT NULL THEN
        RETURN EXISTS (SELECT 1 FROM case_share s WHERE s.case_id = p_case AND s.region BETWEEN p_lo AND p_hi);
    ELSIF p_organisation IS NOT NULL THEN
        RETURN EXISTS (SELECT 1 FROM file_case f
                        WHERE f.case_id = p_case AND f.organisation = p_organisation AND f.ended_at IS NULL);
    ELSIF p_families_of IS NOT NULL OR p_household_own IS NOT NULL THEN
        RETURN EXISTS (SELECT 1 FROM case_ c
                        WHERE c.id = p_case AND household_in_sight(c.household_id, p_families_of, p_household_own))
            OR p_household_own IS NOT NULL AND objection_mine(p_case, p_household_own);
    END IF;
    RETURN false;
END $$;

-- moves_away --
-- Whether a case was given into another village than its own. The village it leaves may know that, not see the other.
CREATE OR REPLACE FUNCTION moves_away(p_case bigint, p_region bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT EXISTS (SELECT 1 FROM case_share s WHERE s.case_id = p_case AND s.region <> p_region) $$;

-- door_sees --
-- The same for the door, which has set its scope: one small call in the policies of the two tables it moves.
CREATE OR REPLACE FUNCTION door_sees(p_case bigint, p_programme smallint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN p_programme = door_programme()
        OR case_in_sight(p_case, door_lo(), door_hi(), door_families_of(), door_household(), door_organisation());
END $$;

-- door_enter --
-- Set the scope of everything the door reads and writes until the transaction ends.
CREATE OR REPLACE FUNCTION door_enter(me identity) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_set text;
BEGIN
    -- One expression and no query: it stands at the beginning of every call.
    v_set := set_config('alur.door_lo', COALESCE(me.lo::text, ''), true)
          || set_config('alur.door_hi', COALESCE(me.hi::text, ''), true)
          || set_config('alur.door_programme', CASE me.scope WHEN 'programme' THEN me.programme::text ELSE '' END, true)
          || set_config('alur.door_household', CASE me.scope WHEN 'own_nik' THEN me.household_id::text ELSE '' END, true)
          || set_config('alur.door_organisation', CASE me.scope WHEN 'own_files' THEN me.organisation ELSE '' END, true)
          || set_config('alur.door_families_of', CASE me.scope WHEN 'assigned_families' THEN COALESCE(me.behalf, me.user_id)::text ELSE '' END, true);
END $$;

-- system_identity --
-- The system acting on its own, or for a cause: everywhere, under no person's name.
CREATE OR REPLACE FUNCTION system_identity() RETURNS identity
LANGUAGE sql STABLE
AS $$
    SELECT u.id, r.code, r.scope, 0::bigint, 9999999999::bigint, NULL::smallint, NULL::text, NULL::bigint, u.id,
           ARRAY[u.id], true, NULL::integer
      FROM account_user u, role r
     WHERE u.kind = 'system' AND r.id = 'sistem'
     ORDER BY u.id LIMIT 1
$$;

-- work_session --
-- A session for a flow: the system itself, or the service account of an outside organisation whose answer the flow
-- brings (role and organisation given), always bound to the region of one batch. Only the worker may ask for one.
CREATE OR REPLACE FUNCTION work_session(p_batch bigint, p_role text, p_organisation text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    found_assignment integer;
    made uuid;
BEGIN
    SELECT a.id INTO found_assignment
      FROM assignment a
      JOIN account_user u ON u.id = a.user_id AND u.kind IN ('system', 'service') AND u.active
      JOIN role r ON r.code = a.role AND r.id = p_role
     WHERE a.organisation IS NOT DISTINCT FROM p_organisation
     ORDER BY a.id LIMIT 1;
    IF found_assignment IS NULL THEN
        RAISE EXCEPTION 'Tidak ada akun layanan untuk peran % (%).', p_role, p_organisation USING ERRCODE = 'AL002';
    END IF;
    SELECT id INTO made FROM session
     WHERE assignment_id = found_assignment AND batch IS NOT DISTINCT FROM p_batch
       AND revoked_at IS NULL AND expires_at > clock_timestamp() + interval '1 hour'
     LIMIT 1;
    IF made IS NULL THEN
        INSERT INTO session (assignment_id, batch, issued_at, expires_at, kind)
        VALUES (found_assignment, p_batch, clock_timestamp(), clock_timestamp() + interval '1 day', 'worker')
        RETURNING id INTO made;
    END IF;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION work_session(bigint, text, text) FROM PUBLIC;
